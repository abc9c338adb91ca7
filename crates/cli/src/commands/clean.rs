//! `millrace clean`: removes what was deleted, and what is beyond the limits of the settings.

use millrace_api::storage::{Clean, Cleaned};

use crate::args;
use crate::failure::{Exit, Failure};
use crate::link::{Link, block_on};
use crate::out::Out;
use crate::text::human;

pub(crate) fn run(args: &args::Clean, out: &mut Out) -> Result<Exit, Failure> {
    let clean = Clean { dry_run: args.dry_run };
    let cleaned = block_on(async {
        let link = Link::to_daemon().await?;
        Ok::<_, Failure>(link.backend().clean(clean).await?)
    })??;
    match args.json {
        true => out.json(&cleaned)?,
        false => out.write(&format!("{}\n", said(&cleaned, args.dry_run)))?,
    }
    Ok(Exit::Succeeded)
}

/// In one sentence.
fn said(cleaned: &Cleaned, dry_run: bool) -> String {
    if cleaned.is_nothing() {
        return "there is nothing to remove".to_owned();
    }
    let counted = |count: u64, one: &str, many: &str| match count {
        0 => None,
        1 => Some(format!("1 {one}")),
        count => Some(format!("{count} {many}")),
    };
    let what = [
        counted(cleaned.runs, "run beyond the limits", "runs beyond the limits"),
        counted(cleaned.deleted, "deleted run", "deleted runs"),
        counted(cleaned.artifacts, "artifact", "artifacts"),
    ];
    let what: Vec<String> = what.into_iter().flatten().collect();
    let what = if what.is_empty() { "rests of removed runs".to_owned() } else { what.join(", ") };
    let bytes = human::bytes(cleaned.bytes);
    match dry_run {
        true => format!("{what} would go: {bytes}"),
        false => format!("{what} removed: {bytes} freed"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_went_is_one_sentence() {
        let cleaned = Cleaned { runs: 12, deleted: 1, artifacts: 0, bytes: 5 << 20 };
        assert_eq!(
            said(&cleaned, false),
            "12 runs beyond the limits, 1 deleted run removed: 5.0 MiB freed"
        );
        let dry = Cleaned { artifacts: 3, bytes: 0, ..Cleaned::default() };
        assert_eq!(said(&dry, true), "3 artifacts would go: 0 B");
        assert_eq!(said(&Cleaned::default(), true), "there is nothing to remove");
    }
}
