//! The types of a workflow document, one to one with its JSON.
//!
//! Only data: reading, writing and checking have rooms of their own beside this one.

mod control;
mod json;
mod param;
mod retry;
mod schedule;
mod task;
mod workflow;

pub use control::{Atom, AtomSet, Dependency, Join};
pub use json::{Extra, Json};
pub use param::{Param, ParamKind};
pub use retry::{RetryOn, RetryPolicy};
pub use schedule::{
    CatchUp, FileTrigger, Hook, HookAction, HookOn, HttpTrigger, Overlap, Schedule, ScheduleRule,
    TriggerRule, TriggerSource, WorkflowNames, WorkflowTrigger,
};
pub use task::{Cache, ForEach, PoolUse, Repeat, Task};
pub use workflow::{Defaults, EnvMap, EnvValue, Group, Layout, Limits, Note, Workflow};
