//! The system's fonts for characters that the page's own fonts lack.
//!
//! fontconfig decides, by its `fc-match`: it knows what is installed and which font this person prefers for a script.
//! The page names characters and gets numbers of fonts; it cannot ask for a file. Where there is no fontconfig, or no
//! font for a character, the page goes on without.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};

use serde::Serialize;

/// So many characters are looked up for one question; the page asks again for more.
const MOST: usize = 512;
/// So many fonts are found for one question.
const MOST_FONTS: usize = 16;
/// A larger file is no font that a window should load.
const LARGEST: u64 = 64 * 1024 * 1024;
/// What `fc-match` is to say, a line each: see [`Match::read`].
const FORMAT: &str = "%{file}\\n%{index}\\n%{color}\\n%{outline}\\n%{charset}\\n";

/// A font that has some of the characters that were asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct FoundFont {
    /// Its number, for [`SystemFonts::read`].
    pub font: usize,
    /// Which face of the file.
    pub index: u32,
}

/// The faces that were found so far: file and face. Their place is their number.
#[derive(Debug, Clone, Default)]
pub struct SystemFonts {
    found: Arc<Mutex<Vec<(PathBuf, u32)>>>,
}

impl SystemFonts {
    /// Finds fonts for characters, the one that is preferred for each first. Waits for programs.
    ///
    /// # Errors
    /// Why nothing can be looked up.
    pub fn find(&self, characters: &str) -> Result<Vec<FoundFont>, String> {
        choose(characters.chars(), preferred).map(|all| self.number(all))
    }

    /// The bytes of the file of a font that was found. Waits for the disk.
    ///
    /// # Errors
    /// Why they cannot be had.
    pub fn read(&self, font: usize) -> Result<Vec<u8>, String> {
        let path = self.path(font).ok_or_else(|| format!("no font has the number {font}"))?;
        let size = std::fs::metadata(&path).map(|file| file.len());
        let bytes = match size {
            Ok(size) if size > LARGEST => Err(format!("it has {size} bytes")),
            Ok(_) => std::fs::read(&path).map_err(|error| error.to_string()),
            Err(error) => Err(error.to_string()),
        };
        bytes.map_err(|error| format!("the font {} cannot be read: {error}", path.display()))
    }

    fn number(&self, faces: Vec<(PathBuf, u32)>) -> Vec<FoundFont> {
        let mut all = self.found.lock().unwrap_or_else(PoisonError::into_inner);
        let mut number = |face: (PathBuf, u32)| {
            let index = face.1;
            let known = all.iter().position(|other| *other == face);
            let font = known.unwrap_or_else(|| {
                all.push(face);
                all.len() - 1
            });
            FoundFont { font, index }
        };
        faces.into_iter().map(&mut number).collect()
    }

    fn path(&self, font: usize) -> Option<PathBuf> {
        let all = self.found.lock().unwrap_or_else(PoisonError::into_inner);
        all.get(font).map(|(path, _)| path.clone())
    }
}

/// What fontconfig prefers for a character.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Match {
    path: PathBuf,
    index: u32,
    /// The page can draw it: outlines of one colour.
    usable: bool,
    covers: Vec<RangeInclusive<u32>>,
}

impl Match {
    /// Reads an answer in the form of [`FORMAT`].
    fn read(answer: &str) -> Option<Self> {
        let mut lines = answer.lines();
        let path = PathBuf::from(lines.next().filter(|path| !path.is_empty())?);
        let index: u32 = lines.next()?.parse().ok()?;
        let usable = lines.next()? != "True" && lines.next()? == "True";
        let covers = lines.next()?.split_ascii_whitespace().filter_map(range).collect();
        // Above the face's number stands that of a style that a variable font names.
        Some(Self { path, index: index & 0xffff, usable, covers })
    }

    fn has(&self, character: char) -> bool {
        self.covers.iter().any(|range| range.contains(&u32::from(character)))
    }
}

