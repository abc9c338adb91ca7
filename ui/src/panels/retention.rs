//! How long runs and artifacts are kept, in the settings.

use std::num::NonZeroU32;

use egui::{Id, Ui, vec2};
use millrace_api::settings::{Retention, SettingChange};
use millrace_model::time::Span;

use crate::app::App;
use crate::command::{Command, NotifyCommand};
use crate::theme::{self, Palette};
use crate::widgets::{Field, field_label, problem_line, wrapped};
use crate::words;

const GIB: u64 = 1 << 30;

/// Draws the group.
pub(super) fn retention_ui(app: &mut App, ui: &mut Ui) {
    let Some(now) = app.notify.home.as_ref().map(|home| home.settings.retention) else {
        // Where the rest of the page cannot be read either, that was said above.
        if app.setting.error.is_none() {
            super::settings::missing_ui(app, ui, app.notify.error.clone().as_deref());
        }
        return;
    };
    let mut changes = Vec::new();
    let [runs_for, count, whole, artifacts_for, artifacts] = &mut app.setting.limits;
    let shown = now.runs_for.map(words::span).unwrap_or_default();
    if let Some(value) = limit_ui(ui, "Keep runs for", "for ever", runs_for, shown, read_age) {
        changes.push(SettingChange::KeepRunsFor { value });
    }
    ui.add_space(4.0);
    let shown = now.runs_count.map(|count| count.to_string()).unwrap_or_default();
    let name = "Runs of each workflow at most";
    if let Some(value) = limit_ui(ui, name, "any number", count, shown, read_count) {
        changes.push(SettingChange::KeepRunsCount { value });
    }
    ui.add_space(4.0);
    let shown = now.bytes.map(gib).unwrap_or_default();
    let name = "The whole home, in GiB at most";
    if let Some(value) = limit_ui(ui, name, "no limit", whole, shown, read_gib) {
        changes.push(SettingChange::KeepBytes { value });
    }
    ui.add_space(4.0);
    let shown = now.artifacts_for.map(words::span).unwrap_or_default();
    let (name, hint) = ("Keep artifacts for", "as long as the run");
    if let Some(value) = limit_ui(ui, name, hint, artifacts_for, shown, read_age) {
        changes.push(SettingChange::KeepArtifactsFor { value });
    }
    ui.add_space(4.0);
    let shown = now.artifacts_bytes.map(gib).unwrap_or_default();
    let name = "All artifacts together, in GiB at most";
    if let Some(value) = limit_ui(ui, name, "no limit", artifacts, shown, read_gib) {
        changes.push(SettingChange::KeepArtifactsBytes { value });
    }
    let text = "Counted from the end of a run; what ended first goes first. The newest run of each \
                workflow stays, its newest that succeeded, and what goes on. Where only artifacts went, \
                the history still says what was there.";
    wrapped(ui, text, theme::sans(theme::SMALL), Palette::of(ui).faint);
    if !changes.is_empty() {
        app.send(Command::Notify(NotifyCommand::Set(changes)));
    }
}

/// A limit, or none where the field is empty; given when it was typed to its end.
fn limit_ui<V>(
    ui: &mut Ui,
    name: &str,
    hint: &str,
    draft: &mut Option<String>,
    shown: String,
    read: fn(&str) -> Result<Option<V>, String>,
) -> Option<Option<V>> {
    field_label(ui, name, false);
    let mut text = draft.clone().unwrap_or(shown);
    let mut is_left = false;
    ui.allocate_ui(vec2(172.0, theme::CONTROL), |ui| {
        let is_bad = read(text.trim()).is_err();
        let field = Field::new(&mut text, name).hint(hint).bad(is_bad);
        let response = field.id(Id::new(name)).show(ui);
        if response.changed() {
            *draft = Some(text.clone());
        }
        is_left = response.lost_focus();
    });
    match read(text.trim()) {
        Ok(value) => {
            let is_new = is_left && draft.take().is_some();
            is_new.then_some(value)
        }
        Err(why) => {
            problem_line(ui, &why);
            None
        }
    }
}

fn read_age(text: &str) -> Result<Option<Span>, String> {
    if text.is_empty() {
        return Ok(None);
    }
    match text.replace(' ', "").parse::<Span>() {
        Ok(age) if age >= Retention::LEAST => Ok(Some(age)),
        _ => Err("A time from 1 h on, such as 30 d.".to_owned()),
    }
}

fn read_count(text: &str) -> Result<Option<NonZeroU32>, String> {
    if text.is_empty() {
        return Ok(None);
    }
    text.parse().map(Some).map_err(|_| "A number of runs from 1 on.".to_owned())
}

fn read_gib(text: &str) -> Result<Option<u64>, String> {
    if text.is_empty() {
        return Ok(None);
    }
    match text.parse::<f64>() {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            clippy::cast_precision_loss,
            reason = "it is small enough, and a byte more or less is none that counts"
        )]
        Ok(number) if (0.0..=1e6).contains(&number) => Ok(Some((number * GIB as f64) as u64)),
        _ => Err("A number of GiB, such as 50 or 0.5.".to_owned()),
    }
}

fn gib(bytes: u64) -> String {
    if bytes.is_multiple_of(GIB) {
        return (bytes / GIB).to_string();
    }
    #[expect(clippy::cast_precision_loss, reason = "three digits of it are shown")]
    let number = bytes as f64 / GIB as f64;
    format!("{number:.3}").trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_read_as_they_are_shown() {
        assert_eq!(read_age("30 d"), Ok(Some(Span::from_secs(30 * 86_400))));
        assert_eq!((read_age(""), read_gib("")), (Ok(None), Ok(None)));
        assert!(read_age("5m").is_err() && read_age("soon").is_err());
        for text in ["50", "0", "0.5", "1.25"] {
            assert_eq!(gib(read_gib(text).unwrap().unwrap()), text);
        }
        assert_eq!(gib(50 * GIB + 1), "50");
        assert_eq!(read_count("7"), Ok(NonZeroU32::new(7)));
        assert!(read_count("0").is_err() && read_count("many").is_err());
        for bad in ["-1", "NaN", "1e9", "50 GB"] {
            assert!(read_gib(bad).is_err(), "{bad}");
        }
    }
}
