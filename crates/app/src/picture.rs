//! Pictures as files: an SVG as it came, or its pixels as a PNG.
//!
//! Draws nothing itself, and follows nothing that a picture points at.

use std::ffi::OsStr;
use std::path::Path;

use millrace_api::picture::{MAX_PIXELS, SavePicture, SavedPicture};
use millrace_api::{ApiError, Code};
use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::{Options, Tree};

use crate::files;

/// Writes a picture by temporary file and rename.
///
/// # Errors
/// `InvalidRequest` where path, scale or picture are not as they must be; `File` where it cannot be written.
pub(crate) fn save(save: &SavePicture) -> Result<SavedPicture, ApiError> {
    let path = Path::new(&save.path);
    if !path.is_absolute() {
        return Err(refused(format!("{} is not an absolute path", save.path)));
    }
    let bytes = match path.extension().and_then(OsStr::to_str) {
        Some("svg") => {
            parse(save)?;
            save.svg.clone().into_bytes()
        }
        Some("png") => png(save)?,
        _ => {
            let message = format!("{} ends in neither .svg nor .png", save.path);
            return Err(
                refused(message).help("name the picture so that its ending says what it is")
            );
        }
    };
    let target = files::target_of(path)?;
    files::replace(&target, &bytes, target.exists())
        .map_err(|error| files::cannot_write(&target, &error))?;
    Ok(SavedPicture { path: target.display().to_string(), bytes: bytes.len() as u64 })
}

fn parse(save: &SavePicture) -> Result<Tree, ApiError> {
    // Of its own accord the parser would read files that a picture names.
    let nothing = resvg::usvg::ImageHrefResolver {
        resolve_data: Box::new(|_, _, _| None),
        resolve_string: Box::new(|_, _| None),
    };
    let options = Options { image_href_resolver: nothing, ..Options::default() };
    Tree::from_str(&save.svg, &options)
        .map_err(|error| refused(format!("the picture for {} is no SVG: {error}", save.path)))
}

fn png(save: &SavePicture) -> Result<Vec<u8>, ApiError> {
    if !(1..=4).contains(&save.scale) {
        return Err(refused(format!("a scale of {} is not between 1 and 4", save.scale)));
    }
    let tree = parse(save)?;
    let scale = save.scale as f32;
    let size = tree.size();
    let pixels = |points: f32| (points * scale).ceil() as u32;
    let (width, height) = (pixels(size.width()), pixels(size.height()));
    if u64::from(width) * u64::from(height) > MAX_PIXELS {
        let millions = MAX_PIXELS / 1_000_000;
        let message = format!(
            "the picture would have {width} × {height} pixels, more than {millions} million"
        );
        return Err(refused(message).help("choose a smaller scale, or SVG"));
    }
    let too_large = || refused(format!("a picture of {width} × {height} pixels cannot be made"));
    let mut pixmap = Pixmap::new(width, height).ok_or_else(too_large)?;
    resvg::render(&tree, Transform::from_scale(scale, scale), &mut pixmap.as_mut());
    pixmap.encode_png().map_err(|error| ApiError::internal("write the picture as PNG", &error))
}

fn refused(message: String) -> ApiError {
    ApiError::new(Code::InvalidRequest, message)
}
