//! Triggers that are called: whoever has the token starts a run.

use std::sync::Arc;

use millrace_api::run::StartedRun;
use millrace_api::secret::HiddenText;
use millrace_api::trigger::{CallTrigger, MakeToken, TriggerToken};
use millrace_api::{ApiError, Code};
use millrace_model::document::{TriggerRule, TriggerSource};
use millrace_model::event::Trigger;
use millrace_model::ident::Ident;
use millrace_model::ids::{RunId, WorkflowId};
use millrace_store::sha256_hex;

use crate::app::App;
use crate::errors::store_error;
use crate::hub::on_store;
use crate::ports::random_u64;
use crate::schedules::Schedules;
use crate::schedules::fire::{Rule, Unfit};
use crate::schedules::standing::Workflow;

impl App {
    /// Makes the token of a trigger.
    ///
    /// # Errors
    /// `NotFound` where the workflow has no such trigger; those of the store.
    pub(crate) async fn new_token(&self, args: MakeToken) -> Result<TriggerToken, ApiError> {
        let workflow = self.starting(&args.source).await?;
        if called(&workflow, &args.trigger).is_none() {
            let message =
                format!("{} has no trigger `{}` that is called", workflow.name, args.trigger);
            return Err(ApiError::new(Code::NotFound, message)
                .help("add one with \"http\": {} to its triggers"));
        }
        let mut random = [0; 32];
        getrandom::fill(&mut random)
            .map_err(|error| ApiError::internal("make up a token", &error))?;
        let token: String = random.iter().map(|byte| format!("{byte:02x}")).collect();
        let (id, name) = (workflow.id, args.trigger.to_string());
        let digest = sha256_hex(token.as_bytes());
        self.write(move |writer| writer.set_token(id, &name, &digest)).await?;
        let path = format!("/triggers/{}/{}", workflow.name, args.trigger);
        Ok(TriggerToken { token: HiddenText::new(token), path })
    }

    /// Starts a run for whoever has the token.
    ///
    /// # Errors
    /// `Denied` where there is no such trigger or the token is another one: which of both is not told; `WrongState` where it
    /// is off or held; `TooSoon`; those of a start.
    pub(crate) async fn called(&self, args: CallTrigger) -> Result<StartedRun, ApiError> {
        self.schedules.known().await;
        let named: Vec<(Arc<Workflow>, Arc<TriggerRule>)> = {
            let standing = self.schedules.standing();
            let of_name = standing.all().filter(|it| it.name == args.workflow.as_str());
            of_name
                .filter_map(|it| Some((Arc::clone(it), called(it, &args.trigger)?.clone())))
                .collect()
        };
        let digest = sha256_hex(args.token.reveal().as_bytes());
        let mut found = None;
        for (workflow, rule) in named {
            let (id, name) = (workflow.id, rule.name.to_string());
            let kept = on_store(&self.store, move |reader| reader.token(id, &name)).await;
            // Digests of a random token: how long the comparison takes tells nothing of it.
            if kept.map_err(|error| store_error(&error))?.as_deref() == Some(digest.as_str()) {
                found = Some((workflow, rule));
            }
        }
        let Some((workflow, rule)) = found else {
            let message = "there is no such trigger, or its token is another one";
            return Err(ApiError::new(Code::Denied, message)
                .help("`millrace trigger token WORKFLOW TRIGGER` makes a new one"));
        };
        self.start_called(&workflow, &rule, args).await
    }

    async fn start_called(
        &self,
        workflow: &Workflow,
        rule: &TriggerRule,
        args: CallTrigger,
    ) -> Result<StartedRun, ApiError> {
        let is_on = workflow.starters.iter().any(|it| {
            it.is_on && it.trigger.as_ref().is_some_and(|trigger| trigger.name == rule.name)
        });
        if !is_on || workflow.held.is_some() {
            let message = format!("the trigger {} of {} is off", rule.name, workflow.name);
            return Err(
                ApiError::new(Code::WrongState, message).help("`millrace schedule list` says why")
            );
        }
        // What was fired last is in the store only when the call before has its run.
        let _turn = match rule.rate {
            Some(_) => {
                Some(self.schedules.begin_call(workflow.id, &rule.name).ok_or_else(|| {
                    too_soon(format!(
                        "another call of the trigger {} starts a run just now",
                        rule.name
                    ))
                })?)
            }
            None => None,
        };
        if let Some(left) = self.rate_left(workflow, rule).await? {
            let seconds = left.as_secs() + 1;
            return Err(too_soon(format!(
                "the trigger {} may start the next run in {seconds} s",
                rule.name
            )));
        }
        let run = RunId(random_u64());
        let trigger = Trigger::Api { trigger: rule.name.clone() };
        let given = Rule::Call(TriggerRule::clone(rule), args.params);
        let prepared = self.prepare_fire(workflow, given, (run, self.clock.now()), trigger).await;
        let prepared = prepared.map_err(|unfit| match unfit {
            Unfit::Changed => ApiError::new(Code::WrongState, "the document was changed just now"),
            Unfit::Broken(why) => ApiError::new(Code::InvalidDocument, why),
            Unfit::NotNow(error) => error,
        })?;
        self.submit_fire(run, prepared).await?;
        Ok(StartedRun { run, problems: Vec::new() })
    }
}

/// A trigger with a rate that is being called. Ends when dropped.
struct Call<'a> {
    schedules: &'a Schedules,
    of: (WorkflowId, Ident),
}

impl Schedules {
    /// None while another call of the trigger has no run yet.
    fn begin_call(&self, workflow: WorkflowId, trigger: &Ident) -> Option<Call<'_>> {
        let of = (workflow, trigger.clone());
        let is_first = self.calls().insert(of.clone());
        is_first.then(|| Call { schedules: self, of })
    }
}

impl Drop for Call<'_> {
    fn drop(&mut self) {
        self.schedules.calls().remove(&self.of);
    }
}

fn too_soon(message: String) -> ApiError {
    ApiError::new(Code::TooSoon, message).help("call it again then")
}

/// The trigger of this name, if it is one that is called.
fn called<'a>(workflow: &'a Workflow, name: &Ident) -> Option<&'a Arc<TriggerRule>> {
    let mut triggers = workflow.starters.iter().filter_map(|starter| starter.trigger.as_ref());
    triggers.find(|it| it.name == *name && matches!(it.source, TriggerSource::Http(_)))
}
