//! The fields of one trigger: what it waits for, how often it may start a run, what it gives.

use egui::Ui;
use millrace_model::document::{
    FileTrigger, HttpTrigger, TriggerRule, TriggerSource, Workflow, WorkflowNames, WorkflowTrigger,
};
use millrace_model::event::RunState;
use millrace_model::ident::Ident;

use super::controls::TextLook;
use super::form::{Form, Row};
use super::given::run_params_ui;
use crate::theme::{self, Palette};
use crate::widgets::{chip, chips, dropdown, segmented, text_list, wrapped};

const KINDS: [&str; 3] = ["When files come", "When other workflows end", "When a program calls"];

const ENDS: [(RunState, &str); 3] = [
    (RunState::Succeeded, "succeeded"),
    (RunState::Failed, "failed"),
    (RunState::Canceled, "cancelled"),
];

/// When it starts the workflow, in words.
pub(super) fn words_of(trigger: &TriggerRule) -> String {
    match &trigger.source {
        TriggerSource::File(file) => format!("New or changed files: {}", file.glob),
        TriggerSource::Workflow(of) => {
            let (names, word) = match &of.names {
                WorkflowNames::All(names) => (names, " and "),
                WorkflowNames::Any(names) => (names, " or "),
            };
            let names: Vec<&str> = names.iter().map(Ident::as_str).collect();
            let ends = ENDS.iter().filter(|(state, _)| of.on.contains(state));
            let ends: Vec<&str> = ends.map(|(_, word)| *word).collect();
            format!("After {} {}", names.join(word), ends.join(" or "))
        }
        TriggerSource::Http(_) => "A call with its token".to_owned(),
    }
}

/// Draws them. Gives the trigger's new name, where it got one.
pub(super) fn fields_ui(
    form: &mut Form,
    ui: &mut Ui,
    workflow: &mut Workflow,
    index: usize,
) -> Option<Ident> {
    let names: Vec<Ident> = workflow.triggers.iter().map(|it| it.name.clone()).collect();
    let (own, params) = (workflow.name.clone(), workflow.params.clone());
    let trigger = &mut workflow.triggers[index];
    let before = trigger.clone();
    let path = |key: &str| format!("triggers[{index}].{key}");
    kind_ui(form, ui, &path("kind"), &mut trigger.source);
    match &mut trigger.source {
        TriggerSource::File(file) => file_ui(form, ui, &path("file"), file),
        TriggerSource::Workflow(of) => workflow_ui(form, ui, &path("workflow"), of),
        TriggerSource::Http(_) => {
            let text = format!(
                "A program calls it with a token, which millrace trigger token {own} {} makes.",
                trigger.name
            );
            wrapped(ui, &text, theme::sans(theme::SMALL), Palette::of(ui).dim);
            form.problems_ui(ui, &path("http"));
        }
    }
    let key = path("name");
    let mut renamed = None;
    form.row(
        ui,
        &Row::new(&key, "Name", "Its runs are listed under this name.").fixed(),
        |form, ui| {
            renamed = form.renamed(ui, &key, &before.name, |name| names.contains(name));
        },
    );
    if let Some(name) = &renamed {
        trigger.name = name.clone();
    }
    let key = path("rate");
    let help =
        "It starts at most one run in this time; what comes sooner is recorded and left out.";
    let row = Row::new(&key, "At most one run in", help).set(trigger.rate.is_some());
    let reset = form.row(ui, &row, |form, ui| {
        form.duration(ui, &key, "At most one run in", &mut trigger.rate, "no limit");
    });
    if reset {
        trigger.rate = None;
    }
    run_params_ui(form, ui, &path("params"), &params, &mut trigger.params);
    if *trigger != before {
        form.edited("triggers");
    }
    renamed
}

fn kind_ui(form: &mut Form, ui: &mut Ui, path: &str, source: &mut TriggerSource) {
    form.row(ui, &Row::new(path, "Starts", "").fixed(), |form, ui| {
        let now = match source {
            TriggerSource::File(_) => 0,
            TriggerSource::Workflow(_) => 1,
            TriggerSource::Http(_) => 2,
        };
        let chosen = dropdown(ui, "Starts", &KINDS.map(str::to_owned), Some(now));
        let Some(chosen) = chosen.filter(|chosen| *chosen != now && !form.read_only) else {
            return;
        };
        *source = match chosen {
            0 => fresh_file(),
            1 => TriggerSource::Workflow(WorkflowTrigger {
                names: WorkflowNames::All(Vec::new()),
                on: WorkflowTrigger::DEFAULT_ON.to_vec(),
                extra: Vec::new(),
            }),
            _ => TriggerSource::Http(HttpTrigger::default()),
        };
    });
}

