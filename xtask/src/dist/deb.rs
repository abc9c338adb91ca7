//! From a folder to a package: what it says about itself, and what it depends on.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, bail};

use crate::cargo::PRODUCT;
use crate::process::{output, run};

/// What the libraries of the programs do not tell: who looks up fonts, and who opens links.
const ALSO_NEEDED: &str = "fontconfig, xdg-utils, hicolor-icon-theme, shared-mime-info";

/// Closes the folder `root` into a package in `out`, and answers its path.
///
/// # Errors
/// When one of dpkg's programs fails.
pub(super) fn close(root: &Path, version: &str, out: &Path) -> anyhow::Result<PathBuf> {
    let folders_for_all = "chmod -R u=rwX,go=rX .";
    run(Command::new("sh").args(["-c", folders_for_all]).current_dir(root))?;
    let architecture = output(Command::new("dpkg").arg("--print-architecture"))?;
    let architecture = architecture.trim();
    let libraries = libraries(root)?;
    let size = kibibytes(root)?;
    let sums = sums(root)?;

    let own = root.join("DEBIAN");
    fs::create_dir(&own)?;
    fs::set_permissions(&own, fs::Permissions::from_mode(0o755))?;
    fs::write(own.join("control"), control(version, architecture, size, &libraries))?;
    fs::write(own.join("md5sums"), sums)?;
    let package = out.join(format!("millrace_{version}_{architecture}.deb"));
    run(Command::new("dpkg-deb")
        .args(["--root-owner-group", "-Zxz", "--build"])
        .arg(root)
        .arg(&package)
        .stdout(std::process::Stdio::null()))?;
    Ok(package)
}

fn control(version: &str, architecture: &str, size: u64, libraries: &str) -> String {
    format!(
        "Package: millrace\nVersion: {version}\nArchitecture: {architecture}\n\
         Maintainer: The Millrace maintainers <maintainers@millrace.invalid>\nInstalled-Size: {size}\n\
         Depends: {libraries}, {ALSO_NEEDED}\nRecommends: fonts-noto-core, dbus-user-session\n\
         Suggests: fonts-noto-cjk, python3-venv\nSection: utils\nPriority: optional\n\
         Description: draws workflows of tasks and runs them on this machine\n \
         A workflow is a graph of tasks, drawn in a window and saved as one JSON file. Millrace runs it on\n \
         this machine, shows it while it runs, and keeps every run. The command line does the same.\n"
    )
}

/// The packages of the shared libraries, as dpkg-shlibdeps finds them.
fn libraries(root: &Path) -> anyhow::Result<String> {
    // It wants to be in a source package.
    let source = tempfile::tempdir()?;
    fs::create_dir(source.path().join("debian"))?;
    let control = "Source: millrace\n\nPackage: millrace\nArchitecture: any\n";
    fs::write(source.path().join("debian/control"), control)?;
    let mut command = Command::new("dpkg-shlibdeps");
    command.arg("-O").current_dir(source.path());
    for program in PRODUCT {
        command.arg(root.join("usr/bin").join(program));
    }
    let said = output(&mut command)?;
    let found = said.lines().find_map(|line| line.strip_prefix("shlibs:Depends="));
    found.map(str::to_owned).context("dpkg-shlibdeps named no libraries")
}

/// What is installed, in KiB, as dpkg counts.
fn kibibytes(root: &Path) -> anyhow::Result<u64> {
    let said = output(Command::new("du").args(["-k", "-s", "--apparent-size"]).arg(root))?;
    let size = said.split_whitespace().next().and_then(|size| size.parse().ok());
    size.with_context(|| format!("du said {said:?}"))
}

/// The sums by which dpkg sees damaged files.
fn sums(root: &Path) -> anyhow::Result<String> {
    let command = "find usr -type f -print0 | sort -z | xargs -0 md5sum";
    let sums = output(Command::new("sh").args(["-c", command]).current_dir(root))?;
    if sums.is_empty() {
        bail!("the package has no files");
    }
    Ok(sums)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_package_says_what_it_is_and_needs() {
        let text = control("1.2.3", "amd64", 4_096, "libc6 (>= 2.36)");
        let field = |name: &str| {
            let lines = text.lines().filter_map(|line| line.split_once(": "));
            lines.clone().find_map(|(is, value)| (is == name).then_some(value))
        };
        assert_eq!(field("Version"), Some("1.2.3"));
        assert_eq!(field("Installed-Size"), Some("4096"));
        assert!(field("Depends").unwrap().starts_with("libc6 (>= 2.36), fontconfig, "), "{text}");
        assert!(text.ends_with('\n') && !text.contains("\n\n"), "one paragraph: {text}");
    }
}
