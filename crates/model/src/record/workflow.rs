//! The root of the document and its layout.

use indexmap::IndexMap;

use super::declare::record;
use crate::document::{
    Defaults, Dependency, EnvMap, Group, Hook, Layout, Limits, Note, Overlap, Param, Schedule,
    Task, TriggerRule, Workflow,
};
use crate::ident::Ident;

record! {
    Workflow, "workflow", "A Millrace workflow: a graph of tasks, and when and how it runs.",
    blank: Workflow::new(Ident::placeholder()),
    {
        maybe schema "$schema": "Where an editor finds the JSON Schema of this file.";
        should format_version "millrace": "The version of the format: 1.";
        need name "name": "Unique in a library.";
        maybe title "title": "Free text, shown instead of the name.";
        maybe description "description": "What it is for, in Markdown.";
        or (Vec::<Param>::new()) params "params": "What a run can be given.";
        or (EnvMap::new()) env "env": "Environment variables of every task.";
        maybe workdir "workdir": "The folder in which tasks run, seen from the document's folder.";
        or (Defaults::default()) defaults "defaults": "What tasks have where they do not say otherwise.";
        or (Limits::default()) limits "limits": "How much at once, how long.";
        or (Vec::<Schedule>::new()) schedules "schedules": "When it starts by the clock.";
        or (Vec::<TriggerRule>::new()) triggers "triggers": "What else starts it.";
        or (Vec::<Hook>::new()) hooks "hooks": "Who is told of what.";
        or (Vec::<Task>::new()) tasks "tasks": "The nodes of the graph, in order of creation.";
        or (Vec::<Dependency>::new()) dependencies "dependencies": "The edges of the graph.";
        or (Vec::<String>::new()) tags "tags": "Free labels for finding it.";
        or (Layout::default()) layout "layout": "Where things lie on the canvas. No meaning for a run.";
    }
}

record! {
    Defaults, "defaults", "What tasks have where they do not say otherwise.",
    blank: Defaults::default(),
    {
        maybe retry "retry": "How often tasks are tried.";
        maybe timeout "timeout": "The longest time of an attempt.";
        or (EnvMap::new()) env "env": "Environment variables of every task.";
        maybe pool "pool": "Slots of a named pool that tasks hold while they run.";
    }
}

record! {
    Limits, "limits", "Limits of the workflow's runs.",
    blank: Limits::default(),
    {
        maybe parallel_tasks "parallel_tasks": "Tasks of one run at a time; the home's setting by default.";
        or (1) active_runs "active_runs": "Runs at a time.";
        or (Overlap::Skip) overlap "overlap": "What a tick does while `active_runs` are active already.";
        maybe timeout "timeout": "A run that takes longer is cancelled and has failed.";
        or (false) fail_fast "fail_fast": "Whether the first failure cancels the rest.";
    }
}

record! {
    Layout, "layout", "Where things lie on the canvas.",
    blank: Layout::default(),
    {
        or (IndexMap::<Ident, [f64; 2]>::new()) tasks "tasks": "The left upper corner of each task's card.";
        or (Vec::<Note>::new()) notes "notes": "Notes on the canvas.";
        or (Vec::<Group>::new()) groups "groups": "Frames around tasks.";
    }
}

record! {
    Note, "note", "A note on the canvas.",
    blank: Note::default(),
    {
        need at "at": "Its left upper corner.";
        or ([0.0, 0.0]) size "size": "Its width and height; as large as its text by default.";
        or (String::new()) text "text": "Markdown.";
        maybe colour "colour": "The name of a colour of the theme.";
    }
}

record! {
    Group, "group", "A frame around tasks.",
    blank: Group::default(),
    {
        or (String::new()) name "name": "Free text.";
        or (Vec::<Ident>::new()) tasks "tasks": "The tasks within.";
        or (false) collapsed "collapsed": "Whether it is shown as one card.";
        maybe colour "colour": "The name of a colour of the theme.";
    }
}
