//! From an attempt as the engine sees it to a process as the keeper starts it, or to a deed: values put in, files written.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs;
use std::os::unix::ffi::OsStringExt;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use millrace_engine::core::StartAttempt;
use millrace_keeper::log::LogLimits;
use millrace_keeper::mask::MaskSet;
use millrace_keeper::protocol::Start;
use millrace_model::action::{
    Action, ContainerAction, ProcessAction, ResolvedProcess, ResolvedPython,
};
use millrace_model::connection::Connection;
use millrace_model::document::EnvValue;
use millrace_model::expr::Scope;
use millrace_model::template::Template;

use crate::containers::{Given, arguments as arguments_of};
use crate::deed::{Deed, Work};
use crate::http::{Call, Web};
use crate::ports::Notice;
use crate::processes::ExecConfig;
use crate::python_module;
use crate::run_dir::RunDir;
use crate::secrets::{self, SecretValues};
use crate::{files, inputs, mail, notify, sql};

/// What tells a task that a hook runs why, with where it stands in `hook`.
pub(crate) const HOOK_VARIABLES: [(&str, &str); 4] = [
    ("MILLRACE_HOOK", "on"),
    ("MILLRACE_HOOK_TASK", "task"),
    ("MILLRACE_HOOK_STATE", "state"),
    ("MILLRACE_HOOK_REASON", "reason"),
];

/// What is to be done for an attempt.
pub(crate) enum Prepared {
    /// Nothing: it succeeded.
    Nothing,
    /// A process.
    Process {
        /// As the keeper starts it.
        start: Box<Start>,
        /// The exit code that means "skipped".
        skip_exit_code: Option<i32>,
    },
    /// A container, whose process lacks the program that starts it.
    Container {
        /// As the keeper starts it, without the first word.
        start: Box<Start>,
        /// The program that the task names.
        engine: Option<String>,
        /// The exit code that means "skipped".
        skip_exit_code: Option<i32>,
    },
    /// What the daemon does itself.
    Deed(Box<Deed>),
}

/// Prepares an attempt. A deed keeps its own secrets and what else is in `masks` out of its log and outputs.
///
/// # Errors
/// Why it cannot be run: what, of which field, what to do. The attempt is an Error then.
pub(crate) fn prepare(
    config: &ExecConfig,
    dir: &RunDir,
    attempt: &StartAttempt,
    (secrets, masks): (&SecretValues, &BTreeSet<Vec<u8>>),
    web: &Arc<Web>,
) -> Result<Prepared, String> {
    let action = Action::for_task(attempt.task()).map_err(|problems| {
        let texts: Vec<_> = problems.iter().map(ToString::to_string).collect();
        texts.join("; ")
    })?;
    match action {
        Action::Noop => Ok(Prepared::Nothing),
        Action::Process(process) => prepare_process(config, dir, attempt, &process, secrets),
        Action::Container(container) => prepare_container(dir, attempt, &container, secrets),
        Action::Http(_)
        | Action::Sql(_)
        | Action::Files(_)
        | Action::Mail(_)
        | Action::Notify(_) => {
            let is_repeatable = action.is_repeatable();
            let masks = MaskSet::new(masks.iter().cloned().chain(secrets::forms(secrets)));
            let work = work(config, dir, attempt, action, (secrets, &masks), web)?;
            let limits = LogLimits { head_bytes: config.log_head, tail_bytes: config.log_tail };
            let log = (dir.log(attempt.attempt.serial), limits);
            let limit = attempt.limit;
            Ok(Prepared::Deed(Box::new(Deed { work, is_repeatable, limit, masks, log })))
        }
        // The engine asks its port for child runs, not this one, and chooses branches itself.
        Action::SubWorkflow(sub) => Err(format!("{} is a workflow and not a process", sub.callee)),
        Action::Wait(_) => Err(format!("{} is a wait and not a process", attempt.key)),
        Action::Branch(_) => Err(format!("{} is a branch and not a process", attempt.key)),
    }
}

