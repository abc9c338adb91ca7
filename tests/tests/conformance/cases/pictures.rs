//! Pictures of workflows.

use std::fs;

use millrace_api::Code;
use millrace_api::picture::SavePicture;

use crate::site::{Site, code};

const SQUARE: &str = "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"30\" height=\"20\">\
                      <rect width=\"30\" height=\"20\" fill=\"#ff0000\"/></svg>";

fn picture(site: &Site, name: &str) -> SavePicture {
    let path = site.path(name).to_str().unwrap().to_owned();
    SavePicture { path, svg: SQUARE.to_owned(), scale: 2 }
}

/// Width and height as a PNG's header says them.
fn size(png: &[u8]) -> (u32, u32) {
    assert_eq!(&png[..8], b"\x89PNG\r\n\x1a\n");
    let number = |at: usize| u32::from_be_bytes(png[at..at + 4].try_into().unwrap());
    (number(16), number(20))
}

pub(crate) async fn the_ending_says_what_a_picture_becomes(site: &mut Site) {
    let request = picture(site, "one.png");
    let saved = site.api().save_picture(request).await.unwrap();
    let bytes = fs::read(site.path("one.png")).unwrap();
    assert_eq!((saved.bytes, size(&bytes)), (bytes.len() as u64, (60, 40)));

    let request = picture(site, "one.svg");
    site.api().save_picture(request).await.unwrap();
    assert_eq!(fs::read_to_string(site.path("one.svg")).unwrap(), SQUARE);

    let smaller = SavePicture { scale: 1, ..picture(site, "one.png") };
    site.api().save_picture(smaller).await.unwrap();
    assert_eq!(size(&fs::read(site.path("one.png")).unwrap()), (30, 20), "it replaces the old one");
}

pub(crate) async fn what_is_no_picture_is_refused(site: &mut Site) {
    let document = site.write("kept.json", "{}");
    let one = |site: &Site| picture(site, "one.png");
    let huge = SQUARE.replace("30", "30000").replace("20", "20000");
    for wrong in [
        SavePicture { path: document.clone(), ..one(site) },
        SavePicture { path: "one.png".to_owned(), ..one(site) },
        SavePicture { svg: "no picture".to_owned(), ..one(site) },
        SavePicture { svg: "no picture".to_owned(), ..picture(site, "one.svg") },
        SavePicture { scale: 0, ..one(site) },
        SavePicture { scale: 5, ..one(site) },
        SavePicture { svg: huge, ..one(site) },
    ] {
        let asked = format!("{wrong:?}");
        assert_eq!(
            code(site.api().save_picture(wrong).await),
            Code::InvalidRequest,
            "{asked:.120}"
        );
    }
    assert_eq!(fs::read_to_string(&document).unwrap(), "{}");
    let nowhere = picture(site, "no-folder/one.png");
    assert_eq!(code(site.api().save_picture(nowhere).await), Code::File);
    assert!(!site.path("one.png").exists() && !site.path("one.svg").exists());
}
