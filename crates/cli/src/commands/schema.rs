//! `millrace schema`: the JSON Schema of the document.

use crate::failure::{Exit, Failure};
use crate::out::Out;

pub(crate) fn run(out: &mut Out) -> Result<Exit, Failure> {
    out.json(&millrace_model::schema::schema())?;
    Ok(Exit::Succeeded)
}