/// What is done in a deed.
fn work(
    config: &ExecConfig,
    dir: &RunDir,
    attempt: &StartAttempt,
    action: Action,
    (secrets, masks): (&SecretValues, &MaskSet),
    web: &Arc<Web>,
) -> Result<Work, String> {
    let scope = attempt.scope();
    let workdir = workdir(dir, attempt, &scope)?;
    let connection = secrets::connection_of(&action, &scope, &*config.connections)?;
    let unfit = |wanted: &str| {
        let found = connection.as_ref().map(Connection::kind);
        let found = found.map(|kind| kind.to_string()).unwrap_or_default();
        format!("its connection is of kind {found}, and {wanted} is needed")
    };
    let password = secrets::password(secrets);
    match action {
        Action::Http(http) => Ok(Work::Http(Box::new(Call {
            service: match connection {
                None => None,
                Some(Connection::Http(service)) => Some(service),
                Some(_) => return Err(unfit("http")),
            },
            resolved: http.resolve(&scope).map_err(|error| error.to_string())?,
            action: *http,
            secrets: secrets.clone(),
            masks: masks.clone(),
            web: Arc::clone(web),
            workdir,
            answer: dir.answer(attempt.attempt.serial),
        }))),
        Action::Sql(sql) => {
            let resolved = sql.resolve(&scope).map_err(|error| error.to_string())?;
            let database = sql::Target::of(connection, resolved.database, password, &workdir)?;
            Ok(Work::Sql(Box::new(sql::Work {
                database,
                file: resolved.file.map(|path| workdir.join(path)),
                params: resolved.params,
                save_to: resolved.save_to.map(|(path, format)| (workdir.join(path), format)),
                action: *sql,
                scope,
            })))
        }
        Action::Mail(mail) => {
            let Some(Connection::Smtp(server)) = connection else { return Err(unfit("smtp")) };
            Ok(Work::Mail(Box::new(mail::Work {
                resolved: mail.resolve(&scope).map_err(|error| error.to_string())?,
                server,
                password: password.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()),
                workdir,
            })))
        }
        Action::Notify(notify) => {
            let resolved = notify.resolve(&scope).map_err(|error| error.to_string())?;
            let head = &attempt.context.head;
            let workflow_title = head.title.clone().unwrap_or_else(|| head.workflow.to_string());
            let notice = Notice {
                workflow: head.workflow.clone(),
                run: attempt.attempt.run,
                task: attempt.key.clone(),
                title: resolved.title.unwrap_or_else(|| workflow_title.clone()),
                workflow_title,
                text: resolved.text,
            };
            let (notices, channels) = (Arc::clone(&config.notices), resolved.channels);
            Ok(Work::Notify(Box::new(notify::Work { notices, notice, channels })))
        }
        Action::Files(files) => Ok(Work::Files(Box::new(files::Work {
            resolved: files.resolve(&scope).map_err(|error| error.to_string())?,
            action: *files,
            workdir,
            mark: format!("{}-{}", attempt.attempt.run, attempt.key),
        }))),
        Action::Noop
        | Action::Process(_)
        | Action::Container(_)
        | Action::SubWorkflow(_)
        | Action::Wait(_)
        | Action::Branch(_) => {
            Err(format!("{} is nothing that is done without a process", attempt.key))
        }
    }
}

/// How the end of a process is read that was started by an earlier daemon: the exit code that means "skipped", and of a
/// container the program that the task names.
pub(crate) fn reading(attempt: &StartAttempt) -> (Option<i32>, Option<Option<String>>) {
    match Action::for_task(attempt.task()) {
        Ok(Action::Process(process)) => (process.skip_exit_code, None),
        Ok(Action::Container(container)) => (container.skip_exit_code, Some(container.engine)),
        _ => (None, None),
    }
}

