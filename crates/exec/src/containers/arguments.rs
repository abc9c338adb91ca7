//! The words behind `podman` or `docker`.

use std::ffi::OsString;
use std::path::Path;

use millrace_model::action::{ContainerAction, ResolvedContainer};
use millrace_model::ids::AttemptId;

use super::name_of;
use crate::prepare::HOOK_VARIABLES;

/// Where Millrace's own files are in a container.
const OURS: &str = "/millrace";
/// The folder in it for what a task says of itself.
const SAID: &str = "said";
/// Variables that podman and docker, or what they are made of, read themselves: their values do not go through these
/// programs' environment.
const ENGINES_OWN: [&str; 12] = [
    "PATH",
    "HOME",
    "USER",
    "LOGNAME",
    "SHELL",
    "TMPDIR",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "NO_PROXY",
    "http_proxy",
    "https_proxy",
    "no_proxy",
];
const ENGINES_OWN_PREFIX: [&str; 12] = [
    "BUILDAH_",
    "CONTAINER",
    "DBUS_",
    "DOCKER_",
    "GO",
    "LD_",
    "NOTIFY_",
    "PODMAN_",
    "REGISTRY_",
    "SSL_CERT_",
    "STORAGE_",
    "XDG_",
];
/// What tells the task of itself and has no path in it.
const TOLD: [&str; 5] =
    ["MILLRACE_RUN", "MILLRACE_WORKFLOW", "MILLRACE_LOGICAL_TIME", "MILLRACE_TASK", "MILLRACE_TRY"];

/// Variables and their values.
type Variables = Vec<(OsString, OsString)>;

/// The files of an attempt that its container sees.
pub(crate) struct Given<'a> {
    pub(crate) inputs: &'a Path,
    pub(crate) outputs: &'a Path,
    pub(crate) scratch: &'a Path,
    /// The folder for what it leaves.
    pub(crate) artifacts: &'a Path,
    /// What earlier tasks of the run left.
    pub(crate) run_artifacts: &'a Path,
    /// The folder for what it says of itself.
    pub(crate) said: &'a Path,
    /// A hook runs it, and it is told why.
    pub(crate) is_hooked: bool,
}

/// The words, and the environment that goes with them. `env` is that of the document; `is_secret` tells which values
/// of it are secrets.
///
/// # Errors
/// A name of something that is to be seen in the container cannot be given, or a secret would stand in the command line.
pub(crate) fn arguments(
    action: &ContainerAction,
    resolved: ResolvedContainer,
    attempt: AttemptId,
    cwd: &Path,
    given: &Given<'_>,
    env: Variables,
    is_secret: impl Fn(&str) -> bool,
) -> Result<(Vec<OsString>, Variables), String> {
    let mut words: Vec<OsString> = ["run", "--rm", "--log-driver=none"].map(OsString::from).into();
    let mut push = |word: String| words.push(word.into());
    push(format!("--name={}", name_of(attempt)));
    push(format!("--label=millrace.attempt={}:{}", attempt.run, attempt.serial));
    if action.pull != "missing" {
        push(format!("--pull={}", action.pull));
    }
    let options = [
        ("network", &action.network),
        ("cpus", &action.cpus),
        ("memory", &action.memory),
        ("user", &resolved.user),
        ("workdir", &resolved.workdir),
    ];
    for (name, value) in options {
        if let Some(value) = value {
            push(format!("--{name}={value}"));
        }
    }
    if action.init {
        push("--init".to_owned());
    }
    if let Some(entrypoint) = resolved.entrypoint {
        push(format!("--entrypoint={entrypoint}"));
    }
    for (target, source, read_only) in &resolved.mounts {
        push(mount(&cwd.join(source), target, *read_only)?);
    }
    let ours = [
        (given.inputs, "MILLRACE_INPUTS", "inputs.json", true),
        (given.outputs, "MILLRACE_OUTPUTS", "outputs", false),
        (given.scratch, "MILLRACE_RUN_DIR", "run", false),
        (given.artifacts, "MILLRACE_ARTIFACTS", "artifacts", false),
        (given.run_artifacts, "MILLRACE_RUN_ARTIFACTS", "run-artifacts", true),
    ];
    for (source, variable, name, read_only) in ours {
        push(mount(source, &format!("{OURS}/{name}"), read_only)?);
        push(format!("--env={variable}={OURS}/{name}"));
    }
    push(mount(given.said, &format!("{OURS}/{SAID}"), false)?);
    for (variable, name) in [("PROGRESS", "progress"), ("METRICS", "metrics"), ("SKIP", "skip")] {
        push(format!("--env=MILLRACE_{variable}={OURS}/{SAID}/{name}"));
    }
    let hooks = HOOK_VARIABLES.into_iter().filter(|_| given.is_hooked).map(|(name, _)| name);
    for name in TOLD.into_iter().chain(hooks) {
        push(format!("--env={name}"));
    }
    let mut kept = Vec::with_capacity(env.len());
    for (name, value) in env {
        let shown = name.to_string_lossy().into_owned();
        if !is_engines_own(&shown) {
            words.push(format!("--env={shown}").into());
            kept.push((name, value));
        } else if is_secret(&shown) {
            return Err(format!(
                "its variable {shown} cannot be a secret: podman and docker use it themselves, so its value would stand in their command line"
            ));
        } else {
            let mut word = OsString::from(format!("--env={shown}="));
            word.push(value);
            words.push(word);
        }
    }
    words.extend(action.options.iter().map(OsString::from));
    words.push(resolved.image.into());
    words.extend(resolved.command.into_iter().map(OsString::from));
    Ok((words, kept))
}

fn is_engines_own(name: &str) -> bool {
    ENGINES_OWN.contains(&name) || ENGINES_OWN_PREFIX.iter().any(|own| name.starts_with(own))
}

/// `--mount` takes a line of comma-separated values.
fn mount(source: &Path, target: &str, read_only: bool) -> Result<String, String> {
    let Some(source) = source.to_str().filter(|source| !source.contains(['\n', '\r'])) else {
        return Err(format!(
            "its mount {target}: the name {} cannot be given to podman or docker",
            source.display()
        ));
    };
    let mut fields =
        vec!["type=bind".to_owned(), format!("source={source}"), format!("target={target}")];
    if read_only {
        fields.push("readonly".to_owned());
    }
    let quoted = fields.into_iter().map(|field| match field.contains(['"', ',']) {
        true => format!("\"{}\"", field.replace('"', "\"\"")),
        false => field,
    });
    Ok(format!("--mount={}", quoted.collect::<Vec<_>>().join(",")))
}
