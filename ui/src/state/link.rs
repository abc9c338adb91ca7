//! Links of Millrace's own scheme: `millrace://run/NAME?PARAM=VALUE` and `millrace://open/NAME`.
//!
//! A link may come from any page, so all that it can do is to name a workflow of the library and texts for its
//! parameters. Who follows one is asked before anything runs.

use std::collections::BTreeMap;

use millrace_model::ident::Ident;

/// A longer link is none of ours.
const LONGEST: usize = 4096;

/// What a link asks for.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Link {
    /// To show a workflow of the library.
    Open(Ident),
    /// To run it, with these parameters.
    Run(Ident, BTreeMap<String, String>),
}

impl Link {
    /// Reads one.
    ///
    /// # Errors
    /// Why it is none, as the end of a sentence.
    pub(crate) fn read(link: &str) -> Result<Self, String> {
        if link.len() > LONGEST {
            return Err(format!("it has more than {LONGEST} characters"));
        }
        let rest = link.strip_prefix("millrace://").ok_or("it does not begin with millrace://")?;
        let rest = rest.split('#').next().unwrap_or_default();
        let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (verb, name) = path.split_once('/').ok_or("it names no workflow")?;
        let name = percent_encoding::percent_decode_str(name.trim_end_matches('/'));
        let name = name.decode_utf8().map_err(|_| "its name is no text")?;
        let name =
            Ident::new(&name).map_err(|_| format!("no workflow can have the name {name:?}"))?;
        match verb {
            "open" if query.is_empty() => Ok(Self::Open(name)),
            "open" => Err("what is opened takes no parameters".to_owned()),
            "run" => params(query).map(|params| Self::Run(name, params)),
            other => Err(format!("{other:?} is neither run nor open")),
        }
    }

    /// The workflow.
    pub(crate) fn name(&self) -> &Ident {
        match self {
            Self::Open(name) | Self::Run(name, _) => name,
        }
    }
}

fn params(query: &str) -> Result<BTreeMap<String, String>, String> {
    let mut params = BTreeMap::new();
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        // Both are shown to whoever is asked.
        if name.chars().any(char::is_control) {
            return Err("a parameter's name has characters that cannot be shown".to_owned());
        }
        if value.chars().any(|letter| letter.is_control() && letter != '\n' && letter != '\t') {
            return Err(format!("the value of {name} has characters that cannot be shown"));
        }
        if params.insert(name.clone().into_owned(), value.into_owned()).is_some() {
            return Err(format!("it has two values for {name}"));
        }
    }
    Ok(params)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(name: &str, params: &[(&str, &str)]) -> Result<Link, String> {
        let params = params.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Ok(Link::Run(Ident::new(name).unwrap(), params.collect()))
    }

    #[test]
    fn a_link_names_a_workflow_and_texts() {
        assert_eq!(Link::read("millrace://run/daily"), run("daily", &[]));
        assert_eq!(Link::read("millrace://run/daily/"), run("daily", &[]));
        assert_eq!(
            Link::read("millrace://run/daily?day=2026-11-01&to=a%26b+c#x"),
            run("daily", &[("day", "2026-11-01"), ("to", "a&b c")])
        );
        let open = Link::Open(Ident::new("daily").unwrap());
        assert_eq!(Link::read("millrace://open/d%61ily"), Ok(open));
    }

    #[test]
    fn what_is_no_link_says_why() {
        for (link, why) in [
            ("https://run/daily", "millrace://"),
            ("millrace://daily", "no workflow"),
            ("millrace://delete/daily", "neither"),
            ("millrace://run/../etc", "../etc"),
            ("millrace://run/%2e%2e%2fetc", "../etc"),
            ("millrace://run/%ff", "no text"),
            ("millrace://run/a?x=1&x=2", "two values"),
            ("millrace://run/a?x=%1b[2J", "cannot be shown"),
            ("millrace://run/a?%0d%0a=x", "name has characters"),
            ("millrace://open/a?x=1", "no parameters"),
        ] {
            let said = Link::read(link).unwrap_err();
            assert!(said.contains(why), "{link}: {said}");
        }
        let long = format!("millrace://run/a?x={}", "y".repeat(LONGEST));
        assert!(Link::read(&long).unwrap_err().contains("more than"));
    }
}
