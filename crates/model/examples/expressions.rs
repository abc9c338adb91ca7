//! How fast expressions are: parsed once, evaluated many times with values as a run has them.

#![expect(clippy::print_stdout, reason = "that is what it is for")]

use std::sync::Arc;
use std::time::Instant;

use millrace_model::Values;
use millrace_model::event::TaskState;
use millrace_model::expr::{Expr, Scope, TaskScope};
use millrace_model::ident::Ident;
use millrace_model::template::Template;

const TIMES: u32 = 200_000;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let outputs = Values::from_iter([("rows".to_owned(), 41.into())]);
    let task = TaskScope { state: TaskState::Succeeded, outputs: Some(Arc::new(outputs)) };
    let params = Values::from_iter([("mode".to_owned(), "full".into())]);
    let scope = Scope {
        params: Arc::new(params),
        tasks: [(Ident::new("extract")?, task)].into_iter().collect(),
        ..Scope::default()
    };
    let when = Expr::parse("tasks.extract.outputs.rows > 0 && params.mode == 'full'")?;
    let begun = Instant::now();
    for _ in 0..TIMES {
        assert!(when.eval_bool(&scope)?);
    }
    tell("a condition over an output and a parameter", begun);
    let template = Template::parse("out/${params.mode}-${string(tasks.extract.outputs.rows)}.csv")?;
    let begun = Instant::now();
    for _ in 0..TIMES {
        assert_eq!(template.render(&scope)?.len(), 15);
    }
    tell("a template with two values", begun);
    Ok(())
}

fn tell(what: &str, begun: Instant) {
    let rate = f64::from(TIMES) / begun.elapsed().as_secs_f64();
    println!("{what}: {rate:.0} a second");
}
