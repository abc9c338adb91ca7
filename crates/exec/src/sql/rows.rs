//! The rows that come back: the first of them as outputs, all of them in a file.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;

use millrace_model::Values;
use millrace_model::action::RowFormat;
use serde_json::{Map, Value, json};

/// What rows among the outputs have together at most, as JSON. Leaves room for the other outputs.
const MAX_BYTES: usize = 896 * 1024;

/// Rows as they come.
pub(super) struct Rows {
    max_rows: u64,
    columns: Vec<String>,
    kept: Vec<Value>,
    kept_bytes: usize,
    is_full: bool,
    count: u64,
    affected: Option<u64>,
    save: Option<Save>,
}

/// A file that is being written beside its place.
struct Save {
    path: PathBuf,
    beside: PathBuf,
    format: RowFormat,
    file: BufWriter<File>,
    is_put: bool,
}

impl Rows {
    /// None have come.
    ///
    /// # Errors
    /// Why the file cannot be written.
    pub(super) fn new(max_rows: u64, save: Option<(PathBuf, RowFormat)>) -> Result<Self, String> {
        let save = save.map(|(path, format)| Save::new(path, format)).transpose()?;
        let (columns, kept) = (Vec::new(), Vec::new());
        Ok(Self {
            max_rows,
            columns,
            kept,
            kept_bytes: 0,
            is_full: false,
            count: 0,
            affected: None,
            save,
        })
    }

    /// The names of the columns; one that stands twice gets a number.
    pub(super) fn columns(&mut self, names: Vec<String>) -> io::Result<()> {
        for name in names {
            let mut unique = name.clone();
            let mut number = 1;
            while self.columns.contains(&unique) {
                number += 1;
                unique = format!("{name}_{number}");
            }
            self.columns.push(unique);
        }
        match &mut self.save {
            Some(save) if save.format == RowFormat::Csv => {
                save.csv(self.columns.iter().map(|name| json!(name)))
            }
            _ => Ok(()),
        }
    }

    /// A row: a value for each column.
    pub(super) fn row(&mut self, values: Vec<Value>) -> io::Result<()> {
        self.count += 1;
        let is_wanted = !self.is_full && self.count <= self.max_rows;
        if !is_wanted && self.save.is_none() {
            return Ok(());
        }
        if let Some(save) = &mut self.save
            && save.format == RowFormat::Csv
        {
            save.csv(values.iter().cloned())?;
            if !is_wanted {
                return Ok(());
            }
        }
        let text = line(&self.columns, &values);
        if let Some(save) = &mut self.save
            && save.format == RowFormat::JsonLines
        {
            save.file.write_all(text.as_bytes())?;
            save.file.write_all(b"\n")?;
        }
        if is_wanted {
            self.kept_bytes += text.len() + 1;
            self.is_full = self.kept_bytes > MAX_BYTES;
            if !self.is_full {
                let row: Map<String, Value> = self.columns.iter().cloned().zip(values).collect();
                self.kept.push(Value::Object(row));
            }
        }
        Ok(())
    }

    pub(super) fn affected(&mut self, rows: Option<u64>) {
        self.affected = rows;
    }

    /// In half a sentence.
    pub(super) fn described(&self) -> String {
        match (self.columns.is_empty(), self.affected) {
            (false, _) => format!("{} rows", self.count),
            (true, Some(affected)) => format!("{affected} rows changed"),
            (true, None) => "done".to_owned(),
        }
    }

    /// The outputs. The file is written to its end, beside its place.
    pub(super) fn outputs(&mut self) -> io::Result<Values> {
        let mut file = Value::Null;
        if let Some(save) = &mut self.save {
            save.file.flush()?;
            file = json!(save.path.display().to_string());
        }
        Ok(Values::from_iter([
            ("rows".to_owned(), Value::Array(std::mem::take(&mut self.kept))),
            ("count".to_owned(), json!(self.count)),
            ("columns".to_owned(), json!(self.columns)),
            ("affected".to_owned(), json!(self.affected)),
            ("file".to_owned(), file),
        ]))
    }

    /// Puts the file in its place. Without that it is gone.
    pub(super) fn put(&mut self) -> Result<(), String> {
        match &mut self.save {
            None => Ok(()),
            Some(save) => {
                let put = fs::rename(&save.beside, &save.path);
                save.is_put = put.is_ok();
                put.map_err(|error| format!("it was committed, but {}", cannot(&save.path, &error)))
            }
        }
    }
}

