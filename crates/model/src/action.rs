//! What a task does, in the few terms that runners and exporters know.
//!
//! Kinds are many and grow; actions are few, and matched exhaustively. A kind lowers its spec to an action without
//! values; the values are put in when an attempt starts ([`ProcessAction::resolve`]). Nothing is run here.

mod approval;
mod branch;
mod condition;
mod container;
mod files;
mod http;
mod simple_command;
mod sql;
mod sub_workflow;
mod tell;
mod wait;

use crate::document::Task;
use crate::expr::{ExprError, References, Scope};
use crate::kinds::{self, SpecProblem};
use crate::template::Template;

pub use approval::{Answer, Approval, OnTimeout};
pub use branch::{Branch, CHOSEN};
pub(crate) use condition::host_and_port;
pub use condition::{Condition, Outside, ResolvedOutside};
pub use container::{ContainerAction, ContainerRuns, Mount, ResolvedContainer, image_problem};
pub use files::{ArchiveFormat, FileOperation, FilesAction, IfExists, ResolvedFiles};
pub use http::{
    Auth, Body, HttpAction, Method, ResolvedBody, ResolvedHttp, ResolvedValue, StatusSet, ValueText,
};
pub use simple_command::is_simple_command;
pub(crate) use sql::no_format as no_row_format;
pub use sql::{Database, ResolvedDatabase, ResolvedSql, RowFormat, SqlAction, SqlSource};
pub use sub_workflow::{Callee, MAX_DEPTH, SubWorkflow};
pub use tell::{MailAction, NotifyAction, ResolvedMail, ResolvedNotify};
pub(crate) use wait::instant;
pub use wait::{Delay, Wait};

/// What a task does.
#[derive(Debug, Clone, PartialEq)]
pub enum Action {
    /// Nothing: a point where dependencies join.
    Noop,
    /// Runs a process.
    Process(Box<ProcessAction>),
    /// Runs a container.
    Container(Box<ContainerAction>),
    /// Sends an HTTP request and takes in the answer.
    Http(Box<HttpAction>),
    /// Asks a database.
    Sql(Box<SqlAction>),
    /// Copies, moves, deletes, packs or unpacks files.
    Files(Box<FilesAction>),
    /// Sends a mail.
    Mail(Box<MailAction>),
    /// Tells people something.
    Notify(Box<NotifyAction>),
    /// Runs another workflow as a run of its own and waits for its end.
    SubWorkflow(Box<SubWorkflow>),
    /// Chooses labels, and so which dependencies hold.
    Branch(Box<Branch>),
    /// Waits, without a place: for an instant, for a person, or for something outside.
    Wait(Box<Wait>),
}

/// Who carries an action out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Doer {
    /// Whoever decides what runs: it takes no time, or nothing but time.
    Engine,
    /// A process of its own, under the run's keeper.
    Process,
    /// The daemon itself, without a process.
    Daemon,
    /// A run of its own.
    Run,
}

/// A process, its values not yet put in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProcessAction {
    /// What is run.
    pub program: Program,
    /// Where a Python interpreter is to be found; none = the program is not Python.
    pub python: Option<PythonEnv>,
    /// The exit code that means "skipped".
    pub skip_exit_code: Option<i32>,
}

/// What a process runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Program {
    /// A program with its arguments, at least one element.
    Argv(Vec<Template>),
    /// A script, run by an interpreter.
    Script(Script),
}

/// A script, run by an interpreter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Script {
    /// The interpreter and its options.
    pub interpreter: Vec<Template>,
    /// The option that takes the script as an argument (`-c`).
    pub inline_option: &'static str,
    /// The script: never a template.
    pub text: String,
    /// The end of a file name for it (`.sh`).
    pub suffix: &'static str,
    /// What the interpreter takes as the script's name after an inline script; none = it takes none.
    pub inline_name: Option<String>,
    /// The script's arguments.
    pub args: Vec<Template>,
}

/// Where a Python interpreter is to be found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PythonEnv {
    /// A program on the PATH, or a path to one.
    Interpreter(String),
    /// A virtual environment: a folder; relative to the task's working directory.
    Venv(Template),
    /// An environment with these requirements, made once and kept: pip's requirement lines.
    Requirements(Vec<String>),
}