/// `4e00-9fff`, or one number.
fn range(word: &str) -> Option<RangeInclusive<u32>> {
    let (first, last) = word.split_once('-').unwrap_or((word, word));
    let number = |text| u32::from_str_radix(text, 16).ok();
    Some(number(first)?..=number(last)?)
}

/// Faces that have as many of the characters as there are any for; one face serves all that it has.
fn choose(
    characters: impl Iterator<Item = char>,
    mut preferred: impl FnMut(char) -> Result<Option<Match>, String>,
) -> Result<Vec<(PathBuf, u32)>, String> {
    let mut missing: BTreeSet<char> = characters.take(MOST).collect();
    let mut chosen = Vec::new();
    while let Some(character) = missing.pop_first() {
        // fontconfig answers with some font also where none has the character.
        let Some(face) = preferred(character)?.filter(|face| face.usable && face.has(character))
        else {
            continue;
        };
        missing.retain(|other| !face.has(*other));
        chosen.push((face.path, face.index));
        if chosen.len() == MOST_FONTS {
            break;
        }
    }
    Ok(chosen)
}

fn preferred(character: char) -> Result<Option<Match>, String> {
    let pattern = format!("sans-serif:charset={:x}:color=false:outline=true", u32::from(character));
    let answer = Command::new("fc-match")
        .args(["--format", FORMAT, &pattern])
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()
        .map_err(|error| format!("the system's fonts cannot be looked up by fc-match: {error}"))?;
    Ok(std::str::from_utf8(&answer.stdout).ok().and_then(Match::read))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn face(name: &str, covers: &str, colour: &str) -> Match {
        Match::read(&format!("/fonts/{name}\n0\n{colour}\nTrue\n{covers}\n")).unwrap()
    }

    #[test]
    fn an_answer_of_fontconfig_is_read() {
        let read = Match::read("/f/a.ttc\n131073\nFalse\nTrue\n20-7e 4e2d\n").unwrap();
        assert_eq!((read.path, read.index, read.usable), ("/f/a.ttc".into(), 1, true));
        assert_eq!(read.covers, [0x20..=0x7e, 0x4e2d..=0x4e2d]);
        assert_eq!(Match::read(""), None);
        assert_eq!(Match::read("\n0\nFalse\nTrue\n\n"), None);
    }

    #[test]
    fn one_face_serves_all_that_it_has_and_what_nobody_has_is_left_out() {
        let asked = std::cell::RefCell::new(Vec::new());
        let chosen = choose("中文ب☃😀".chars(), |character| {
            asked.borrow_mut().push(character);
            Ok(Some(match character {
                'ب' => face("arabic", "600-6ff", "False"),
                '中' | '文' => face("chinese", "4e00-9fff", "False"),
                '😀' => face("coloured", "1f600", "True"),
                _ => face("any", "20-7e", "False"),
            }))
        });
        let names = chosen.unwrap().into_iter().map(|(path, _)| path);
        assert_eq!(
            names.collect::<Vec<_>>(),
            ["/fonts/arabic", "/fonts/chinese"].map(PathBuf::from)
        );
        assert_eq!(asked.into_inner(), ['ب', '☃', '中', '😀']);
    }

    #[test]
    fn a_face_keeps_its_number_and_only_what_was_found_has_one() {
        let fonts = SystemFonts::default();
        let faces = |names: &[&str]| names.iter().map(|name| (name.into(), 0)).collect();
        let numbers = |found: Vec<FoundFont>| found.iter().map(|f| f.font).collect::<Vec<_>>();
        assert_eq!(numbers(fonts.number(faces(&["a", "b"]))), [0, 1]);
        assert_eq!(numbers(fonts.number(faces(&["c", "a"]))), [2, 0]);
        assert_eq!(fonts.path(1), Some("b".into()));
        assert_eq!(fonts.path(3), None);
    }
}
