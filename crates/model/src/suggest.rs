//! "Did you mean …": the known name nearest to a mistyped one.

/// The nearest of `known` to `name`, where it is near enough to be meant.
pub(crate) fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let lower = name.to_lowercase();
    known
        .into_iter()
        .map(|other| (strsim::osa_distance(&lower, &other.to_lowercase()), other))
        .filter(|(distance, other)| *distance <= 1 + name.len().max(other.len()) / 5)
        .filter(|(distance, other)| *distance < other.chars().count())
        .min()
        .map(|(_, other)| other)
}

/// `; did you mean `x`?`, or nothing.
pub(crate) fn did_you_mean<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    match nearest(name, known) {
        Some(other) => format!("; did you mean `{other}`?"),
        None => String::new(),
    }
}

/// `a, b and c`, each in backticks; at most ten.
pub(crate) fn listed<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    let names: Vec<String> = names.into_iter().map(|name| format!("`{name}`")).collect();
    match names.as_slice() {
        [] => String::new(),
        [one] => one.clone(),
        [most @ .., last] if names.len() <= 10 => format!("{} and {last}", most.join(", ")),
        _ => format!("{} and {} more", names[..9].join(", "), names.len() - 9),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_what_was_meant() {
        let known = ["params", "run", "tasks", "item", "env"];
        assert_eq!(nearest("parms", known), Some("params"));
        assert_eq!(nearest("Task", known), Some("tasks"));
        assert_eq!(nearest("ruin", known), Some("run"));
        assert_eq!(nearest("banana", known), None);
        assert_eq!(nearest("x", known), None);
    }

    #[test]
    fn lists_names() {
        assert_eq!(listed(["a"]), "`a`");
        assert_eq!(listed(["a", "b", "c"]), "`a`, `b` and `c`");
        assert_eq!(listed(["x"; 12]), "`x`, `x`, `x`, `x`, `x`, `x`, `x`, `x`, `x` and 3 more");
    }
}
