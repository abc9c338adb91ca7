//! The system's package installer: apt here, instructions for the others.

use std::collections::BTreeSet;
use std::process::{Command, Stdio};

use anyhow::Context as _;

use super::Group;
use crate::process::{find_program, line_of, run};

/// How this machine installs things.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Host {
    /// Debian, Ubuntu and their children.
    Apt,
    /// Fedora and its children.
    Dnf,
    /// Arch and its children.
    Pacman,
    /// Something else.
    Other,
}

impl Host {
    /// Looks at which installer is there.
    pub(crate) fn detect() -> Self {
        let has = |name| find_program(name).is_some();
        if has("apt-get") && has("dpkg-query") {
            Self::Apt
        } else if has("dnf") {
            Self::Dnf
        } else if has("pacman") {
            Self::Pacman
        } else {
            Self::Other
        }
    }

    /// The exact lines to type on this system.
    pub(crate) fn instructions(self, groups: &[Group]) -> String {
        match self {
            Self::Apt => format!("  {}", apt_line(&super::groups::apt_packages(groups))),
            Self::Dnf => format!("install it with:\n  sudo dnf install {}", words(groups, dnf)),
            Self::Pacman => {
                format!("install it with:\n  sudo pacman -S --needed {}", words(groups, pacman))
            }
            Self::Other => format!(
                "install it with your system's package manager; on Debian the packages are:\n  {}",
                apt_line(&super::groups::apt_packages(groups))
            ),
        }
    }
}

fn words(groups: &[Group], packages: fn(Group) -> &'static [&'static str]) -> String {
    groups.iter().flat_map(|group| packages(*group)).copied().collect::<Vec<_>>().join(" ")
}

fn dnf(group: Group) -> &'static [&'static str] {
    match group {
        Group::Build => &["gcc", "pkgconf-pkg-config"],
        Group::Window => &["webkit2gtk4.1-devel", "gtk3-devel", "librsvg2-devel"],
        Group::Test => &[
            "ImageMagick",
            "chromedriver",
            "chromium",
            "dbus-daemon",
            "dbus-tools",
            "dunst",
            "fontconfig",
            "git",
            "gnome-keyring",
            "libfaketime",
            "mesa-vulkan-drivers",
            "openbox",
            "podman",
            "python3",
            // Named by its file: the package that brings it was renamed more than once.
            "/usr/bin/WebKitWebDriver",
            "xdotool",
            "xprop",
            "xorg-x11-server-Xvfb",
        ],
        Group::Bench => &["make", "ninja-build"],
    }
}

fn pacman(group: Group) -> &'static [&'static str] {
    match group {
        Group::Build => &["gcc", "pkgconf"],
        Group::Window => &["webkit2gtk-4.1", "gtk3", "librsvg"],
        Group::Test => &[
            "chromium",
            "dbus",
            "dunst",
            "fontconfig",
            "git",
            "gnome-keyring",
            "imagemagick",
            "libfaketime",
            "openbox",
            "podman",
            "python",
            "vulkan-swrast",
            "xdotool",
            "xorg-server-xvfb",
            "xorg-xprop",
        ],
        Group::Bench => &["make", "ninja"],
    }
}

/// Which of these packages are not installed, in the order given. One quick question to dpkg's own database.
pub(crate) fn apt_missing(packages: &[&str]) -> anyhow::Result<Vec<String>> {
    let mut query = Command::new("dpkg-query");
    query.args(["-W", "-f=${Package} ${db:Status-Status}\\n"]).args(packages);
    // Fails by design when one of them is unknown, and lists the others all the same.
    let answer = query
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()
        .with_context(|| format!("could not start {}", line_of(&query)))?;
    Ok(not_installed(packages, &String::from_utf8_lossy(&answer.stdout)))
}

fn not_installed(packages: &[&str], answer: &str) -> Vec<String> {
    let installed: BTreeSet<&str> =
        answer.lines().filter_map(|line| line.strip_suffix(" installed")).collect();
    packages
        .iter()
        .filter(|package| !installed.contains(*package))
        .map(|package| (*package).to_owned())
        .collect()
}

/// Whether apt knows a package of this name.
pub(crate) fn apt_knows(package: &str) -> bool {
    Command::new("apt-cache")
        .args(["show", "--quiet=0", package])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// Refreshes apt's lists: a bare machine has none.
pub(crate) fn apt_update() -> anyhow::Result<()> {
    run(apt().args(["update", "--quiet"]))
}

/// Installs packages without recommendations and without a question.
pub(crate) fn apt_install(packages: &[String]) -> anyhow::Result<()> {
    run(apt().args(["install", "--yes", "--quiet", "--no-install-recommends"]).args(packages))
}

/// The same as a line to type.
pub(crate) fn apt_line(packages: &[impl AsRef<str>]) -> String {
    let names: Vec<_> = packages.iter().map(AsRef::as_ref).collect();
    let sudo = if is_root() { "" } else { "sudo " };
    format!("{sudo}apt-get update && {sudo}apt-get install {}", names.join(" "))
}

/// `apt-get`, through sudo for everyone but root, asking nothing on the way.
fn apt() -> Command {
    let mut command = if is_root() {
        Command::new("env")
    } else {
        let mut sudo = Command::new("sudo");
        sudo.arg("env");
        sudo
    };
    command.args(["DEBIAN_FRONTEND=noninteractive", "apt-get"]);
    command.stdin(Stdio::null());
    command
}

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_installed_and_unknown_packages_are_missing() {
        let answer = "gcc installed\nxvfb config-files\n";
        assert_eq!(not_installed(&["gcc", "xvfb", "openbox"], answer), ["xvfb", "openbox"]);
    }

    #[test]
    fn every_system_gets_a_line_to_type() {
        for (host, word) in
            [(Host::Dnf, "dnf install"), (Host::Pacman, "pacman -S"), (Host::Other, "apt-get")]
        {
            let text = host.instructions(Group::ALL);
            assert!(text.contains(word) && text.contains("webkit2gtk"), "{text}");
        }
    }
}
