//! Which files the package has, and where they lie.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context as _, bail};

use super::licences;
use crate::cargo::PRODUCT;
use crate::process::{output, run};
use crate::workspace::Workspace;

/// Files of the checkout: where they lie there, and in the package.
const FILES: &[(&str, &str)] = &[
    (
        "assets/linux/app.millrace.desktop.desktop",
        "usr/share/applications/app.millrace.desktop.desktop",
    ),
    ("assets/linux/millrace.xml", "usr/share/mime/packages/millrace.xml"),
    ("assets/linux/copyright", "usr/share/doc/millrace/copyright"),
    ("assets/fonts/LICENSE-Inter-OFL.txt", "usr/share/doc/millrace/LICENSE-Inter-OFL.txt"),
    (
        "assets/fonts/LICENSE-JetBrainsMono-Apache.txt",
        "usr/share/doc/millrace/LICENSE-JetBrainsMono-Apache.txt",
    ),
    ("assets/icon.svg", "usr/share/icons/hicolor/scalable/apps/millrace.svg"),
    ("assets/icon-32.png", "usr/share/icons/hicolor/32x32/apps/millrace.png"),
    ("assets/icon-128.png", "usr/share/icons/hicolor/128x128/apps/millrace.png"),
    ("assets/icon-256.png", "usr/share/icons/hicolor/256x256/apps/millrace.png"),
    ("assets/icon-512.png", "usr/share/icons/hicolor/512x512/apps/millrace.png"),
];

/// What the command line writes about itself: its arguments, and where that goes.
const WRITTEN: &[(&[&str], &str)] = &[
    (&["completions", "bash"], "usr/share/bash-completion/completions/millrace"),
    (&["completions", "zsh"], "usr/share/zsh/vendor-completions/_millrace"),
    (&["completions", "fish"], "usr/share/fish/vendor_completions.d/millrace.fish"),
];

/// Puts every file of the package into `root`.
///
/// # Errors
/// When a file is missing or cannot be written.
pub(super) fn lay_out(workspace: &Workspace, programs: &Path, root: &Path) -> anyhow::Result<()> {
    fs::set_permissions(root, fs::Permissions::from_mode(0o755))?;
    for program in PRODUCT {
        let to = root.join("usr/bin").join(program);
        copy(&programs.join(program), &to, 0o755)?;
        run(Command::new("strip").arg("--strip-unneeded").arg(&to))?;
    }
    for (from, to) in FILES {
        copy(&workspace.root().join(from), &root.join(to), 0o644)?;
    }
    let millrace = programs.join("millrace");
    for (arguments, to) in WRITTEN {
        write(&root.join(to), output(Command::new(&millrace).args(*arguments))?.as_bytes())?;
    }
    let page = output(Command::new(&millrace).arg("man"))?;
    write(&root.join("usr/share/man/man1/millrace.1.gz"), &squeeze(page.as_bytes())?)?;
    let licences = licences::text(workspace)?;
    write(&root.join("usr/share/doc/millrace/LICENCES.gz"), &squeeze(licences.as_bytes())?)?;
    let changes = fs::read(workspace.root().join("CHANGELOG.md"))?;
    write(&root.join("usr/share/doc/millrace/changelog.gz"), &squeeze(&changes)?)?;
    for sample in fs::read_dir(workspace.root().join("workflows"))? {
        let sample = sample?.path();
        if let (true, Some(name)) =
            (sample.extension().is_some_and(|e| e == "json"), sample.file_name())
        {
            let examples = root.join("usr/share/doc/millrace/examples");
            copy(&sample, &examples.join(name), 0o644)?;
        }
    }
    Ok(())
}

fn copy(from: &Path, to: &Path, mode: u32) -> anyhow::Result<()> {
    write(to, &fs::read(from).with_context(|| format!("cannot read {}", from.display()))?)?;
    fs::set_permissions(to, fs::Permissions::from_mode(mode))?;
    Ok(())
}

fn write(to: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let folder = to.parent().context("a file of the package lies in a folder")?;
    fs::create_dir_all(folder)?;
    fs::write(to, bytes).with_context(|| format!("cannot write {}", to.display()))?;
    fs::set_permissions(to, fs::Permissions::from_mode(0o644))?;
    Ok(())
}

/// Compressed without name and time, so that the same input gives the same file.
fn squeeze(bytes: &[u8]) -> anyhow::Result<Vec<u8>> {
    let input = tempfile::NamedTempFile::new()?;
    fs::write(input.path(), bytes)?;
    let mut command = Command::new("gzip");
    command.arg("-9nc").stdin(Stdio::from(input.reopen()?)).stderr(Stdio::inherit());
    let squeezed = command.output().context("could not start gzip")?;
    if !squeezed.status.success() {
        bail!("gzip ended with {}", squeezed.status);
    }
    Ok(squeezed.stdout)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_that_is_named_is_in_the_checkout() {
        let workspace = Workspace::find().unwrap();
        for (from, to) in FILES {
            assert!(workspace.root().join(from).is_file(), "{from}");
            assert!(to.starts_with("usr/share/"), "{to}");
        }
    }

    #[test]
    fn the_same_text_is_squeezed_into_the_same_bytes() {
        assert_eq!(squeeze(b"text").unwrap(), squeeze(b"text").unwrap());
    }
}