/// A process with its values put in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResolvedProcess {
    /// The program and its arguments: at least one element.
    ///
    /// With [`ResolvedPython::Requirements`] the first is `python`, to be replaced by the environment's interpreter.
    pub argv: Vec<String>,
    /// A script too long for an argument, to be written to a file whose path goes into `argv`.
    pub script: Option<ScriptFile>,
    /// What the interpreter needs; none = nothing but the program itself.
    pub python: Option<ResolvedPython>,
    /// The exit code that means "skipped".
    pub skip_exit_code: Option<i32>,
}

/// A script to be written to a file before its process starts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScriptFile {
    /// Its content.
    pub text: String,
    /// The end of its name, such as `.sh`.
    pub suffix: &'static str,
    /// The file's path is inserted into `argv` here.
    pub argv_index: usize,
}

/// What a Python interpreter needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ResolvedPython {
    /// Nothing: `argv` starts with it.
    Interpreter,
    /// This virtual environment exists; `argv` starts with its interpreter (`VENV/bin/python`).
    Venv(String),
    /// An environment with exactly these requirements (sorted, each once), kept under their hash.
    Requirements(Vec<String>),
}

/// The longest script that is passed as an argument, in bytes. Linux allows 128 KiB an argument.
pub const MAX_INLINE_SCRIPT: usize = 120 * 1024;

impl Action {
    /// What `task` does.
    ///
    /// # Errors
    /// All problems of its spec that keep it from running; one where its kind is unknown.
    pub fn for_task(task: &Task) -> Result<Self, Vec<SpecProblem>> {
        match kinds::kind(&task.kind) {
            Some(kind) => (kind.lower)(&task.spec),
            None => Err(vec![SpecProblem::unknown_kind(&task.kind)]),
        }
    }

    /// Who carries it out.
    #[must_use]
    pub fn doer(&self) -> Doer {
        match self {
            Self::Noop | Self::Branch(_) | Self::Wait(_) => Doer::Engine,
            Self::Process(_) | Self::Container(_) => Doer::Process,
            Self::Http(_) | Self::Sql(_) | Self::Files(_) | Self::Mail(_) | Self::Notify(_) => {
                Doer::Daemon
            }
            Self::SubWorkflow(_) => Doer::Run,
        }
    }

    /// Whether it can be done again when nobody knows how far it came: doing it twice does what doing it once does, or
    /// says that it was done.
    #[must_use]
    pub fn is_repeatable(&self) -> bool {
        match self {
            Self::Http(http) => http.method.is_repeatable(),
            Self::Sql(sql) => sql.read_only,
            Self::Mail(_) | Self::Notify(_) => false,
            Self::Noop
            | Self::Branch(_)
            | Self::Wait(_)
            | Self::Process(_)
            | Self::Container(_)
            | Self::Files(_)
            | Self::SubWorkflow(_) => true,
        }
    }

    /// Whether it can make files itself. A server may make them.
    #[must_use]
    pub fn makes_files(&self) -> bool {
        match self {
            Self::Process(_)
            | Self::Container(_)
            | Self::Http(_)
            | Self::Sql(_)
            | Self::Files(_)
            | Self::Mail(_)
            | Self::Notify(_) => true,
            Self::Noop | Self::Branch(_) | Self::Wait(_) | Self::SubWorkflow(_) => false,
        }
    }

    /// Whether it has a result that can be taken over instead of doing it again.
    #[must_use]
    pub fn is_cacheable(&self) -> bool {
        match self {
            Self::Process(_) | Self::Container(_) | Self::Http(_) => true,
            Self::Noop
            | Self::Sql(_)
            | Self::Files(_)
            | Self::Mail(_)
            | Self::Notify(_)
            | Self::SubWorkflow(_)
            | Self::Branch(_)
            | Self::Wait(_) => false,
        }
    }

    /// The secrets that it needs beside those in `env`: where it needs each, such as `headers.x-api-key`, and its name.
    #[must_use]
    pub fn secrets(&self) -> Vec<(String, &Template)> {
        match self {
            Self::Http(http) => http.secrets().collect(),
            Self::Noop
            | Self::Branch(_)
            | Self::Wait(_)
            | Self::Process(_)
            | Self::Sql(_)
            | Self::Container(_)
            | Self::Files(_)
            | Self::Mail(_)
            | Self::Notify(_)
            | Self::SubWorkflow(_) => Vec::new(),
        }
    }

