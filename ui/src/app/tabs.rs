//! The open documents, one tab each.

use super::Editor;
use crate::state::Document;

/// Tells a tab from all others that there were since the start.
pub(crate) type TabId = u64;

/// Closed documents without changes that can be opened again; more are forgotten.
const MOST_CLOSED: usize = 20;

/// The open documents in the order of their tabs, and those that were closed. One of the open ones is current wherever
/// there is one at all.
#[derive(Default)]
pub(crate) struct Tabs {
    list: Vec<Editor>,
    current: usize,
    opened: TabId,
    /// The last one was closed last. One with changes stays, whatever their number.
    closed: Vec<Editor>,
    /// One was closed since this was last asked.
    has_closed: bool,
    /// How the files of the open ones stand in git.
    pub(crate) git: super::library::GitShown,
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

    /// The document of a tab, also of a closed one: what was asked for it is still on its way.
    pub(crate) fn get_mut(&mut self, tab: TabId) -> Option<&mut Editor> {
        self.all_mut().find(|editor| editor.tab == tab)
    }

    /// The open documents and the closed ones.
    pub(crate) fn all_mut(&mut self) -> impl Iterator<Item = &mut Editor> {
        self.list.iter_mut().chain(&mut self.closed)
    }

    /// Those that are open, and those that were closed and can be opened again.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Editor> {
        self.list.iter().chain(&self.closed)
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
        self.insert(Editor::new(self.opened, doc));
        self.opened
    }

    /// Opens the document again that was closed last. One whose file is open by now is only shown.
    pub(crate) fn reopen(&mut self) -> Option<TabId> {
        let editor = self.closed.pop()?;
        let open = editor.doc.path.as_deref().and_then(|path| self.of_path(path));
        match open {
            Some(tab) => drop(self.select(tab)),
            None => self.insert(editor),
        }
        self.current().map(|editor| editor.tab)
    }

    /// Opens the closed document of this file again if it has changes; one without is forgotten, since its file is read
    /// anew.
    pub(crate) fn reopen_path(&mut self, path: &str) -> Option<TabId> {
        let is_it = |editor: &Editor| editor.doc.path.as_deref() == Some(path);
        self.closed.retain(|editor| !is_it(editor) || editor.doc.is_dirty());
        let at = self.closed.iter().rposition(is_it)?;
        let editor = self.closed.remove(at);
        let tab = editor.tab;
        self.insert(editor);
        Some(tab)
    }

    /// Whether a tab was closed since this was asked last.
    pub(crate) fn take_closed(&mut self) -> bool {
        std::mem::take(&mut self.has_closed)
    }

    fn insert(&mut self, editor: Editor) {
        let at = if self.list.is_empty() { 0 } else { self.current + 1 };
        self.list.insert(at, editor);
        self.current = at;
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
    pub(crate) fn close(&mut self, tab: TabId) {
        let Some(at) = self.list.iter().position(|editor| editor.tab == tab) else { return };
        self.has_closed = true;
        self.closed.push(self.list.remove(at));
        let is_clean = |editor: &Editor| !editor.doc.is_dirty() && !editor.draft.is_kept();
        while self.closed.len() > MOST_CLOSED
            && let Some(oldest) = self.closed.iter().position(is_clean)
        {
            self.closed.remove(oldest);
        }
        if self.current > at || self.current >= self.list.len() {
            self.current = self.current.saturating_sub(1);
        }
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
            is_trusted: true,
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
        assert!(!tabs.select(a));
        tabs.close(c);
        assert_eq!(current(&tabs), "-");
        assert!(tabs.is_empty());
        assert_eq!(tabs.reopen(), Some(c));
        assert_eq!(tabs.reopen(), Some(a));
        assert_eq!(tabs.reopen(), Some(b));
        assert_eq!(tabs.reopen(), None);
        assert_eq!(tabs.iter().map(|e| e.tab).collect::<Vec<_>>(), [c, a, b]);
    }
}
