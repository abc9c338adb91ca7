//! Packs files into an archive.

use std::io::{self, BufWriter, Read, Seek, Write};
use std::path::{Path, PathBuf};

use cap_std::fs::{Metadata, MetadataExt, OpenOptions, OpenOptionsExt, PermissionsExt};
use flate2::Compression;
use flate2::write::GzEncoder;
use millrace_model::action::ArchiveFormat;
use tar::{EntryType, Header};
use zip::CompressionMethod;
use zip::write::SimpleFileOptions;

use super::Doing;
use super::root::{self, cannot, shown};
use super::tally::Uncopied;
use crate::deed::Fault;

/// An archive that is being written.
enum Packer<W: Write + Seek> {
    Tar(Box<tar::Builder<W>>),
    TarGz(Box<tar::Builder<GzEncoder<W>>>),
    Zip(Box<zip::ZipWriter<W>>),
}

impl Doing<'_> {
    /// Packs what is of these names into the archive `to`.
    pub(super) fn pack(
        &mut self,
        paths: &[PathBuf],
        to: &Path,
        format: ArchiveFormat,
    ) -> Result<(), Fault> {
        if self.is_settled(to)? {
            return Ok(());
        }
        let (stage, name) = self.stage.fresh()?;
        let mut options = OpenOptions::new();
        options.write(true).create_new(true).mode(0o666);
        let made = stage.open_with(&name, &options);
        let made = made.map_err(|error| cannot("write", to, &error))?.into_std();
        let mut packer = Packer::new(BufWriter::with_capacity(1 << 18, made), format);
        for path in paths {
            self.pack_thing(&mut packer, path, to)?;
        }
        packer.finish().map_err(|error| cannot("write", to, &error))?;
        self.put_archive(&stage, name.as_ref(), to)
    }

    fn pack_thing<W: Write + Seek>(
        &mut self,
        packer: &mut Packer<W>,
        path: &Path,
        to: &Path,
    ) -> Result<(), Fault> {
        self.go_on(path)?;
        let root = self.root;
        let of = root.look(path)?;
        if of.is_dir() {
            if !path.as_os_str().is_empty() {
                packer.folder(path, &of).map_err(|error| cannot("pack", path, &error))?;
            }
            for name in root.names(path)? {
                let inner = path.join(&name);
                // The archive itself, and the folder in which it is being written.
                if inner != to && inner.as_os_str() != self.stage.name() {
                    self.pack_thing(packer, &inner, to)?;
                }
            }
            return Ok(());
        }
        if of.is_symlink() {
            let leads = root.dir().read_link_contents(path);
            let packed = leads.and_then(|leads| packer.link(path, &leads, &of));
            return packed.map_err(|error| cannot("pack", path, &error));
        }
        let opened = root::open_file(root.dir(), path);
        let (file, of) = opened.map_err(|error| cannot("read", path, &error))?;
        let size = of.len();
        let packed = packer.file(path, &of, file.take(size), |from, out| {
            self.tally.copy(path, from, out, u64::MAX)
        });
        match packed {
            Ok(bytes) if bytes == size => {
                self.log.line(&format!("packed {}", shown(path)));
                self.tally.count(size);
                Ok(())
            }
            Ok(_) => Err(Fault::Unusable(format!(
                "{} became shorter while it was packed; no archive was made",
                shown(path)
            ))),
            Err(uncopied) => Err(uncopied.fault(path, to)),
        }
    }
}

impl<W: Write + Seek> Packer<W> {
    fn new(out: W, format: ArchiveFormat) -> Self {
        match format {
            ArchiveFormat::Tar => Self::Tar(Box::new(tar::Builder::new(out))),
            ArchiveFormat::TarGz => {
                let encoder = GzEncoder::new(out, Compression::default());
                Self::TarGz(Box::new(tar::Builder::new(encoder)))
            }
            ArchiveFormat::Zip => Self::Zip(Box::new(zip::ZipWriter::new(out))),
        }
    }

