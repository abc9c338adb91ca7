//! Names, links and archives that mean no good: nothing outside the root is read, written or deleted, and what is refused
//! leaves nothing behind.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use proptest::prelude::*;
use tar::{Builder, EntryType, Header};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::*;

#[test]
fn names_do_not_lead_out() {
    let place = Place::new(&["a"]);
    let whole = place.outside().display().to_string();
    for name in ["../outside.txt", "/etc/passwd", whole.as_str(), "a/../../outside.txt", "x/../.."]
    {
        for spec in [
            json!({ "operation": "copy", "from": [name], "to": "b" }),
            json!({ "operation": "copy", "from": ["a"], "to": name, "if_exists": "replace" }),
            json!({ "operation": "move", "from": ["a"], "to": name, "if_exists": "replace" }),
            json!({ "operation": "delete", "from": [name] }),
            json!({ "operation": "archive", "from": [name], "to": "b.zip" }),
            json!({ "operation": "make_folder", "to": name }),
            json!({ "operation": "unpack", "from": ["a"], "to": name }),
        ] {
            place.fails(&spec, "leads out of the root");
        }
    }
    place.fails(
        &json!({ "operation": "copy", "from": ["a"], "to": "" .to_owned() + "${''}" }),
        "is no name",
    );
}

#[test]
fn links_do_not_lead_out() {
    let place = Place::new(&["a"]);
    symlink(place.outside(), place.root().join("file")).unwrap();
    symlink("..", place.root().join("up")).unwrap();
    symlink("/", place.root().join("top")).unwrap();
    for spec in [
        json!({ "operation": "copy", "from": ["file"], "to": "b" }),
        json!({ "operation": "copy", "from": ["up/outside.txt"], "to": "b" }),
        json!({ "operation": "copy", "from": ["up"], "to": "b" }),
        json!({ "operation": "copy", "from": ["top/etc/hostname"], "to": "b" }),
        json!({ "operation": "copy", "from": ["up/*"], "to": "b" }),
        json!({ "operation": "copy", "from": ["a"], "to": "up/outside.txt", "if_exists": "replace" }),
        json!({ "operation": "move", "from": ["a"], "to": "up/" }),
        json!({ "operation": "delete", "from": ["up/outside.txt"] }),
        json!({ "operation": "archive", "from": ["up/outside.txt"], "to": "b.zip" }),
        json!({ "operation": "archive", "from": ["a"], "to": "up/b.zip" }),
        json!({ "operation": "make_folder", "to": "up/new" }),
    ] {
        place.fails(&spec, "leads out of the root");
    }
    // `**` does not go through links, and a link is packed as a link.
    let given = place.run(&json!({ "operation": "archive", "from": ["**/*"], "to": "b.tar" }));
    assert_eq!(given.unwrap()["count"], 1);
}

/// A tar with one entry of this kind, whatever its names are.
fn entry(kind: EntryType, name: &str, leads: &str, content: &[u8]) -> Vec<u8> {
    let mut header = Header::new_gnu();
    header.set_entry_type(kind);
    header.set_size(content.len() as u64);
    header.set_mode(0o4777);
    let gnu = header.as_gnu_mut().unwrap();
    gnu.name[..name.len()].copy_from_slice(name.as_bytes());
    gnu.linkname[..leads.len()].copy_from_slice(leads.as_bytes());
    header.set_cksum();
    let mut tar = Builder::new(Vec::new());
    tar.append(&header, content).unwrap();
    tar.into_inner().unwrap()
}

