//! Runs what the engine decided: processes, through the keeper.
