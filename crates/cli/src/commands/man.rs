//! `millrace man`: the manual page, with every subcommand in it.

use clap::CommandFactory;
use clap_mangen::Man;

use crate::args::Cli;
use crate::failure::{Exit, Failure};
use crate::out::Out;

pub(crate) fn run(out: &mut Out) -> Result<Exit, Failure> {
    let mut command = Cli::command();
    command.build();
    let mut page = Vec::new();
    Man::new(command.clone()).render(&mut page)?;
    for subcommand in command.get_subcommands().filter(|subcommand| !subcommand.is_hide_set()) {
        let name = format!("millrace {}", subcommand.get_name()).to_uppercase();
        page.extend_from_slice(format!(".SH \"{name}\"\n").as_bytes());
        let subcommand = Man::new(subcommand.clone());
        subcommand.render_synopsis_section(&mut page)?;
        subcommand.render_description_section(&mut page)?;
        subcommand.render_options_section(&mut page)?;
        subcommand.render_extra_section(&mut page)?;
    }
    out.write_bytes(&page)?;
    Ok(Exit::Succeeded)
}
