//! Small pictures of workflows: made of the documents that are in view, kept by what is in them.

use std::collections::HashMap;
use std::sync::Arc;

use millrace_api::document::{DocumentText, ReadDocument, Source};
use millrace_api::{ApiError, Command as _};
use millrace_model::read::Document;

use super::{App, Purpose};
use crate::canvas::{Scene, Thumbnail};
use crate::command::Place;
use crate::state::scene_of;

/// So many documents are asked for at once.
const AT_ONCE: usize = 4;
/// So many pictures are kept: some screens of them.
const KEPT: usize = 240;

/// Pictures by the digest of the document.
#[derive(Default)]
pub(crate) struct Thumbnails {
    known: HashMap<String, Known>,
    /// What is in view and not known: digest and path, from top to bottom.
    wanted: Vec<(String, String)>,
    /// Counts uses.
    clock: u64,
}

struct Known {
    /// None: there is nothing to draw.
    scene: Option<Arc<Scene>>,
    /// It could not be read, for whatever reason.
    failed: bool,
    picture: Thumbnail,
    used: u64,
}

/// What there is to draw.
pub(crate) enum Seen<'a> {
    /// A picture.
    Picture(Arc<Scene>, &'a mut Thumbnail),
    /// There is nothing in it.
    Nothing,
    /// It is not known yet.
    Unknown,
}

impl Thumbnails {
    /// Begins a frame: what was wanted in the last one may be out of view.
    pub(crate) fn begin(&mut self) {
        self.wanted.clear();
    }

    /// The picture of the document with this digest in this file; asks for it where it is not known.
    pub(crate) fn see(&mut self, digest: &str, path: &str) -> Seen<'_> {
        self.clock += 1;
        let Some(known) = self.known.get_mut(digest) else {
            self.wanted.push((digest.to_owned(), path.to_owned()));
            return Seen::Unknown;
        };
        known.used = self.clock;
        match &known.scene {
            Some(scene) => Seen::Picture(Arc::clone(scene), &mut known.picture),
            None => Seen::Nothing,
        }
    }

    /// What could not be read may be readable by now.
    pub(super) fn forget_failed(&mut self) {
        self.known.retain(|_, known| !known.failed);
    }

    fn put(&mut self, digest: String, scene: Option<Arc<Scene>>, failed: bool) {
        if self.known.len() >= KEPT {
            let mut uses: Vec<u64> = self.known.values().map(|known| known.used).collect();
            uses.sort_unstable();
            let oldest = uses.get(uses.len() / 4).copied().unwrap_or(0);
            self.known.retain(|_, known| known.used > oldest);
        }
        let known = Known { scene, failed, picture: Thumbnail::default(), used: self.clock };
        self.known.insert(digest, known);
    }
}

impl App {
    /// Asks for what is in view, a few at a time.
    pub(super) fn ask_thumbnails(&mut self) {
        if self.place != Place::Workflows || !self.settings.library_cards {
            return;
        }
        let under_way = |digest: Option<&str>| {
            self.backend.is_asking(|purpose| match (purpose, digest) {
                (Purpose::Thumbnail(other), Some(digest)) => other == digest,
                (Purpose::Thumbnail(_), None) => true,
                _ => false,
            })
        };
        if under_way(None) {
            return;
        }
        let wanted: Vec<(String, String)> =
            self.thumbnails.wanted.iter().take(AT_ONCE).cloned().collect();
        for (digest, path) in wanted {
            let request = ReadDocument { source: Source::Path(path) };
            self.backend.ask(request.into_request(), Purpose::Thumbnail(digest));
        }
    }

    pub(super) fn take_thumbnail(
        &mut self,
        digest: String,
        answer: Result<DocumentText, ApiError>,
    ) {
        // What cannot be read has no picture; the row says what is wrong with it.
        let failed = answer.is_err();
        let text = answer.ok();
        if text.as_ref().is_some_and(|text| text.digest != digest) {
            self.library.stale = true;
        }
        let workflow = text.and_then(|text| Document::parse(text.text.as_bytes()).workflow);
        let scene = workflow
            .filter(|workflow| !workflow.tasks.is_empty())
            .map(|workflow| Arc::new(scene_of(&workflow, None, &[], self.backend.now(), true, 1)));
        self.thumbnails.put(digest, scene, failed);
    }
}
