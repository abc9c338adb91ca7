//! The open documents, one tab each.

use super::Editor;
use crate::state::Document;

/// Tells a tab from all others that there were since the start.
pub(crate) type TabId = u64;

/// The open documents in the order of their tabs. One of them is current wherever there is one at all.
#[derive(Default)]
pub(crate) struct Tabs {
    list: Vec<Editor>,
    current: usize,
    opened: TabId,
}

impl Tabs {
    /// The document in view in the editor.
    pub(crate) fn current(&self) -> Option<&Editor> {
        self.list.get(self.current)
    }

    /// The same, to be changed.
    pub(crate) fn current_mut(&mut self) -> Option<&mut Editor> {
        self.list.get_mut(self.current)
    }

    /// The document of a tab; none where it was closed.
    pub(crate) fn get_mut(&mut self, tab: TabId) -> Option<&mut Editor> {
        self.list.iter_mut().find(|editor| editor.tab == tab)
    }

    /// All of them, from left to right.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Editor> {
        self.list.iter()
    }

    /// The same, to be changed.
    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Editor> {
        self.list.iter_mut()
    }

    /// Whether nothing is open.
    pub(crate) fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// The tab of the document in this file.
    pub(crate) fn of_path(&self, path: &str) -> Option<TabId> {
        let mut tabs = self.list.iter();
        tabs.find(|editor| editor.doc.path.as_deref() == Some(path)).map(|editor| editor.tab)
    }

    /// Opens a document in a new tab right of the current one and makes it current.
    pub(crate) fn open(&mut self, doc: Document) -> TabId {
        self.opened += 1;
        let at = if self.list.is_empty() { 0 } else { self.current + 1 };
        self.list.insert(at, Editor::new(self.opened, doc));
        self.current = at;
        self.opened
    }

    /// Makes a tab current. Says whether it is there.
    pub(crate) fn select(&mut self, tab: TabId) -> bool {
        let at = self.list.iter().position(|editor| editor.tab == tab);
        self.current = at.unwrap_or(self.current);
        at.is_some()
    }

    /// Makes the tab beside the current one current, round and round.
    pub(crate) fn step(&mut self, forward: bool) {
        let count = self.list.len();
        if count > 0 {
            let by = if forward { 1 } else { count - 1 };
            self.current = (self.current + by) % count;
        }
    }

    /// Closes a tab; its right neighbour becomes current where it was the current one.
    pub(crate) fn close(&mut self, tab: TabId) -> Option<Editor> {
        let at = self.list.iter().position(|editor| editor.tab == tab)?;
        let closed = self.list.remove(at);
        if self.current > at || self.current >= self.list.len() {
            self.current = self.current.saturating_sub(1);
        }
        Some(closed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use millrace_api::document::DocumentText;

    fn document(path: &str) -> Document {
        Document::open(DocumentText {
            path: Some(path.to_owned()),
            text: r#"{"millrace":1,"name":"w","tasks":[]}"#.to_owned(),
            digest: String::new(),
            read_only: None,
            problems: Vec::new(),
        })
    }

    fn current(tabs: &Tabs) -> &str {
        tabs.current().and_then(|editor| editor.doc.path.as_deref()).unwrap_or("-")
    }

    #[test]
    fn there_is_a_current_tab_wherever_there_is_one() {
        let mut tabs = Tabs::default();
        assert_eq!(current(&tabs), "-");
        tabs.step(true);
        let a = tabs.open(document("a"));
        let b = tabs.open(document("b"));
        tabs.select(a);
        let c = tabs.open(document("c"));
        assert_eq!(tabs.iter().map(|e| e.tab).collect::<Vec<_>>(), [a, c, b]);
        assert_eq!(current(&tabs), "c");
        tabs.step(false);
        tabs.step(false);
        assert_eq!(current(&tabs), "b");
        assert_eq!(tabs.of_path("c"), Some(c));
        tabs.close(b);
        assert_eq!(current(&tabs), "c");
        tabs.close(a);
        assert_eq!(current(&tabs), "c");
        assert!(tabs.close(a).is_none() && !tabs.select(a));
        tabs.close(c);
        assert_eq!(current(&tabs), "-");
        assert!(tabs.is_empty());
    }
}