/// A row as JSON on one line, with its columns in their order.
fn line(columns: &[String], values: &[Value]) -> String {
    let members = columns.iter().zip(values);
    let members: Vec<String> =
        members.map(|(name, value)| format!("{}:{value}", Value::from(name.as_str()))).collect();
    format!("{{{}}}", members.join(","))
}

impl Save {
    fn new(path: PathBuf, format: RowFormat) -> Result<Self, String> {
        let made = || {
            if let Some(folder) = path.parent() {
                fs::create_dir_all(folder)?;
            }
            let mut name = path.as_os_str().to_owned();
            name.push(format!(".{}.part", std::process::id()));
            let beside = PathBuf::from(name);
            let mut options = fs::OpenOptions::new();
            let file = options.write(true).create(true).truncate(true).mode(0o666).open(&beside)?;
            Ok((beside, file))
        };
        let (beside, file) = made().map_err(|error: io::Error| cannot(&path, &error))?;
        Ok(Self { path, beside, format, file: BufWriter::new(file), is_put: false })
    }

    /// As RFC 4180 has it. Null is nothing, lists and objects are JSON.
    fn csv(&mut self, values: impl Iterator<Item = Value>) -> io::Result<()> {
        for (at, value) in values.enumerate() {
            if at > 0 {
                self.file.write_all(b",")?;
            }
            let text = match value {
                Value::Null => continue,
                Value::String(text) => text,
                other => other.to_string(),
            };
            if text.is_empty() || text.contains([',', '"', '\n', '\r']) {
                write!(self.file, "\"{}\"", text.replace('"', "\"\""))?;
            } else {
                self.file.write_all(text.as_bytes())?;
            }
        }
        self.file.write_all(b"\r\n")
    }
}

impl Drop for Save {
    fn drop(&mut self) {
        if !self.is_put {
            let _there_is_none = fs::remove_file(&self.beside);
        }
    }
}

fn cannot(path: &std::path::Path, error: &io::Error) -> String {
    format!("save_to: cannot write {}: {error}", path.display())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(max_rows: u64, save: Option<(PathBuf, RowFormat)>) -> Rows {
        let mut rows = Rows::new(max_rows, save).unwrap();
        rows.columns(["a", "b", "a"].map(str::to_owned).to_vec()).unwrap();
        rows.row(vec![json!(1), json!("x,\"y\"\n"), Value::Null]).unwrap();
        rows.row(vec![json!(2.5), json!(""), json!([1])]).unwrap();
        rows
    }

    #[test]
    fn rows_are_objects_as_many_as_are_wanted() {
        let outputs = filled(1, None).outputs().unwrap();
        assert_eq!(outputs["columns"], json!(["a", "b", "a_2"]));
        assert_eq!(outputs["rows"], json!([{ "a": 1, "b": "x,\"y\"\n", "a_2": null }]));
        assert_eq!((&outputs["count"], &outputs["affected"]), (&json!(2), &Value::Null));
        let mut large = Rows::new(10, None).unwrap();
        large.columns(vec!["a".to_owned()]).unwrap();
        for _ in 0..3 {
            large.row(vec![json!("x".repeat(500_000))]).unwrap();
        }
        let outputs = large.outputs().unwrap();
        assert_eq!((outputs["rows"].as_array().unwrap().len(), &outputs["count"]), (1, &json!(3)));
    }

    #[test]
    fn all_rows_are_in_the_file_once_it_is_put() {
        let folder = tempfile::tempdir().unwrap();
        for (name, format, text) in [
            ("out/a.csv", RowFormat::Csv, "a,b,a_2\r\n1,\"x,\"\"y\"\"\n\",\r\n2.5,\"\",[1]\r\n"),
            (
                "a.jsonl",
                RowFormat::JsonLines,
                "{\"a\":1,\"b\":\"x,\\\"y\\\"\\n\",\"a_2\":null}\n{\"a\":2.5,\"b\":\"\",\"a_2\":[1]}\n",
            ),
        ] {
            let path = folder.path().join(name);
            drop(filled(0, Some((path.clone(), format))));
            assert_eq!(
                fs::read_dir(path.parent().unwrap())
                    .unwrap()
                    .filter(|entry| entry.as_ref().unwrap().path().is_file())
                    .count(),
                0
            );
            let mut rows = filled(0, Some((path.clone(), format)));
            let outputs = rows.outputs().unwrap();
            rows.put().unwrap();
            drop(rows);
            assert_eq!(outputs["file"], json!(path.display().to_string()));
            assert_eq!(fs::read_to_string(&path).unwrap(), text);
            fs::remove_file(path).unwrap();
        }
    }
}
