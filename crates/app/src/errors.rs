//! Errors of the rooms below, as clients see them.

use millrace_api::{ApiError, Code};
use millrace_store::StoreError;

/// What a client is told of the store's trouble.
pub(crate) fn store_error(error: &StoreError) -> ApiError {
    let code = match error {
        StoreError::NoRun { .. } => Code::NotFound,
        StoreError::UnderWay { .. } => Code::WrongState,
        _ => Code::Store,
    };
    ApiError::new(code, error.to_string())
}

/// What a client is told when the engine does not do what it is asked.
pub(crate) fn engine_error(error: &millrace_engine::EngineError) -> ApiError {
    use millrace_engine::{EngineError, Refusal};
    let code = match error {
        EngineError::Refused(Refusal::Mismatch { .. }) => Code::Internal,
        EngineError::Refused(Refusal::NotAsked { .. }) => Code::NotAsked,
        EngineError::Refused(
            Refusal::NotBegun(_)
            | Refusal::CannotMark { .. }
            | Refusal::OfItems { .. }
            | Refusal::OfHooks { .. }
            | Refusal::HooksRun(_),
        ) => Code::CannotMark,
        EngineError::Refused(Refusal::NoSuchTask { .. }) => Code::NotFound,
        EngineError::Refused(_) => Code::WrongState,
        EngineError::Stalled(_) => Code::Store,
        EngineError::Stopped => Code::ShuttingDown,
        EngineError::Spawn(_) => Code::Environment,
    };
    ApiError::new(code, error.to_string())
}
