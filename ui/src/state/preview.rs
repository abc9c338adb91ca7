//! What can be seen of a file that a task left: text, a table, a tree, a picture. Nothing in it is followed, loaded or run.
//!
//! From bytes to something that can be drawn; whoever shows it decides how.

use egui::ColorImage;
use millrace_model::event::Artifact;
use serde_json::Value;
use zune_jpeg::JpegDecoder;
use zune_jpeg::zune_core::bytestream::ZCursor;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

use crate::widgets::Markdown;

/// So much of a text is shown.
const TEXT: u64 = 256 << 10;
/// A larger picture is not shown.
const PICTURE: u64 = 16 << 20;
/// The most pixels of one.
const PIXELS: usize = 24_000_000;
/// The most rows of a table, and columns.
const ROWS: usize = 1_000;
const COLUMNS: usize = 60;

/// What there is to see.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Shown {
    /// Lines as they are.
    Text(Vec<String>),
    /// Rows of cells; the first row are the names.
    Table(Vec<Vec<String>>),
    /// Values in values.
    Json(Value),
    /// Formatted text.
    Markdown(Markdown),
    /// A picture.
    Picture(ColorImage),
    /// Nothing, and why.
    Nothing(String),
}

/// How many bytes of it can be shown at most.
pub(crate) fn limit(artifact: &Artifact) -> u64 {
    match artifact.media_type.as_str() {
        "image/png" | "image/jpeg" if artifact.bytes <= PICTURE => PICTURE,
        kind if is_text(kind) => TEXT,
        _ => 0,
    }
}

/// What can be seen of these bytes, the beginning of the file as far as [`limit`] lets it.
pub(crate) fn shown(artifact: &Artifact, bytes: &[u8]) -> Shown {
    let is_whole = artifact.bytes == bytes.len() as u64;
    match artifact.media_type.as_str() {
        "image/png" | "image/jpeg" if artifact.bytes > PICTURE => Shown::Nothing(
            "The picture is too large to be shown; save it to look at it.".to_owned(),
        ),
        "image/png" => picture(png(bytes)),
        "image/jpeg" => picture(jpeg(bytes)),
        "text/csv" => table(bytes, b',', is_whole),
        "text/tab-separated-values" => table(bytes, b'\t', is_whole),
        "text/markdown" => Shown::Markdown(Markdown::parse(&text_of(bytes))),
        "application/json" if is_whole => match serde_json::from_slice(bytes) {
            Ok(value) => Shown::Json(value),
            Err(_) => lines(bytes),
        },
        kind if is_text(kind) => lines(bytes),
        kind => Shown::Nothing(format!(
            "Files of the type {kind} are not shown; save it to look at it."
        )),
    }
}

fn is_text(kind: &str) -> bool {
    kind.starts_with("text/")
        || matches!(
            kind,
            "application/json"
                | "application/x-ndjson"
                | "application/xml"
                | "application/yaml"
                // Its source: a drawing could load things.
                | "image/svg+xml"
        )
}

/// Text without what would steer a terminal; a tab is four spaces.
fn text_of(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes).replace('\t', "    ");
    text.chars().filter(|c| *c == '\n' || !c.is_control()).collect()
}

fn lines(bytes: &[u8]) -> Shown {
    Shown::Text(text_of(bytes).lines().map(str::to_owned).collect())
}

/// Cells by RFC 4180. A row that is cut off is left out, as are rows and columns too many.
fn table(bytes: &[u8], separator: u8, is_whole: bool) -> Shown {
    let text = String::from_utf8_lossy(bytes);
    let (mut rows, mut row, mut cell) = (Vec::new(), Vec::new(), String::new());
    let mut is_quoted = false;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        if rows.len() > ROWS {
            break;
        }
        match c {
            '"' if is_quoted && chars.peek() == Some(&'"') => {
                chars.next();
                cell.push('"');
            }
            '"' if is_quoted => is_quoted = false,
            '"' if cell.is_empty() => is_quoted = true,
            '\r' if !is_quoted => {}
            '\n' if !is_quoted => {
                row.push(std::mem::take(&mut cell));
                rows.push(std::mem::take(&mut row));
            }
            c if !is_quoted && c == char::from(separator) => row.push(std::mem::take(&mut cell)),
            c if c.is_control() => cell.push(' '),
            c => cell.push(c),
        }
    }
    if is_whole && (!cell.is_empty() || !row.is_empty()) {
        row.push(cell);
        rows.push(row);
    }
    rows.iter_mut().for_each(|row| row.truncate(COLUMNS));
    Shown::Table(rows)
}

fn picture(read: Result<ColorImage, String>) -> Shown {
    match read {
        Ok(image) => Shown::Picture(image),
        Err(why) => Shown::Nothing(format!("The picture cannot be shown: {why}.")),
    }
}

