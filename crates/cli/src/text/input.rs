//! Reading what a command is given: standard input, documents, files of parameters.

use std::io::Read;
use std::path::Path;

use millrace_api::{ApiError, Code};
use millrace_model::Values;

use crate::failure::Failure;

/// The largest file of parameters, in bytes.
const MAX_PARAMS: u64 = 16 << 20;
/// One byte more than the largest document: so that the parser finds it too large.
const DOCUMENT_READ: u64 = (64 << 20) + 1;

/// A document's bytes: of a file, or of standard input where `named` is `-`.
///
/// # Errors
/// Says which file could not be read and why.
pub(crate) fn read_document(named: &str) -> Result<Vec<u8>, Failure> {
    if named == "-" {
        return read(std::io::stdin().lock(), "standard input", DOCUMENT_READ);
    }
    read_file(Path::new(named), DOCUMENT_READ)
}

/// The whole of standard input, which must be text.
///
/// # Errors
/// When it cannot be read, is no text, or is larger than a document may be.
pub(crate) fn read_stdin() -> Result<String, Failure> {
    let bytes = read(std::io::stdin().lock(), "standard input", DOCUMENT_READ)?;
    if bytes.len() as u64 >= DOCUMENT_READ {
        let message = "standard input is larger than 64 MiB, the limit of a document";
        return Err(Failure::new(Code::InvalidDocument, message));
    }
    String::from_utf8(bytes)
        .map_err(|_| Failure::new(Code::InvalidDocument, "standard input is not UTF-8 text"))
}

/// The JSON object of parameters in this file.
///
/// # Errors
/// Says which file, and what is wrong in it.
pub(crate) fn read_params(path: &Path) -> Result<Values, Failure> {
    let bytes = read_file(path, MAX_PARAMS + 1)?;
    let bad = |what: &str| -> Failure {
        ApiError::new(Code::InvalidParams, format!("{}: {what}", path.display()))
            .help("write a JSON object, such as {\"day\": \"2026-11-23\", \"keep\": 3}")
            .into()
    };
    if bytes.len() as u64 > MAX_PARAMS {
        return Err(bad("the file is larger than 16 MiB"));
    }
    match serde_json::from_slice(&bytes) {
        Ok(serde_json::Value::Object(values)) => Ok(values),
        Ok(_) => Err(bad("it is not a JSON object")),
        Err(error) => Err(bad(&error.to_string())),
    }
}

fn read_file(path: &Path, max: u64) -> Result<Vec<u8>, Failure> {
    let shown = path.display().to_string();
    let file = std::fs::File::open(path).map_err(|error| cannot_read(&shown, &error))?;
    let is_dir = file.metadata().is_ok_and(|found| found.is_dir());
    if is_dir {
        let error = ApiError::new(Code::NotFound, format!("{shown} is a folder, not a file"));
        return Err(error.help("name a file in it").into());
    }
    read(file, &shown, max)
}

fn read(from: impl Read, shown: &str, max: u64) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    from.take(max).read_to_end(&mut bytes).map_err(|error| cannot_read(shown, &error))?;
    Ok(bytes)
}

fn cannot_read(shown: &str, error: &std::io::Error) -> Failure {
    match error.kind() {
        std::io::ErrorKind::NotFound => {
            Failure::new(Code::NotFound, format!("there is no file {shown}"))
        }
        _ => Failure::new(Code::File, format!("cannot read {shown}: {error}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_come_from_an_object() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), r#"{"a": [1], "b": null}"#).unwrap();
        assert_eq!(read_params(file.path()).unwrap().len(), 2);
        for bad in ["[1]", "{", ""] {
            std::fs::write(file.path(), bad).unwrap();
            let Failure::Api { error, .. } = read_params(file.path()).unwrap_err() else {
                panic!()
            };
            assert_eq!(error.code, Code::InvalidParams, "{bad}");
            assert!(error.message.contains(file.path().to_str().unwrap()), "{}", error.message);
        }
    }

    #[test]
    fn a_missing_document_is_named() {
        let Failure::Api { error, .. } = read_document("/nowhere/a.json").unwrap_err() else {
            panic!()
        };
        assert_eq!(
            (error.code, error.message.as_str()),
            (Code::NotFound, "there is no file /nowhere/a.json")
        );
    }
}