/// Files that come into a folder beside the document.
pub(super) fn fresh_file() -> TriggerSource {
    TriggerSource::File(FileTrigger {
        glob: "inbox/*".to_owned(),
        stable: FileTrigger::DEFAULT_STABLE,
        extra: Vec::new(),
    })
}

fn file_ui(form: &mut Form, ui: &mut Ui, path: &str, file: &mut FileTrigger) {
    let key = format!("{path}.glob");
    let help = "A pattern; a relative one starts in the document's folder. * and ? stand for \
                characters, ** for folders. Tasks find the file in run.event.";
    form.row(ui, &Row::new(&key, "Files", help).fixed(), |form, ui| {
        let mut glob = Some(file.glob.clone());
        let look = TextLook { hint: "inbox/*.csv", mono: true, reading: None };
        form.text(ui, &key, "Files", &mut glob, look);
        file.glob = glob.unwrap_or_default();
    });
    let key = format!("{path}.stable");
    let help = "A file counts when it has not changed for so long.";
    let is_set = file.stable != FileTrigger::DEFAULT_STABLE;
    let mut stable = is_set.then_some(file.stable);
    let hint = crate::words::span(FileTrigger::DEFAULT_STABLE);
    let row = Row::new(&key, "Unchanged for", help).set(is_set);
    let reset = form.row(ui, &row, |form, ui| {
        form.duration(ui, &key, "Unchanged for", &mut stable, &hint);
    });
    file.stable = stable.filter(|_| !reset).unwrap_or(FileTrigger::DEFAULT_STABLE);
}

fn workflow_ui(form: &mut Form, ui: &mut Ui, path: &str, of: &mut WorkflowTrigger) {
    let (is_any, names) = match &of.names {
        WorkflowNames::All(names) => (false, names.clone()),
        WorkflowNames::Any(names) => (true, names.clone()),
    };
    let key = format!("{path}.{}", if is_any { "any" } else { "all" });
    let mut next = (is_any, names);
    form.row(
        ui,
        &Row::new(&key, "Workflows", "Their names in the library.").fixed(),
        |form, ui| {
            let read_only = form.read_only;
            let chosen = segmented(ui, &["All of them", "Any of them"], usize::from(is_any));
            if let Some(chosen) = chosen.filter(|_| !read_only) {
                next.0 = chosen == 1;
            }
            let show = |names: &Vec<Ident>| names.iter().map(ToString::to_string).collect();
            let read = |rows: &Vec<String>| {
                let filled = rows.iter().filter(|row| !row.trim().is_empty());
                filled
                    .map(|row| Ident::new(row.trim()).map_err(|error| error.to_string()))
                    .collect()
            };
            let typed = form.rows(ui, &key, &next.1, (show, read), |ui, id, rows| {
                text_list(ui, id, ("Workflows", "workflow"), rows, read_only, None)
            });
            if let Some(typed) = typed {
                next.1 = typed;
            }
        },
    );
    of.names = match next {
        (true, names) => WorkflowNames::Any(names),
        (false, names) => WorkflowNames::All(names),
    };
    let key = format!("{path}.on");
    let row = Row::new(&key, "That ended as", "").set(of.on != WorkflowTrigger::DEFAULT_ON);
    let reset = form.row(ui, &row, |form, ui| {
        chips(ui, |ui| {
            for (state, word) in ENDS {
                let on = of.on.contains(&state);
                // The last one stays: without any it would never start.
                let enabled = !form.read_only && (!on || of.on.len() > 1);
                if chip(ui, word, on, enabled).clicked() {
                    of.on.retain(|other| *other != state);
                    if !on {
                        of.on.push(state);
                    }
                }
            }
        });
    });
    if reset {
        of.on = WorkflowTrigger::DEFAULT_ON.to_vec();
    }
}