    fn folder(&mut self, path: &Path, of: &Metadata) -> io::Result<()> {
        let mut header = header(of, EntryType::Directory, 0);
        match self {
            Self::Tar(tar) => tar.append_data(&mut header, path, io::empty()),
            Self::TarGz(tar) => tar.append_data(&mut header, path, io::empty()),
            Self::Zip(zip) => Ok(zip.add_directory(text(path)?, options(of))?),
        }
    }

    fn link(&mut self, path: &Path, leads: &Path, of: &Metadata) -> io::Result<()> {
        let mut header = header(of, EntryType::Symlink, 0);
        match self {
            Self::Tar(tar) => tar.append_link(&mut header, path, leads),
            Self::TarGz(tar) => tar.append_link(&mut header, path, leads),
            Self::Zip(zip) => Ok(zip.add_symlink(text(path)?, text(leads)?, options(of))?),
        }
    }

    /// Packs a file, whose bytes `copy` takes from the one to the other.
    fn file(
        &mut self,
        path: &Path,
        of: &Metadata,
        mut from: impl Read,
        copy: impl FnOnce(&mut dyn Read, &mut dyn Write) -> Result<u64, Uncopied>,
    ) -> Result<u64, Uncopied> {
        match self {
            Self::Tar(tar) => append(tar, path, of, from, copy),
            Self::TarGz(tar) => append(tar, path, of, from, copy),
            Self::Zip(zip) => {
                let options = options(of).large_file(of.len() >= 1 << 31);
                let started = text(path).and_then(|name| Ok(zip.start_file(name, options)?));
                started.map_err(Uncopied::Write)?;
                copy(&mut from, zip)
            }
        }
    }

    fn finish(self) -> io::Result<()> {
        match self {
            Self::Tar(tar) => tar.into_inner()?.flush(),
            Self::TarGz(tar) => tar.into_inner()?.finish()?.flush(),
            Self::Zip(zip) => zip.finish()?.flush(),
        }
    }
}

fn append<W: Write>(
    tar: &mut tar::Builder<W>,
    path: &Path,
    of: &Metadata,
    mut from: impl Read,
    copy: impl FnOnce(&mut dyn Read, &mut dyn Write) -> Result<u64, Uncopied>,
) -> Result<u64, Uncopied> {
    let size = of.len();
    let mut header = header(of, EntryType::Regular, size);
    // The header alone, with what a long name needs before it; the bytes come through `copy`, which heeds the brake.
    let headed = tar.append_data(&mut header, path, io::empty());
    headed.map_err(Uncopied::Write)?;
    let copied = copy(&mut from, tar.get_mut())?;
    let rest = usize::try_from(size.next_multiple_of(512) - size).unwrap_or_default();
    tar.get_mut().write_all(&[0; 512][..rest]).map_err(Uncopied::Write)?;
    Ok(copied)
}

/// Of owners nothing is kept: who unpacks it owns it.
fn header(of: &Metadata, kind: EntryType, size: u64) -> Header {
    let mut header = Header::new_gnu();
    header.set_entry_type(kind);
    header.set_size(size);
    header.set_mode(of.permissions().mode() & 0o777);
    header.set_mtime(u64::try_from(of.mtime()).unwrap_or_default());
    header
}

fn options(of: &Metadata) -> SimpleFileOptions {
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .unix_permissions(of.permissions().mode() & 0o777);
    match zip_time(of.mtime()) {
        Some(time) => options.last_modified_time(time),
        None => options,
    }
}

/// zip has times without a zone; in UTC they are the same wherever it is packed.
fn zip_time(unix: i64) -> Option<zip::DateTime> {
    let time = jiff::tz::TimeZone::UTC.to_datetime(jiff::Timestamp::from_second(unix).ok()?);
    let small = |number: i8| u8::try_from(number).ok();
    zip::DateTime::from_date_and_time(
        u16::try_from(time.year()).ok()?,
        small(time.month())?,
        small(time.day())?,
        small(time.hour())?,
        small(time.minute())?,
        small(time.second())?,
    )
    .ok()
}

/// zip's names are texts.
fn text(path: &Path) -> io::Result<&str> {
    let message = "its name is not UTF-8, which zip cannot hold; pack a .tar.gz";
    path.to_str().ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, message))
}