    /// The connection of the settings that it needs. What it needs of one that is not named, whoever carries it out knows.
    #[must_use]
    pub fn connection(&self) -> Option<&Template> {
        match self {
            Self::Http(http) => http.connection.as_ref(),
            Self::Sql(sql) => match &sql.database {
                Database::Connection(name) => Some(name),
                Database::File(_) => None,
            },
            Self::Mail(mail) => mail.connection.as_ref(),
            Self::Wait(wait) => match &**wait {
                Wait::Condition(condition) => condition.connection(),
                Wait::Delay(_) | Wait::Approval(_) => None,
            },
            Self::Noop
            | Self::Branch(_)
            | Self::Process(_)
            | Self::Container(_)
            | Self::Files(_)
            | Self::Notify(_)
            | Self::SubWorkflow(_) => None,
        }
    }

    /// What its templates and expressions read.
    #[must_use]
    pub fn references(&self) -> References {
        let mut all = References::default();
        match self {
            Self::Noop => {}
            Self::Process(process) => {
                process.templates().for_each(|template| all.merge(template.references(), 0));
            }
            Self::Container(container) => container.references(&mut all),
            Self::Http(http) => {
                http.templates().for_each(|template| all.merge(template.references(), 0));
                http.expressions().for_each(|expr| all.merge(expr.references(), 0));
            }
            Self::Sql(sql) => {
                sql.templates().for_each(|template| all.merge(template.references(), 0));
                sql.expressions().for_each(|expr| all.merge(expr.references(), 0));
            }
            Self::Mail(mail) => {
                mail.templates().for_each(|template| all.merge(template.references(), 0));
            }
            Self::Notify(notify) => {
                notify.templates().for_each(|template| all.merge(template.references(), 0));
            }
            Self::Files(files) => {
                files.templates().for_each(|template| all.merge(template.references(), 0));
            }
            Self::SubWorkflow(sub) => {
                sub.params.iter().for_each(|(_, value)| all.merge(value.references(), 0));
            }
            Self::Wait(wait) => all.merge(&wait.references(), 0),
            Self::Branch(branch) => {
                branch.cases.iter().for_each(|(_, when)| all.merge(when.references(), 0));
            }
        }
        all
    }
}

impl ProcessAction {
    /// Puts the values in.
    ///
    /// # Errors
    /// A template cannot be rendered, or gives a text that no process can take (with a NUL character).
    pub fn resolve(&self, scope: &Scope) -> Result<ResolvedProcess, ExprError> {
        let mut argv = Vec::new();
        let mut script = None;
        let python = match &self.python {
            None => None,
            Some(PythonEnv::Interpreter(program)) => {
                argv.push(program.clone());
                Some(ResolvedPython::Interpreter)
            }
            Some(PythonEnv::Venv(folder)) => {
                let folder = argument(folder, scope)?;
                if folder.trim().is_empty() {
                    // Else it would be the `bin/python` of the whole system.
                    let message = "`venv` is empty; name the folder of a virtual environment";
                    return Err(ExprError { message: message.to_owned(), column: None });
                }
                argv.push(format!("{}/bin/python", folder.trim_end_matches('/')));
                Some(ResolvedPython::Venv(folder))
            }
            Some(PythonEnv::Requirements(requirements)) => {
                argv.push("python".to_owned());
                Some(ResolvedPython::Requirements(requirements.clone()))
            }
        };
        match &self.program {
            Program::Argv(templates) => arguments(&mut argv, templates, scope)?,
            Program::Script(source) => {
                arguments(&mut argv, &source.interpreter, scope)?;
                if source.text.len() <= MAX_INLINE_SCRIPT {
                    argv.extend([source.inline_option.to_owned(), source.text.clone()]);
                    argv.extend(source.inline_name.clone());
                } else {
                    let (text, suffix) = (source.text.clone(), source.suffix);
                    script = Some(ScriptFile { text, suffix, argv_index: argv.len() });
                }
                arguments(&mut argv, &source.args, scope)?;
            }
        }
        Ok(ResolvedProcess { argv, script, python, skip_exit_code: self.skip_exit_code })
    }

    fn templates(&self) -> impl Iterator<Item = &Template> {
        let venv = match &self.python {
            Some(PythonEnv::Venv(folder)) => Some(folder),
            _ => None,
        };
        let (first, second): (&[Template], &[Template]) = match &self.program {
            Program::Argv(templates) => (templates, &[]),
            Program::Script(script) => (&script.interpreter, &script.args),
        };
        venv.into_iter().chain(first).chain(second)
    }
}

