//! `millrace trust`: which documents may start by themselves, and by a click in the window.

use millrace_api::trust::{ListTrust, Trust as Request};

use crate::args::Trust;
use crate::failure::{Exit, Failure};
use crate::link::{Link, block_on};
use crate::out::Out;

pub(crate) fn run(args: &Trust, out: &mut Out) -> Result<Exit, Failure> {
    block_on(async {
        let link = Link::to_daemon().await?;
        if args.list {
            let listed = link.backend().list_trust(ListTrust {}).await?;
            if listed.folders.is_empty() {
                out.note("no folder is trusted; workflows are, one by one")?;
            }
            for folder in listed.folders {
                out.write(&format!("{folder}\n"))?;
            }
            return Ok(Exit::Succeeded);
        }
        for path in &args.paths {
            let absolute = std::path::absolute(path).map_err(|error| {
                let message = format!("{} cannot be found: {error}", path.display());
                Failure::usage(message, "name a workflow document or a folder")
            })?;
            let request = Request { path: absolute.display().to_string(), on: !args.no_more };
            link.backend().trust(request).await?;
            let what = if args.no_more { "trusted no more" } else { "trusted" };
            out.note(&format!("{what}: {}", path.display()))?;
        }
        Ok(Exit::Succeeded)
    })?
}