fn prepare_process(
    config: &ExecConfig,
    dir: &RunDir,
    attempt: &StartAttempt,
    process: &ProcessAction,
    secrets: &SecretValues,
) -> Result<Prepared, String> {
    let scope = attempt.scope();
    let resolved = process.resolve(&scope).map_err(|error| error.to_string())?;
    let skip_exit_code = resolved.skip_exit_code;
    let cwd = workdir(dir, attempt, &scope)?;
    let mut env = environment(attempt, &scope, secrets)?;
    let serial = attempt.attempt.serial;
    let cannot = |what: &str, error: std::io::Error| {
        format!("cannot write {what} below {}: {error}", dir.root().display())
    };
    let inputs = inputs::write(dir, attempt).map_err(|error| cannot("its inputs", error))?;
    let outputs = dir.outputs(serial);
    env.push(("MILLRACE_TASK".into(), attempt.key.to_string().into()));
    env.push(("MILLRACE_TRY".into(), attempt.number.to_string().into()));
    env.extend(hook_environment(attempt));
    env.push(("MILLRACE_INPUTS".into(), inputs.into()));
    env.push(("MILLRACE_OUTPUTS".into(), outputs.clone().into()));
    let artifacts = dir.artifacts(serial);
    env.push(("MILLRACE_ARTIFACTS".into(), artifacts.clone().into()));
    env.push(("MILLRACE_PROGRESS".into(), dir.progress(serial).into()));
    env.push(("MILLRACE_METRICS".into(), dir.metrics(serial).into()));
    env.push(("MILLRACE_SKIP".into(), dir.skip(serial).into()));
    if resolved.python.is_some() {
        let module = python_module::folder(&config.cache)
            .map_err(|error| format!("cannot write the Python module of Millrace: {error}"))?;
        python_module::add(&module, &mut env);
    }
    let argv = arguments(config, dir, serial, &cwd, resolved)
        .map_err(|error| cannot("its script", error))?;
    let argv = argv.into_iter().map(OsString::from).collect();
    let start = Box::new(start(attempt, argv, cwd, env, (outputs, Some(artifacts))));
    Ok(Prepared::Process { start, skip_exit_code })
}

fn start(
    attempt: &StartAttempt,
    argv: Vec<OsString>,
    cwd: PathBuf,
    env: Vec<(OsString, OsString)>,
    (outputs, artifacts_dir): (PathBuf, Option<PathBuf>),
) -> Start {
    let serial = attempt.attempt.serial;
    Start {
        attempt_id: u64::from(serial),
        argv,
        cwd,
        env,
        log_path: RunDir::log_name(serial),
        outputs_path: Some(outputs),
        artifacts_dir,
        timeout_ms: attempt.limit.map_or(0, millis),
        grace_ms: millis(attempt.grace),
    }
}

fn prepare_container(
    dir: &RunDir,
    attempt: &StartAttempt,
    container: &ContainerAction,
    secrets: &SecretValues,
) -> Result<Prepared, String> {
    let scope = attempt.scope();
    let resolved = container.resolve(&scope).map_err(|error| error.to_string())?;
    let cwd = workdir(dir, attempt, &scope)?;
    let env = environment(attempt, &scope, secrets)?;
    let serial = attempt.attempt.serial;
    let (outputs, scratch) = (dir.outputs(serial), dir.scratch());
    let (artifacts, said) = (dir.artifacts(serial), dir.said_folder(serial));
    let run_artifacts = dir.published_artifacts();
    let inputs = inputs::write(dir, attempt).and_then(|inputs| {
        // Whoever the container runs as can use them; the folder around them is private.
        fs::OpenOptions::new().create(true).append(true).open(&outputs)?;
        for folder in [&artifacts, &said, &run_artifacts] {
            fs::create_dir_all(folder)?;
        }
        for (path, mode) in [
            (&inputs, 0o644),
            (&outputs, 0o666),
            (&scratch, 0o777),
            (&artifacts, 0o777),
            (&said, 0o777),
        ] {
            fs::set_permissions(path, fs::Permissions::from_mode(mode))?;
        }
        Ok(inputs)
    });
    let inputs = inputs.map_err(|error| {
        format!("cannot write its inputs below {}: {error}", dir.root().display())
    })?;
    let given = Given {
        inputs: &inputs,
        outputs: &outputs,
        scratch: &scratch,
        artifacts: &artifacts,
        run_artifacts: &run_artifacts,
        said: &said,
        is_hooked: attempt.hook.is_some(),
    };
    let is_secret = |name: &str| secrets.get(name).is_some();
    let (argv, mut env) =
        arguments_of(container, resolved, attempt.attempt, &cwd, &given, env, is_secret)?;
    env.push(("MILLRACE_TASK".into(), attempt.key.to_string().into()));
    env.push(("MILLRACE_TRY".into(), attempt.number.to_string().into()));
    env.extend(hook_environment(attempt));
    Ok(Prepared::Container {
        start: Box::new(start(attempt, argv, cwd, env, (outputs, Some(artifacts)))),
        engine: container.engine.clone(),
        skip_exit_code: container.skip_exit_code,
    })
}