impl PythonEnv {
    /// An environment with these requirements: blank ones left out, sorted, each once, so that the same set has one
    /// environment.
    #[must_use]
    pub fn requirements(lines: &[String]) -> Self {
        let mut lines: Vec<String> = lines
            .iter()
            .map(|line| line.trim().to_owned())
            .filter(|line| !line.is_empty())
            .collect();
        lines.sort();
        lines.dedup();
        Self::Requirements(lines)
    }
}

impl ResolvedProcess {
    /// The name under which an environment with these requirements is kept: a hash of them in hexadecimal.
    #[must_use]
    pub fn requirements_key(requirements: &[String]) -> String {
        use sha2::{Digest, Sha256};
        let mut hash = Sha256::new();
        for line in requirements {
            hash.update(line.as_bytes());
            hash.update(b"\n");
        }
        hash.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect()
    }
}

fn arguments(
    argv: &mut Vec<String>,
    templates: &[Template],
    scope: &Scope,
) -> Result<(), ExprError> {
    for template in templates {
        argv.push(argument(template, scope)?);
    }
    Ok(())
}

/// Puts the values into a field's text.
fn render(field: &str, template: &Template, scope: &Scope) -> Result<String, ExprError> {
    template.render(scope).map_err(|error| within(field, error))
}

/// The same error, with the field that it is of.
fn within(field: &str, error: ExprError) -> ExprError {
    let ExprError { message, column } = error;
    ExprError { message: format!("{field}: {message}"), column }
}

fn argument(template: &Template, scope: &Scope) -> Result<String, ExprError> {
    let text = template.render(scope).map_err(|error| ExprError {
        message: format!("in `{}`: {}", template.source(), error.message),
        column: error.column,
    })?;
    if text.contains('\0') {
        let message =
            format!("`{}` has a NUL character, which no argument can have", template.source());
        return Err(ExprError { message, column: None });
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn script(text: String) -> ProcessAction {
        ProcessAction {
            program: Program::Script(Script {
                interpreter: vec![Template::literal("sh"), Template::literal("-e")],
                inline_option: "-c",
                text,
                suffix: ".sh",
                inline_name: Some("sh".to_owned()),
                args: vec![Template::parse("${1 + 1}").unwrap()],
            }),
            python: None,
            skip_exit_code: Some(99),
        }
    }

    #[test]
    fn a_short_script_is_an_argument() {
        let resolved = script("echo ${x}".to_owned()).resolve(&Scope::default()).unwrap();
        assert_eq!(resolved.argv, ["sh", "-e", "-c", "echo ${x}", "sh", "2"]);
        assert_eq!((resolved.script, resolved.skip_exit_code), (None, Some(99)));
    }

    #[test]
    fn a_long_script_is_a_file() {
        let text = "#".repeat(MAX_INLINE_SCRIPT + 1);
        let resolved = script(text.clone()).resolve(&Scope::default()).unwrap();
        assert_eq!(resolved.argv, ["sh", "-e", "2"]);
        assert_eq!(resolved.script, Some(ScriptFile { text, suffix: ".sh", argv_index: 2 }));
    }

    #[test]
    fn an_argument_with_nul_is_refused() {
        let argv = vec![Template::literal("echo"), Template::literal("a\0b")];
        let action =
            ProcessAction { program: Program::Argv(argv), python: None, skip_exit_code: None };
        let error = action.resolve(&Scope::default()).unwrap_err();
        assert!(error.message.contains("NUL"), "{error}");
    }

    #[test]
    fn an_empty_environment_is_not_that_of_the_system() {
        let venv = PythonEnv::Venv(Template::parse("${''}").unwrap());
        let action = ProcessAction { python: Some(venv), ..script("pass".to_owned()) };
        let error = action.resolve(&Scope::default()).unwrap_err();
        assert!(error.message.contains("`venv` is empty"), "{error}");
    }

    #[test]
    fn the_same_requirements_have_one_key() {
        let lines = |lines: &[&str]| lines.iter().map(|&line| line.to_owned()).collect::<Vec<_>>();
        let PythonEnv::Requirements(one) =
            PythonEnv::requirements(&lines(&["b==1", "a", " a ", ""]))
        else {
            panic!("not requirements");
        };
        assert_eq!(one, ["a", "b==1"]);
        let key = ResolvedProcess::requirements_key(&one);
        assert_eq!(
            (key.len(), key == ResolvedProcess::requirements_key(&lines(&["a"]))),
            (32, false)
        );
    }
}
