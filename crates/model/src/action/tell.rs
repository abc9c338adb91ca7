//! What people are told by a task: notifications and mail, before and after values are put in.

use serde_json::Value;

use super::{render, within};
use crate::expr::{ExprError, Scope, to_text};
use crate::template::Template;

/// A notification, its values not yet put in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotifyAction {
    /// What is told.
    pub text: Template,
    /// The line above it; none = the workflow's title.
    pub title: Option<Template>,
    /// The channels of the settings that it goes through; empty = those that the settings send by.
    pub channels: Vec<String>,
}

/// A notification with its values put in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResolvedNotify {
    /// What is told.
    pub text: String,
    /// The line above it.
    pub title: Option<String>,
    /// The channels.
    pub channels: Vec<String>,
}

/// A mail, its values not yet put in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailAction {
    /// The mail server: a connection, or a mail channel of the settings; none = the only one that there is.
    pub connection: Option<Template>,
    /// Who it is from; none = as the connection says.
    pub from: Option<Template>,
    /// Who gets it. A list in a template gives several.
    pub to: Vec<Template>,
    /// Who gets a copy.
    pub cc: Vec<Template>,
    /// Who gets a copy that the others do not see.
    pub bcc: Vec<Template>,
    /// What it is about.
    pub subject: Template,
    /// What it says.
    pub text: Option<Template>,
    /// The same as a page.
    pub html: Option<Template>,
    /// Files that go along; relative to the task's working directory.
    pub attachments: Vec<Template>,
}

/// A mail with its values put in.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "they are those of `MailAction`")]
pub struct ResolvedMail {
    pub connection: Option<String>,
    pub from: Option<String>,
    pub to: Vec<String>,
    pub cc: Vec<String>,
    pub bcc: Vec<String>,
    pub subject: String,
    pub text: Option<String>,
    pub html: Option<String>,
    pub attachments: Vec<String>,
}

impl NotifyAction {
    /// Puts the values in.
    ///
    /// # Errors
    /// A template cannot be evaluated.
    pub fn resolve(&self, scope: &Scope) -> Result<ResolvedNotify, ExprError> {
        Ok(ResolvedNotify {
            text: render("text", &self.text, scope)?,
            title: self.title.as_ref().map(|title| render("title", title, scope)).transpose()?,
            channels: self.channels.clone(),
        })
    }

    pub(super) fn templates(&self) -> impl Iterator<Item = &Template> {
        [&self.text].into_iter().chain(&self.title)
    }
}

impl MailAction {
    /// Puts the values in.
    ///
    /// # Errors
    /// A template cannot be evaluated.
    pub fn resolve(&self, scope: &Scope) -> Result<ResolvedMail, ExprError> {
        let one = |field: &str, template: &Option<Template>| {
            template.as_ref().map(|template| render(field, template, scope)).transpose()
        };
        Ok(ResolvedMail {
            connection: one("connection", &self.connection)?,
            from: one("from", &self.from)?,
            to: several("to", &self.to, scope)?,
            cc: several("cc", &self.cc, scope)?,
            bcc: several("bcc", &self.bcc, scope)?,
            subject: render("subject", &self.subject, scope)?,
            text: one("text", &self.text)?,
            html: one("html", &self.html)?,
            attachments: several("attachments", &self.attachments, scope)?,
        })
    }

    pub(super) fn templates(&self) -> impl Iterator<Item = &Template> {
        let lists = self.to.iter().chain(&self.cc).chain(&self.bcc).chain(&self.attachments);
        let one = self.connection.iter().chain(&self.from).chain(&self.text).chain(&self.html);
        [&self.subject].into_iter().chain(lists).chain(one)
    }
}

/// A list gives several, null and an empty text give none.
fn several(field: &str, templates: &[Template], scope: &Scope) -> Result<Vec<String>, ExprError> {
    let mut texts = Vec::with_capacity(templates.len());
    for template in templates {
        match template.eval(scope).map_err(|error| within(field, error))? {
            Value::Null => {}
            Value::Array(elements) => texts.extend(elements.iter().map(to_text)),
            value => texts.push(to_text(&value)),
        }
    }
    texts.retain(|text| !text.trim().is_empty());
    Ok(texts)
}
