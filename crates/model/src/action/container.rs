//! A container: an image, what runs in it, and what of this machine it sees.
//!
//! Which program starts it and how is not known here: only what it is to be.

use super::{ExprError, References, Scope, argument};
use crate::template::Template;

/// A container, its values not yet put in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContainerAction {
    /// The program that starts containers; none = the first of those that are known.
    pub engine: Option<String>,
    /// The image.
    pub image: Template,
    /// What runs in it.
    pub runs: ContainerRuns,
    /// What it sees of this machine.
    pub mounts: Vec<Mount>,
    /// The folder in it in which it starts; none = the image's.
    pub workdir: Option<Template>,
    /// When the image is fetched: `missing`, `always`, `never`.
    pub pull: String,
    /// The network; none = the program's own choice.
    pub network: Option<String>,
    /// How many processors it may use.
    pub cpus: Option<String>,
    /// How much memory.
    pub memory: Option<String>,
    /// As whom it runs; none = the image's.
    pub user: Option<Template>,
    /// A small first process hands on signals and collects what has ended.
    pub init: bool,
    /// More options of the program.
    pub options: Vec<String>,
    /// The exit code that means "skipped".
    pub skip_exit_code: Option<i32>,
}

/// What runs in a container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ContainerRuns {
    /// What the image says.
    Image,
    /// This command; the image's entry point comes before it, if it has one.
    Command(Vec<Template>),
    /// This script, by the image's `sh`.
    Script(String),
}

/// A file or folder of this machine in a container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mount {
    /// Where it is in the container.
    pub target: String,
    /// Where it is here; relative to the task's folder.
    pub source: Template,
    /// It can only be read there.
    pub read_only: bool,
}

/// A container with its values put in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResolvedContainer {
    /// The image.
    pub image: String,
    /// The command; none = what the image says.
    pub command: Vec<String>,
    /// The entry point in place of the image's.
    pub entrypoint: Option<&'static str>,
    /// Target, source, and whether it can only be read.
    pub mounts: Vec<(String, String, bool)>,
    /// The folder in it.
    pub workdir: Option<String>,
    /// As whom it runs.
    pub user: Option<String>,
}

impl ContainerAction {
    /// Puts the values in.
    ///
    /// # Errors
    /// A template cannot be rendered, or what it gives cannot be an image.
    pub fn resolve(&self, scope: &Scope) -> Result<ResolvedContainer, ExprError> {
        let image = argument(&self.image, scope)?;
        if let Some(message) = image_problem(&image) {
            return Err(ExprError { message, column: None });
        }
        let optional = |template: &Option<Template>| {
            template.as_ref().map(|it| argument(it, scope)).transpose()
        };
        let (entrypoint, command) = match &self.runs {
            ContainerRuns::Image => (None, Vec::new()),
            ContainerRuns::Command(words) => {
                (None, words.iter().map(|it| argument(it, scope)).collect::<Result<_, _>>()?)
            }
            ContainerRuns::Script(text) => (Some("sh"), vec!["-ec".to_owned(), text.clone()]),
        };
        let mounts = self.mounts.iter().map(|mount| {
            Ok((mount.target.clone(), argument(&mount.source, scope)?, mount.read_only))
        });
        Ok(ResolvedContainer {
            image,
            command,
            entrypoint,
            mounts: mounts.collect::<Result<_, ExprError>>()?,
            workdir: optional(&self.workdir)?,
            user: optional(&self.user)?,
        })
    }

    pub(super) fn references(&self, all: &mut References) {
        let words: &[Template] = match &self.runs {
            ContainerRuns::Command(words) => words,
            ContainerRuns::Image | ContainerRuns::Script(_) => &[],
        };
        let sources = self.mounts.iter().map(|mount| &mount.source);
        let texts = [Some(&self.image), self.workdir.as_ref(), self.user.as_ref()];
        for template in texts.into_iter().flatten().chain(words).chain(sources) {
            all.merge(template.references(), 0);
        }
    }
}

/// Why a text cannot be the name of an image: one that looks like an option would be taken for one.
#[must_use]
pub fn image_problem(image: &str) -> Option<String> {
    let why = if image.is_empty() {
        "empty: an image such as `docker.io/library/debian:12` is expected"
    } else if image.starts_with('-')
        || image.contains(|c: char| c.is_whitespace() || c.is_control())
    {
        "not the name of an image, such as `docker.io/library/debian:12`"
    } else {
        return None;
    };
    Some(format!("`{image:.80}` is {why}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn action(image: &str, source: &str) -> ContainerAction {
        ContainerAction {
            engine: None,
            image: Template::parse(image).unwrap(),
            runs: ContainerRuns::Script("echo ${x}".to_owned()),
            mounts: vec![Mount {
                target: "/data".to_owned(),
                source: Template::parse(source).unwrap(),
                read_only: true,
            }],
            workdir: Some(Template::parse("/w${1 + 1}").unwrap()),
            pull: "missing".to_owned(),
            network: None,
            cpus: None,
            memory: None,
            user: None,
            init: true,
            options: Vec::new(),
            skip_exit_code: None,
        }
    }

    #[test]
    fn values_are_put_in_and_scripts_are_not_looked_at() {
        let resolved = action("busybox:${'1.' + '36'}", "in/${'a,b:c'}").resolve(&Scope::default());
        let resolved = resolved.unwrap();
        assert_eq!(resolved.image, "busybox:1.36");
        assert_eq!(resolved.command, ["-ec", "echo ${x}"]);
        assert_eq!(resolved.mounts, [("/data".into(), "in/a,b:c".into(), true)]);
        assert_eq!((resolved.workdir, resolved.entrypoint), (Some("/w2".into()), Some("sh")));
    }

    #[test]
    fn an_image_is_never_an_option() {
        for (image, words) in
            [("${'--privileged'}", "not the name"), ("${''}", "empty"), ("a b", "not")]
        {
            let error = action(image, "x").resolve(&Scope::default()).unwrap_err();
            assert!(error.message.contains(words), "{image}: {error}");
        }
    }
}