/// Why a hook runs it, where one does.
fn hook_environment(attempt: &StartAttempt) -> impl Iterator<Item = (OsString, OsString)> + '_ {
    HOOK_VARIABLES.into_iter().filter_map(|(name, field)| {
        let value = attempt.hook.as_ref()?.get(field)?;
        Some((name.into(), value.as_str().unwrap_or_default().into()))
    })
}

fn millis(duration: std::time::Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX).max(1)
}

/// The task's folder within the workflow's within the document's; of a workflow without a file, the run's scratch
/// space.
pub(crate) fn workdir(
    dir: &RunDir,
    attempt: &StartAttempt,
    scope: &Scope,
) -> Result<PathBuf, String> {
    let document = attempt.context.head.path.as_deref().and_then(|path| Path::new(path).parent());
    let mut folder = document.map_or_else(|| dir.scratch(), Path::to_path_buf);
    let steps = [attempt.workflow().workdir.as_ref(), attempt.task().workdir.as_ref()];
    for step in steps.into_iter().flatten() {
        let step = Template::parse(step)
            .and_then(|template| template.render(scope))
            .map_err(|error| format!("its workdir `{step}`: {error}"))?;
        folder.push(step);
    }
    Ok(folder)
}

/// The variables of the document, with the values of secrets that were read before.
fn environment(
    attempt: &StartAttempt,
    scope: &Scope,
    secrets: &SecretValues,
) -> Result<Vec<(OsString, OsString)>, String> {
    let mut env = Vec::new();
    for (name, value) in secrets::effective(attempt) {
        let text = match value {
            EnvValue::Template(text) => text,
            EnvValue::Secret(secret) => {
                let value = secrets.get(name).ok_or_else(|| {
                    format!("its variable {name}: the secret `{secret}` was not read")
                })?;
                env.push((name.into(), OsString::from_vec(value.reveal().to_vec())));
                continue;
            }
        };
        let value = Template::parse(text)
            .and_then(|template| template.render(scope))
            .map_err(|error| format!("its variable {name}: {error}"))?;
        if value.contains('\0') {
            return Err(format!("its variable {name} has a NUL character, which none can have"));
        }
        env.push((name.into(), value.into()));
    }
    Ok(env)
}

fn arguments(
    config: &ExecConfig,
    dir: &RunDir,
    serial: u32,
    cwd: &Path,
    resolved: ResolvedProcess,
) -> std::io::Result<Vec<String>> {
    let mut argv = resolved.argv;
    if let Some(script) = resolved.script {
        let path = dir.script(serial, script.suffix);
        inputs::write_whole(&path, script.text.as_bytes())?;
        argv.insert(script.argv_index, path.display().to_string());
    }
    match resolved.python {
        Some(ResolvedPython::Requirements(requirements)) => {
            // Made by the task's own process, so that its log shows it and its time-out and a cancel end it.
            let key = ResolvedProcess::requirements_key(&requirements);
            let folder = config.cache.join("python").join(key);
            let mut made = vec!["millrace-task".to_owned(), "python-env".to_owned()];
            made.push(folder.display().to_string());
            made.extend(requirements);
            made.push("--".to_owned());
            made.extend(argv.drain(1..));
            argv = made;
        }
        Some(ResolvedPython::Venv(_)) => {
            // Relative to the task's folder, as the field says, not to the keeper's.
            argv[0] = cwd.join(&argv[0]).display().to_string();
        }
        Some(ResolvedPython::Interpreter) | None => {}
    }
    Ok(argv)
}
