//! The [`Backend`] that is the daemon of this user's home, found or started by the client crate.
//!
//! Nothing is remembered between requests: the daemon may have ended, or been replaced, since the last one. Looking
//! for it costs microseconds. A request that broke off is not repeated here, because it may have been carried out.

use std::future::poll_fn;

use millrace_api::home::Home;
use millrace_api::{ApiError, Code, Request, Subscribe, Transport as _};
use millrace_client::{Client, Launch};

use crate::backend::{Backend, Boxed, Pump, Sink};

/// The daemon, wherever it is at the moment.
#[derive(Debug, Default)]
pub(crate) struct Daemon;

impl Backend for Daemon {
    fn call(&self, request: String) -> Boxed<Result<String, String>> {
        Box::pin(async move {
            let request: Request = parse(&request, "request")?;
            let reply = connect().await?.0.send(&request).await.map_err(|error| to_json(&error))?;
            String::from_utf8(reply).map_err(|_| {
                to_json(&ApiError::new(Code::Internal, "the daemon's reply is not valid UTF-8"))
            })
        })
    }

    fn subscribe(&self, request: String, mut sink: Sink) -> Boxed<Result<Pump, String>> {
        Box::pin(async move {
            let subscribe: Subscribe = parse(&request, "subscription")?;
            let client = connect().await?;
            let mut stream =
                client.0.subscribe(&subscribe).await.map_err(|error| to_json(&error))?;
            let pump: Pump = Box::pin(async move {
                while let Some(item) = poll_fn(|context| stream.as_mut().poll_next(context)).await {
                    let item = item.map_err(|error| to_json(&error))?;
                    let text = serde_json::to_string(&item).map_err(|error| {
                        to_json(&ApiError::internal("pass on an event", &error))
                    })?;
                    if !sink(text) {
                        break;
                    }
                }
                Ok(())
            });
            Ok(pump)
        })
    }
}

async fn connect() -> Result<Client, String> {
    let connected = async {
        let home = Home::of_user()?;
        millrace_client::connect(&home, &Launch::beside_this_program()?).await
    };
    connected.await.map_err(|error| to_json(&error))
}

/// A page of another release may ask for what this one does not know.
fn parse<T: serde::de::DeserializeOwned>(text: &str, what: &str) -> Result<T, String> {
    serde_json::from_str(text).map_err(|error| {
        to_json(
            &ApiError::new(Code::InvalidRequest, format!("the {what} cannot be read: {error}"))
                .help("reload the window"),
        )
    })
}

fn to_json(error: &ApiError) -> String {
    serde_json::to_string(error).unwrap_or_else(|_| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_read_is_refused_before_any_daemon_is_looked_for() {
        let answer = tauri::async_runtime::block_on(Daemon.call("{\"command\": 7}".to_owned()));
        let error: ApiError = serde_json::from_str(&answer.unwrap_err()).unwrap();
        assert!(error.message.contains("the request cannot be read"), "{error:?}");
    }
}