/// Entries after each other: all but the last without the two blocks that end an archive.
fn archive(entries: &[Vec<u8>]) -> Vec<u8> {
    let (last, first) = entries.split_last().unwrap();
    let mut bytes: Vec<u8> =
        first.iter().flat_map(|entry| &entry[..entry.len() - 1_024]).copied().collect();
    bytes.extend(last);
    bytes
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn unpack() -> Value {
    json!({
        "operation": "unpack", "from": ["x"], "to": "to/", "if_exists": "replace",
        "max_size": 1, "max_entries": 5,
    })
}

fn refused(bytes: &[u8], why: &str) {
    let place = Place::new(&["to/kept"]);
    fs::write(place.root().join("x"), bytes).unwrap();
    place.fails(&unpack(), why);
}

#[test]
fn tars_do_not_lead_out() {
    use EntryType::{Block, Char, Directory, Fifo, GNULongName, Link, Regular, Symlink, XHeader};
    let file = |name: &str| entry(Regular, name, "", b"evil");
    let link = |name: &str, leads: &str| entry(Symlink, name, leads, b"");
    for name in ["../outside.txt", "/tmp/evil", "a/../../outside.txt", "./../x"] {
        refused(&file(name), "leads out of the folder");
        refused(&gzip(&file(name)), "leads out of the folder");
        refused(&entry(Directory, name, "", b""), "leads out of the folder");
    }
    let long = entry(GNULongName, "././@LongLink", "", b"../outside.txt\0");
    refused(&archive(&[long, file("short")]), "leads out of the folder");
    let pax = entry(XHeader, "pax", "", b"25 path=../outside.txt..\n");
    refused(&archive(&[pax, file("short")]), "leads out of the folder");
    refused(&link("a", "../outside.txt"), "leads out, to ../outside.txt");
    refused(&link("a", "/etc"), "leads out, to /etc");
    refused(&link("a/b", "../../x"), "leads out");
    // Each of them stays within by its letters, and together they lead out.
    let through = archive(&[link("a", "."), link("a/b", ".."), file("a/b/outside.txt")]);
    refused(&through, "lies in a, which is no folder");
    refused(&archive(&[link("a", "b"), file("a/x")]), "which is no folder");
    refused(&entry(Link, "a", "../outside.txt", b""), "is not in it before");
    refused(&entry(Link, "a", "/etc/passwd", b""), "is not in it before");
    refused(&archive(&[link("a", "b"), entry(Link, "c", "a", b"")]), "is not in it before");
    for kind in [Block, Char, Fifo] {
        refused(&entry(kind, "a", "", b""), "is neither a file nor a folder nor a link");
    }
    refused(&archive(&[file("good"), file("../bad")]), "nothing was unpacked");
    refused(&file("a")[..700], "cannot be read");
    refused(b"plain text", "is no archive that can be unpacked");
    refused(&gzip(b"no tar at all"), "cannot be read");
}

#[test]
fn what_is_good_in_a_tar_has_no_rights_beyond() {
    let place = Place::new(&[]);
    let good = archive(&[
        entry(EntryType::Regular, "a/b", "", b"one"),
        entry(EntryType::Link, "a/c", "a/b", b""),
        entry(EntryType::Regular, "a/b", "", b"two"),
        entry(EntryType::Symlink, "a/d", "../a/b", b""),
    ]);
    fs::write(place.root().join("x"), good).unwrap();
    place.run(&unpack()).unwrap();
    assert_eq!(place.all(), ["to/", "to/a/", "to/a/b", "to/a/c", "to/a/d", "x"]);
    assert_eq!((place.read("to/a/d"), place.read("to/a/c")), ("two".into(), "one".into()));
    let mode = fs::metadata(place.root().join("to/a/b")).unwrap().permissions().mode();
    assert_eq!(mode & 0o7777, 0o777);
}

fn zip_of(name: &str, mode: u32, content: &[u8]) -> Vec<u8> {
    let mut zip = ZipWriter::new(std::io::Cursor::new(Vec::new()));
    // The library writes no name that leads out; one of the same length is put in its place.
    let harmless: String =
        name.chars().map(|c| if c == '/' || c == '.' { '_' } else { c }).collect();
    let options = SimpleFileOptions::default().unix_permissions(mode & 0o777);
    if mode & 0o170_000 == 0o120_000 {
        zip.add_symlink(&harmless, std::str::from_utf8(content).unwrap(), options).unwrap();
    } else {
        zip.start_file(&harmless, options).unwrap();
        zip.write_all(content).unwrap();
    }
    let mut bytes = zip.finish().unwrap().into_inner();
    let (from, to) = (harmless.as_bytes(), name.as_bytes());
    for at in 0..bytes.len() - from.len() {
        if bytes[at..].starts_with(from) {
            bytes[at..at + to.len()].copy_from_slice(to);
        }
    }
    bytes
}

#[test]
fn zips_do_not_lead_out() {
    for name in ["../outside.txt", "/tmp/evil", "a/../../b"] {
        refused(&zip_of(name, 0o644, b"evil"), "leads out of the folder");
    }
    refused(&zip_of("a", 0o120_777, b"../outside.txt"), "leads out, to ../outside.txt");
    refused(&zip_of("a", 0o120_777, b"/etc/passwd"), "leads out, to /etc/passwd");
    let whole = zip_of("a", 0o644, b"good");
    refused(&whole[..whole.len() - 10], "cannot be read");
    // Other systems' separators are letters like others.
    let place = Place::new(&[]);
    fs::write(place.root().join("x"), zip_of("..\\b", 0o644, b"odd")).unwrap();
    place.run(&unpack()).unwrap();
    assert_eq!(place.read("to/..\\b"), "odd");
}

#[test]
fn bombs_do_not_go_off() {
    let zeros = vec![0; 2 << 20];
    refused(&gzip(&entry(EntryType::Regular, "a", "", &zeros)), "more than `max_size` allows");
    refused(&zip_of("a", 0o644, &zeros), "more than `max_size` allows");
    let many: Vec<Vec<u8>> =
        (0..6).map(|at| entry(EntryType::Directory, &format!("d{at}"), "", b"")).collect();
    refused(&archive(&many), "more than `max_entries` allows");
    let name = vec![b'n'; 1 << 20];
    let long = entry(EntryType::GNULongName, "././@LongLink", "", &name);
    refused(
        &gzip(&archive(&[long, entry(EntryType::Regular, "a", "", b"")])),
        "longer than 64 KiB",
    );
    let deep = "d/".repeat(45);
    let deeper = entry(EntryType::GNULongName, "l", "", deep.repeat(6).as_bytes());
    refused(&archive(&[deeper, entry(EntryType::Directory, "a", "", b"")]), "folders deep");
}

fn any_name() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        Just(".."),
        Just("."),
        Just(""),
        Just("a"),
        Just("b"),
        Just("d"),
        Just("up"),
        Just("top"),
        Just("file"),
        Just("in"),
        Just("*"),
        Just("**"),
        Just("outside.txt"),
        Just("?p"),
    ];
    (any::<bool>(), prop::collection::vec(part, 1..5)).prop_map(|(whole, parts)| {
        format!("{}{}", if whole { "WHOLE/" } else { "" }, parts.join("/"))
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// Whatever names are given, in a root full of links that lead out, the neighbours stay as they are, and what was
    /// outside is nowhere in it.
    #[test]
    fn no_names_lead_out(
        steps in prop::collection::vec((0..6_usize, any_name(), any_name()), 1..6),
    ) {
        let place = Place::new(&["a", "b/c", "d/e/f"]);
        let folder = place.folder.path().display().to_string();
        let links = [("up", ".."), ("top", &folder), ("d/file", "../../outside.txt"), ("in", "b")];
        for (link, leads) in links {
            symlink(leads, place.root().join(link)).unwrap();
        }
        for (operation, from, to) in steps {
            let (from, mut to) = (from.replace("WHOLE", &folder), to.replace("WHOLE", &folder));
            let operation = ["copy", "move", "delete", "archive", "unpack", "make_folder"][operation];
            if operation == "archive" {
                to.push_str("/x.tar");
            }
            let mut spec = json!({ "operation": operation });
            if operation != "make_folder" {
                spec["from"] = json!([from]);
            }
            if operation != "delete" {
                spec["to"] = json!(to);
            }
            if !matches!(operation, "delete" | "make_folder") {
                spec["if_exists"] = json!("replace");
            }
            let mut task = Task::new(Ident::new("tidy").unwrap(), "files");
            task.spec = Json::from_value(&spec);
            if Action::for_task(&task).is_ok() {
                // Refused or done: both are fine.
                let _done = place.run(&spec);
            }
        }
        let mut neighbours: Vec<String> = fs::read_dir(place.folder.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        neighbours.sort();
        prop_assert!(neighbours.iter().all(|name| ["log", "outside.txt", "root"].contains(&name.as_str())));
        prop_assert_eq!(fs::read_to_string(place.outside()).unwrap(), "outside");
        for name in place.all() {
            let path = place.root().join(&name);
            if fs::symlink_metadata(&path).unwrap().is_file() && !name.ends_with(".tar") {
                prop_assert_ne!(fs::read_to_string(path).unwrap(), "outside");
            }
        }
    }
}
