//! What each group of commands needs, by Debian package and, elsewhere, by program and library.

use std::process::{Command, Stdio};

use clap::ValueEnum;

use crate::process::find_program;

/// Who needs what.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Group {
    /// Compile the programs without a window.
    Build,
    /// Compile the desktop window.
    Window,
    /// Run all tests: a virtual display, its window manager, a notification service, a driver for the window.
    Test,
    /// Measure: the programs that Millrace is compared with.
    Bench,
}

impl Group {
    /// What building and testing everything needs.
    pub(crate) const ALL: &[Self] = &[Self::Build, Self::Window, Self::Test];

    fn apt(self) -> &'static [&'static str] {
        match self {
            Self::Build => &["gcc", "libc6-dev", "pkg-config"],
            Self::Window => &["libwebkit2gtk-4.1-dev", "libgtk-3-dev", "librsvg2-dev"],
            Self::Test => &[
                "busybox-static",
                "catatonit",
                "chromium",
                "chromium-driver",
                "dbus",
                "dbus-x11",
                "dunst",
                "fontconfig",
                "git",
                "gnome-keyring",
                "imagemagick",
                "libfaketime",
                // What draws for Chromium.
                "libegl1",
                "libgl1-mesa-dri",
                "libgles2",
                "mesa-vulkan-drivers",
                "openbox",
                "podman",
                "postgresql",
                "python3",
                "python3-venv",
                "runc",
                "webkit2gtk-driver",
                "x11-utils",
                "xdotool",
                "xvfb",
            ],
            Self::Bench => &["make", "ninja-build"],
        }
    }

    fn programs(self) -> &'static [&'static str] {
        match self {
            Self::Build => &["cc", "pkg-config"],
            Self::Window => &[],
            Self::Test => &[
                "Xvfb",
                "WebKitWebDriver",
                "chromedriver",
                "dbus-daemon",
                "dbus-send",
                "dunst",
                "fc-match",
                "git",
                "gnome-keyring-daemon",
                "import",
                "openbox",
                "podman",
                "python3",
                "xdotool",
                "xprop",
            ],
            Self::Bench => &["make", "ninja"],
        }
    }

    fn libraries(self) -> &'static [&'static str] {
        match self {
            Self::Window => &["webkit2gtk-4.1", "gtk+-3.0", "librsvg-2.0"],
            Self::Build | Self::Test | Self::Bench => &[],
        }
    }
}

/// The Debian packages of some groups, each once.
pub(crate) fn apt_packages(groups: &[Group]) -> Vec<&'static str> {
    let mut packages: Vec<_> =
        groups.iter().flat_map(|group| group.apt().iter().copied()).collect();
    packages.sort_unstable();
    packages.dedup();
    packages
}

/// What a machine without apt lacks, found by looking for programs and asking pkg-config for libraries.
pub(crate) fn missing_programs_and_libraries(groups: &[Group]) -> Vec<String> {
    let programs = groups
        .iter()
        .flat_map(|group| group.programs())
        .filter(|program| find_program(program).is_none())
        .map(|program| (*program).to_owned());
    let libraries = groups
        .iter()
        .flat_map(|group| group.libraries())
        .filter(|library| !has_library(library))
        .map(|library| format!("{library} (library)"));
    programs.chain(libraries).collect()
}

fn has_library(name: &str) -> bool {
    Command::new("pkg-config")
        .args(["--exists", name])
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_packages_of_all_groups_are_sorted_and_named_once() {
        let packages = apt_packages(&[Group::Test, Group::Build, Group::Build]);
        assert!(packages.is_sorted_by(|a, b| a < b), "{packages:?}");
        assert!(packages.contains(&"gcc") && packages.contains(&"xvfb"));
        assert!(!packages.contains(&"libgtk-3-dev"), "the window's packages were not asked for");
    }
}
