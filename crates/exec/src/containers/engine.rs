//! Which program starts containers, and whether it works.

use std::collections::HashSet;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use tokio::process::Command;
use tokio::runtime::Handle;
use tokio::sync::Mutex;

use super::Container;
use crate::environment::BaseEnv;

/// What is looked for where a task names nothing.
const KNOWN: [&str; 2] = ["podman", "docker"];
/// How long a question to the program may take; the first one after the start of the machine is slow.
const LIMIT: Duration = Duration::from_secs(60);

/// The programs that were seen to work.
#[derive(Debug, Default)]
pub(crate) struct Engines {
    working: Mutex<HashSet<PathBuf>>,
}

impl Engines {
    /// The container `name` of the program `wanted`, or of the first that there is. The first time it is asked whether it
    /// works: podman then starts what stays in the background, and not as a child of the first task.
    ///
    /// # Errors
    /// There is no such program, or it does not work: what it says.
    pub(crate) async fn container(
        &self,
        wanted: Option<&str>,
        name: String,
        base_env: &Arc<BaseEnv>,
        runtime: &Handle,
    ) -> Result<Container, String> {
        let container = find(wanted, name, base_env).await?;
        let mut working = self.working.lock().await;
        if !working.contains(&container.program) {
            let asked = container.clone();
            let question = ["ps", "--quiet", "--filter", "label=millrace.attempt=none"];
            let answer = runtime.spawn(async move { asked.call(&question).await }).await;
            answer.map_err(|error| error.to_string())?.map_err(|why| {
                let program = container.program.display();
                format!("{program} does not work here: {why}")
            })?;
            working.insert(container.program.clone());
        }
        Ok(container)
    }
}

/// The container `name` of a program that need not work.
pub(crate) async fn find(
    wanted: Option<&str>,
    name: String,
    base_env: &Arc<BaseEnv>,
) -> Result<Container, String> {
    let path = base_env.get().await.get("PATH").map(String::as_str).unwrap_or_default();
    let program = program(wanted, path)?;
    Ok(Container { program, name, base_env: Arc::clone(base_env) })
}

pub(super) fn program(wanted: Option<&str>, path: &str) -> Result<PathBuf, String> {
    let names: &[&str] = match &wanted {
        Some(wanted) if wanted.contains('/') => {
            let program = Path::new(wanted);
            return match program.is_absolute() && is_program(program) {
                true => Ok(program.to_owned()),
                false => Err(format!(
                    "{wanted} is not a program; `engine` is a name on the PATH or a whole path"
                )),
            };
        }
        Some(wanted) => &[wanted],
        None => &KNOWN,
    };
    let found = names.iter().find_map(|name| {
        std::env::split_paths(path).map(|folder| folder.join(name)).find(|file| is_program(file))
    });
    found.ok_or_else(|| match wanted {
        Some(wanted) => format!(
            "there is no `{wanted}` on the PATH of tasks; install it, or name another `engine`"
        ),
        None => "there is neither podman nor docker on the PATH of tasks; install one of them"
            .to_owned(),
    })
}

fn is_program(path: &Path) -> bool {
    path.metadata().is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0)
}

impl Container {
    /// Calls the program and waits for its end.
    ///
    /// # Errors
    /// It cannot be started, takes too long, or fails: what it says.
    pub(super) async fn call(&self, arguments: &[&str]) -> Result<(), String> {
        let mut command = Command::new(&self.program);
        command
            .args(arguments)
            .env_clear()
            .envs(self.base_env.get().await)
            .current_dir("/")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        let output = match tokio::time::timeout(LIMIT, command.output()).await {
            Ok(output) => output.map_err(|error| format!("it cannot be started: {error}"))?,
            Err(_) => return Err(format!("it did not answer within {} s", LIMIT.as_secs())),
        };
        if output.status.success() {
            return Ok(());
        }
        let said = String::from_utf8_lossy(&output.stderr);
        let line = said.lines().map(str::trim).rfind(|line| !line.is_empty());
        Err(line.map_or_else(|| output.status.to_string(), |line| line.chars().take(400).collect()))
    }
}
