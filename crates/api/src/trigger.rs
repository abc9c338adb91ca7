//! Commands about triggers that are called.

use serde::{Deserialize, Serialize};

use millrace_model::Values;
use millrace_model::ident::Ident;

use crate::document::Source;
use crate::secret::HiddenText;

/// Makes the token by which a trigger is called. One that was made before is good no more.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MakeToken {
    /// The workflow.
    pub source: Source,
    /// The trigger, which is one that is called.
    pub trigger: Ident,
}

/// The token of a trigger. It is told once: what is kept is only enough to know it again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TriggerToken {
    /// The token.
    pub token: HiddenText,
    /// The path of the address to call, below the one that `millrace serve` says.
    pub path: String,
}

/// Calls a trigger.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CallTrigger {
    /// The workflow's name.
    pub workflow: Ident,
    /// The trigger.
    pub trigger: Ident,
    /// Its token.
    pub token: HiddenText,
    /// Parameters of the run; those of the trigger itself give way to them.
    #[serde(default, skip_serializing_if = "Values::is_empty")]
    pub params: Values,
}
