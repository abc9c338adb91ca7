//! `noop`: does nothing.

use super::spec::{Reader, SpecProblem};
use super::{Category, Kind};
use crate::action::Action;
use crate::document::Json;

pub(super) static KIND: Kind = Kind {
    id: "noop",
    title: "Join point",
    category: Category::Control,
    icon: "circle",
    summary: "Does nothing: a point where dependencies join or fan out.",
    docs: DOCS,
    fields: &[],
    outputs: &[],
    lower,
};

const DOCS: &str = r#"
Ends at once and well, without a process. Ten tasks that each wait for the same ten tasks need a hundred
dependencies; through a join point they need twenty. Its `join`, `when` and `min_succeeded` work as those of every task.

```json
{ "name": "all_loaded", "kind": "noop" }
```
"#;

fn lower(spec: &Json) -> Result<Action, Vec<SpecProblem>> {
    Reader::new(KIND.fields, spec).finish(Some(Action::Noop))
}
