//! Pictures of steps, joined to one animated PNG. Of each step only the rectangle is kept that differs from the one before.

use std::fs::{self, File};
use std::io::{BufReader, BufWriter};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail, ensure};
use png::{BitDepth, ColorType, Compression, Decoder, Encoder};

/// A picture in RGB, and for how many tenths of a second it is seen.
struct Frame {
    width: u32,
    height: u32,
    pixels: Vec<u8>,
    tenths: u16,
}

/// The part of a frame that is new.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Part {
    x: u32,
    y: u32,
    width: u32,
    height: u32,
}

/// Joins the pictures of a folder, whose names are `0001_8.png`: their order, and their tenths of a second.
///
/// # Errors
/// When there are none, or one cannot be read, or they differ in size.
pub(super) fn join(folder: &Path, out: &Path) -> anyhow::Result<()> {
    let mut paths: Vec<PathBuf> =
        fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<std::io::Result<_>>()?;
    paths.sort();
    let frames: Vec<Frame> = paths
        .iter()
        .map(|path| read(path).with_context(|| path.display().to_string()))
        .collect::<anyhow::Result<_>>()?;
    let Some(first) = frames.first() else { bail!("{} has no pictures", folder.display()) };
    let mut encoder = Encoder::new(BufWriter::new(File::create(out)?), first.width, first.height);
    encoder.set_color(ColorType::Rgb);
    encoder.set_depth(BitDepth::Eight);
    encoder.set_compression(Compression::High);
    encoder.set_animated(u32::try_from(frames.len())?, 0)?;
    let mut writer = encoder.write_header()?;
    for (index, frame) in frames.iter().enumerate() {
        let before = index.checked_sub(1).map(|before| &frames[before]);
        let same_size = (frame.width, frame.height) == (first.width, first.height);
        ensure!(same_size, "{} differs in size", paths[index].display());
        let part = changed(before, frame);
        writer.reset_frame_position()?;
        writer.set_frame_dimension(part.width, part.height)?;
        writer.set_frame_position(part.x, part.y)?;
        writer.set_frame_delay(frame.tenths, 10)?;
        writer.write_image_data(&cut(frame, part))?;
    }
    writer.finish()?;
    Ok(())
}

fn read(path: &Path) -> anyhow::Result<Frame> {
    let stem = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
    let tenths = stem.split_once('_').context("its name says no time")?.1.parse()?;
    let mut reader = Decoder::new(BufReader::new(File::open(path)?)).read_info()?;
    let size = reader.output_buffer_size().context("it is too large")?;
    let mut bytes = vec![0; size];
    let info = reader.next_frame(&mut bytes)?;
    ensure!(info.color_type == ColorType::Rgba, "it is not in RGBA");
    let pixels = bytes.chunks_exact(4).flat_map(|pixel| [pixel[0], pixel[1], pixel[2]]).collect();
    Ok(Frame { width: info.width, height: info.height, pixels, tenths })
}

/// The smallest rectangle outside of which nothing changed; one pixel where nothing did.
fn changed(before: Option<&Frame>, frame: &Frame) -> Part {
    let Frame { width, height, .. } = *frame;
    let Some(before) = before else { return Part { x: 0, y: 0, width, height } };
    let row = |frame: &Frame, y: u32| {
        let from = (y * width * 3) as usize;
        from..from + (frame.width * 3) as usize
    };
    let (mut left, mut right, mut top, mut bottom) = (width, 0, height, 0);
    for y in 0..height {
        let (old, new) = (&before.pixels[row(before, y)], &frame.pixels[row(frame, y)]);
        if old == new {
            continue;
        }
        (top, bottom) = (top.min(y), y + 1);
        let differs = |x: &u32| {
            let at = (*x * 3) as usize;
            old[at..at + 3] != new[at..at + 3]
        };
        left = left.min((0..width).find(differs).unwrap_or(width));
        right = right.max((0..width).rev().find(differs).map_or(0, |x| x + 1));
    }
    if top >= bottom || left >= right {
        return Part { x: 0, y: 0, width: 1, height: 1 };
    }
    Part { x: left, y: top, width: right - left, height: bottom - top }
}

fn cut(frame: &Frame, part: Part) -> Vec<u8> {
    let rows = part.y..part.y + part.height;
    rows.flat_map(|y| {
        let from = ((y * frame.width + part.x) * 3) as usize;
        &frame.pixels[from..from + (part.width * 3) as usize]
    })
    .copied()
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(pixels: &[u8]) -> Frame {
        let pixels = pixels.iter().flat_map(|grey| [*grey; 3]).collect();
        Frame { width: 3, height: 2, pixels, tenths: 1 }
    }

    #[test]
    fn only_what_changed_is_kept() {
        let (one, other) = (frame(&[0, 0, 0, 0, 0, 0]), frame(&[0, 7, 0, 0, 8, 9]));
        assert_eq!(changed(None, &one), Part { x: 0, y: 0, width: 3, height: 2 });
        assert_eq!(changed(Some(&one), &one), Part { x: 0, y: 0, width: 1, height: 1 });
        let part = changed(Some(&one), &other);
        assert_eq!(part, Part { x: 1, y: 0, width: 2, height: 2 });
        assert_eq!(cut(&other, part), [7, 7, 7, 0, 0, 0, 8, 8, 8, 9, 9, 9]);
    }

    #[test]
    fn pictures_become_a_film() {
        let folder = tempfile::tempdir().unwrap();
        let steps = folder.path().join("steps");
        fs::create_dir(&steps).unwrap();
        for (index, grey) in [10_u8, 20, 20].into_iter().enumerate() {
            let file = File::create(steps.join(format!("{index:04}_{}.png", index + 1))).unwrap();
            let mut encoder = Encoder::new(file, 2, 1);
            encoder.set_color(ColorType::Rgba);
            let mut writer = encoder.write_header().unwrap();
            writer.write_image_data(&[5, 5, 5, 255, grey, grey, grey, 255]).unwrap();
        }
        let out = folder.path().join("film.png");
        join(&steps, &out).unwrap();
        let mut reader =
            Decoder::new(BufReader::new(File::open(&out).unwrap())).read_info().unwrap();
        let animation = *reader.info().animation_control().unwrap();
        assert_eq!(animation.num_frames, 3);
        let mut bytes = vec![0; reader.output_buffer_size().unwrap()];
        let first = reader.next_frame(&mut bytes).unwrap();
        assert_eq!((first.width, first.height), (2, 1));
        let second = reader.next_frame(&mut bytes).unwrap();
        assert_eq!((second.width, &bytes[..3]), (1, &[20, 20, 20][..]));
    }
}
