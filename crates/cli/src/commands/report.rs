//! `millrace report`: a run as a page of HTML.

use millrace_api::report::SaveReport;
use millrace_api::{ApiError, Code};

use crate::args::Report;
use crate::failure::{Exit, Failure};
use crate::link::{Link, block_on};
use crate::out::Out;

pub(crate) fn run(args: &Report, out: &mut Out) -> Result<Exit, Failure> {
    let saved = block_on(async {
        let link = Link::to_daemon().await?;
        let run = link.find_run(&args.run).await?;
        let path = match &args.output {
            Some(path) => path.clone(),
            None => format!("report-{run:.8}.html").into(),
        };
        let path = std::path::absolute(&path).map_err(|error| {
            Failure::new(Code::File, format!("cannot write {}: {error}", path.display()))
        })?;
        if path.exists() && !args.replace {
            let message = format!("{} exists already", path.display());
            let help = "nothing was written; give --replace, or another name with --output";
            return Err(ApiError::new(Code::File, message).help(help).into());
        }
        let Some(path) = path.to_str() else {
            let message = format!("{} is not valid UTF-8", path.display());
            return Err(Failure::new(Code::InvalidRequest, message));
        };
        let request = SaveReport { run, path: path.to_owned(), svg: None };
        Ok::<_, Failure>(link.backend().save_report(request).await?)
    })??;
    match args.json {
        true => out.json(&saved)?,
        false => out.write(&format!("{}\n", saved.path))?,
    }
    Ok(Exit::Succeeded)
}
