//! What a keeper is told that holds for the whole run.

use std::collections::BTreeMap;
use std::ffi::OsString;

use millrace_engine::core::StartAttempt;
use millrace_keeper::protocol::Configure;
use millrace_model::template::Template;

use super::RunActor;

impl RunActor {
    pub(super) async fn configuration(&self, start: &StartAttempt) -> Configure {
        let base = self.config.base_env.get().await;
        let mut env: BTreeMap<OsString, OsString> =
            base.iter().map(|(name, value)| (name.into(), value.into())).collect();
        let logical_time = Template::parse("${run.logical_time}")
            .and_then(|template| template.render(&start.scope()))
            .unwrap_or_default();
        let own: [(&str, OsString); 7] = [
            ("MILLRACE_HOME", self.config.home.clone().into()),
            ("MILLRACE_RUN", self.run.to_string().into()),
            ("MILLRACE_WORKFLOW", start.context.head.workflow.to_string().into()),
            ("MILLRACE_LOGICAL_TIME", logical_time.into()),
            ("MILLRACE_RUN_DIR", self.dir.scratch().into()),
            ("MILLRACE_RUN_OUTPUTS", self.dir.published_dir().into()),
            ("MILLRACE_RUN_ARTIFACTS", self.dir.published_artifacts().into()),
        ];
        env.extend(own.into_iter().map(|(name, value)| (name.into(), value)));
        Configure {
            slots: start.places.saturating_sub(self.deeds.len()),
            base_env: env.into_iter().collect(),
            log_dir: self.dir.logs(),
            log_head_bytes: self.config.log_head,
            log_tail_bytes: self.config.log_tail,
            masks: self.masks.iter().cloned().collect(),
            sync_journal: self.config.sync_journal,
        }
    }
}
