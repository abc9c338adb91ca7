//! podman with storage of its own, and an image made of busybox: nothing is fetched, and nobody's images are touched.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// The image.
pub const IMAGE: &str = "localhost/millrace-test:1";
/// What the programs in the image are links to.
const PROGRAMS: [&str; 12] =
    ["cat", "echo", "env", "id", "ls", "pwd", "sh", "sleep", "test", "touch", "true", "wc"];
/// Below what any machine that tests are run on allows.
const LIMITS: &str = "[containers]\ndefault_ulimits = [\"nofile=512:512\", \"nproc=512:512\"]\n";

/// podman in a folder of a test.
#[derive(Debug)]
pub struct Podman {
    program: PathBuf,
}

impl Podman {
    /// Made in this folder, with the image. None, and a loud word, where podman or what it takes is missing or cannot run
    /// here.
    ///
    /// # Panics
    /// When the folder cannot be written.
    #[must_use]
    #[expect(clippy::print_stderr, reason = "a test that is skipped says so")]
    pub fn new(folder: &Path) -> Option<Self> {
        let skip = |why: &str| {
            eprintln!(
                "SKIPPED, no container was run: {why} (`cargo xtask setup` installs what it takes)"
            );
            None
        };
        let Some(real) = on_path("podman") else { return skip("there is no podman") };
        let busybox = ["/bin/busybox", "/usr/bin/busybox"].map(Path::new);
        let Some(busybox) = busybox.into_iter().find(|it| it.is_file()) else {
            return skip("there is no busybox");
        };
        fs::create_dir_all(folder).unwrap();
        fs::write(folder.join("containers.conf"), LIMITS).unwrap();
        let runtime = if on_path("runc").is_some() { "--runtime runc" } else { "" };
        let script = format!(
            "#!/bin/sh\nCONTAINERS_CONF={folder}/containers.conf exec {real} --root {folder}/root --runroot {folder}/run \
             --storage-driver vfs --cgroup-manager cgroupfs --events-backend none {runtime} \"$@\"\n",
            folder = folder.display(),
            real = real.display(),
        );
        let program = folder.join("podman");
        fs::write(&program, script).unwrap();
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
        let podman = Self { program };
        let tree = folder.join("image");
        for inner in ["bin", "tmp", "etc"] {
            fs::create_dir_all(tree.join(inner)).unwrap();
        }
        fs::copy(busybox, tree.join("bin/busybox")).unwrap();
        for name in PROGRAMS {
            symlink("busybox", tree.join("bin").join(name)).unwrap();
        }
        let archive = folder.join("image.tar");
        let packed =
            Command::new("tar").arg("-C").arg(&tree).arg("-cf").arg(&archive).arg(".").status();
        assert!(packed.unwrap().success());
        let imported = podman.call(&["import", archive.to_str().unwrap(), IMAGE]);
        if !imported.status.success() {
            return skip(&format!("podman imports no image: {}", said(&imported)));
        }
        let ran = podman.call(&["run", "--rm", "--network=none", IMAGE, "true"]);
        match ran.status.success() {
            true => Some(podman),
            false => skip(&format!("podman runs nothing: {}", said(&ran))),
        }
    }

    /// The program: a script that calls the real one.
    #[must_use]
    pub fn program(&self) -> &str {
        self.program.to_str().unwrap()
    }

    /// Calls it.
    ///
    /// # Panics
    /// When it cannot be started.
    #[must_use]
    pub fn call(&self, arguments: &[&str]) -> Output {
        Command::new(&self.program).args(arguments).output().unwrap()
    }

    /// The names of all containers, also of those that have ended.
    ///
    /// # Panics
    /// When podman fails.
    #[must_use]
    pub fn containers(&self) -> Vec<String> {
        let listed = self.call(&["ps", "--all", "--format", "{{.Names}}"]);
        assert!(listed.status.success(), "{}", said(&listed));
        String::from_utf8_lossy(&listed.stdout).lines().map(str::to_owned).collect()
    }
}

impl Drop for Podman {
    fn drop(&mut self) {
        // Also after a test that failed: nothing may outlive it.
        let _removed = self.call(&["rm", "--all", "--force", "--time", "0"]);
        let _gone = self.call(&["rmi", "--all", "--force"]);
    }
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).trim().to_owned()
}

fn on_path(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let more = ["/usr/sbin".into(), "/sbin".into()];
    std::env::split_paths(&path).chain(more).map(|folder| folder.join(name)).find(|it| it.is_file())
}