fn png(bytes: &[u8]) -> Result<ColorImage, String> {
    let mut decoder = png::Decoder::new(std::io::Cursor::new(bytes));
    decoder.set_transformations(png::Transformations::normalize_to_color8());
    let mut reader = decoder.read_info().map_err(|error| error.to_string())?;
    let info = reader.info();
    let (width, height) = (info.width as usize, info.height as usize);
    check_size(width, height)?;
    let size = reader.output_buffer_size().ok_or("it is too large")?;
    let mut buffer = vec![0; size];
    let frame = reader.next_frame(&mut buffer).map_err(|error| error.to_string())?;
    buffer.truncate(frame.buffer_size());
    let size = [width, height];
    Ok(match frame.color_type {
        png::ColorType::Rgba => ColorImage::from_rgba_unmultiplied(size, &buffer),
        png::ColorType::Rgb => ColorImage::from_rgb(size, &buffer),
        png::ColorType::Grayscale => ColorImage::from_gray(size, &buffer),
        png::ColorType::GrayscaleAlpha => {
            let rgba: Vec<u8> =
                buffer.chunks_exact(2).flat_map(|of| [of[0], of[0], of[0], of[1]]).collect();
            ColorImage::from_rgba_unmultiplied(size, &rgba)
        }
        png::ColorType::Indexed => return Err("its colours cannot be read".to_owned()),
    })
}

fn jpeg(bytes: &[u8]) -> Result<ColorImage, String> {
    let options = DecoderOptions::default().jpeg_set_out_colorspace(ColorSpace::RGB);
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(bytes), options);
    decoder.decode_headers().map_err(|error| format!("{error:?}"))?;
    let (width, height) = decoder.dimensions().ok_or("it has no size")?;
    check_size(width, height)?;
    let pixels = decoder.decode().map_err(|error| format!("{error:?}"))?;
    if pixels.len() != width * height * 3 {
        return Err("it is damaged".to_owned());
    }
    Ok(ColorImage::from_rgb([width, height], &pixels))
}

fn check_size(width: usize, height: usize) -> Result<(), String> {
    let pixels = width.saturating_mul(height);
    match pixels {
        0 => Err("it is empty".to_owned()),
        _ if pixels > PIXELS || width > 16_000 || height > 16_000 => {
            Err(format!("it has {width} × {height} pixels, which is too much"))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn artifact(media_type: &str, bytes: u64) -> Artifact {
        let (name, sha256) = ("x".to_owned(), String::new());
        Artifact { name, bytes, sha256, media_type: media_type.to_owned() }
    }

    fn of(media_type: &str, bytes: &[u8]) -> Shown {
        shown(&artifact(media_type, bytes.len() as u64), bytes)
    }

    #[test]
    fn a_table_has_the_cells_that_its_text_means() {
        let cells = |text: &str| match of("text/csv", text.as_bytes()) {
            Shown::Table(rows) => rows,
            other => panic!("{other:?}"),
        };
        let expected = vec![vec!["a", "b"], vec!["1,5", "say \"x\""], vec!["", "line\u{20}two"]];
        assert_eq!(cells("a,b\r\n\"1,5\",\"say \"\"x\"\"\"\n,\"line\ntwo\""), expected);
        assert!(cells("").is_empty());
        let long = "x\n".repeat(5_000);
        assert_eq!(cells(&long).len(), ROWS + 1);
    }

    #[test]
    fn a_row_that_is_cut_off_is_left_out() {
        let part = shown(&artifact("text/csv", 1_000), b"name,rows\nsales,12\norders,345");
        let rows = [["name", "rows"], ["sales", "12"]].map(|row| row.map(str::to_owned).to_vec());
        assert_eq!(part, Shown::Table(rows.to_vec()));
    }

    #[test]
    fn what_is_no_picture_says_so() {
        for (kind, bytes) in [
            ("image/png", b"\x89PNG\r\n\x1a\nnothing".as_slice()),
            ("image/jpeg", b"\xff\xd8\xff\xe0".as_slice()),
            ("application/zip", b"PK\x03\x04".as_slice()),
        ] {
            assert!(matches!(of(kind, bytes), Shown::Nothing(_)), "{kind}");
        }
        let large = artifact("image/png", 1 << 30);
        assert!(matches!(shown(&large, &[]), Shown::Nothing(_)));
        assert_eq!(limit(&large), 0);
    }

    #[test]
    fn a_drawing_is_shown_as_its_source_and_nothing_steers() {
        let Shown::Text(lines) = of("image/svg+xml", b"<svg>\n\x1b[31m\tx</svg>") else { panic!() };
        assert_eq!(lines, ["<svg>", "[31m    x</svg>"]);
    }

    #[test]
    fn json_that_is_cut_off_is_text() {
        assert!(matches!(of("application/json", b"{\"a\": [1]}"), Shown::Json(_)));
        let part = shown(&artifact("application/json", 1_000), b"{\"a\": [1");
        assert!(matches!(part, Shown::Text(_)));
    }

    #[test]
    fn a_picture_has_its_pixels() {
        let mut bytes = Vec::new();
        let mut encoder = png::Encoder::new(&mut bytes, 2, 1);
        encoder.set_color(png::ColorType::Rgb);
        encoder.write_header().unwrap().write_image_data(&[255, 0, 0, 0, 0, 255]).unwrap();
        let Shown::Picture(image) = of("image/png", &bytes) else { panic!() };
        assert_eq!(image.size, [2, 1]);
        assert_eq!(image.pixels[0], egui::Color32::RED);
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_are_shown_or_refused(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..300)) {
            for kind in ["image/png", "image/jpeg", "text/csv", "text/markdown", "application/json", "text/plain"] {
                let _shown = of(kind, &bytes);
            }
        }
    }
}
