//! Labels of dependencies, and the branch tasks that choose them.

use std::collections::HashSet;

use super::Checker;
use crate::action::{Action, Branch};
use crate::problem::{Code, Path, Problem};
use crate::suggest::{listed, nearest};

pub(super) fn check(checker: &mut Checker<'_>) {
    let workflow = checker.workflow;
    let branches: Vec<Option<Branch>> = workflow
        .tasks
        .iter()
        .map(|task| match (task.kind == "branch").then(|| Action::for_task(task)) {
            Some(Ok(Action::Branch(branch))) => Some(*branch),
            _ => None,
        })
        .collect();
    let mut used: HashSet<(usize, &str)> = HashSet::new();
    for (at, edge) in workflow.dependencies.iter().enumerate() {
        let Some(label) = &edge.branch else { continue };
        // Missing ends are reported with the other dependencies.
        let Some(from) = checker.index.get(edge.from.as_str()).copied() else { continue };
        used.insert((from, label));
        let path = Path::dependency(at).key("branch");
        let task = &workflow.tasks[from];
        if task.kind != "branch" {
            let message = format!("`{}` is no branch task and chooses no label", edge.from);
            checker.push(
                Problem::new(Code::UnknownBranch, path, message).help(
                    "delete `branch`, or let the dependency start at a task of kind `branch`",
                ),
            );
        } else if let Some(branch) = &branches[from]
            && branch.labels().all(|known| known != label)
        {
            let message = format!("the branch task `{}` has no label `{label}`", edge.from);
            let help = match nearest(label, branch.labels()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("its labels are {}", listed(branch.labels())),
            };
            checker.push(Problem::new(Code::UnknownBranch, path, message).help(help));
        }
    }
    for (at, branch) in branches.iter().enumerate() {
        for label in
            branch.iter().flat_map(Branch::labels).filter(|label| !used.contains(&(at, *label)))
        {
            let spec = Path::task(at).key("spec");
            let is_case =
                workflow.tasks[at].spec.get("branches").is_some_and(|it| it.get(label).is_some());
            let path =
                if is_case { spec.key("branches").key(label) } else { spec.key("otherwise") };
            let message = format!(
                "no dependency has the branch `{label}`: nothing follows when it is chosen"
            );
            checker.push(
                Problem::new(Code::UnusedBranch, path, message)
                    .help("connect a task to it, or delete it where nothing is to follow"),
            );
        }
    }
}
