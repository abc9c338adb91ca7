//! Serves a router to whoever a listener lets in, with a limit for how long the head of a request may take: without one,
//! those who begin a request and never end it would hold their places for ever.

use std::pin::pin;
use std::time::Duration;

use axum::Router;
use axum::serve::Listener;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;

/// From the first moment of a connection, or the end of the request before, to the end of a head.
const HEAD_LIMIT: Duration = Duration::from_secs(30);

/// Serves until `end`; then lets nobody in any more, and ends when those who are inside have their answers.
pub(crate) async fn serve<L: Listener>(
    mut listener: L,
    router: Router,
    end: impl Future<Output = ()>,
) {
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(HEAD_LIMIT);
    let inside = GracefulShutdown::new();
    let mut end = pin!(end);
    loop {
        tokio::select! {
            (stream, _) = listener.accept() => {
                let service = TowerToHyperService::new(router.clone());
                let connection = inside.watch(http.serve_connection(TokioIo::new(stream), service));
                tokio::spawn(async move {
                    if let Err(error) = connection.await {
                        tracing::debug!(%error, "a connection ended early");
                    }
                });
            }
            () = &mut end => break,
        }
    }
    drop(listener);
    inside.shutdown().await;
}

#[cfg(test)]
mod tests {
    use axum::routing::get;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::{TcpListener, TcpStream};
    use tokio::sync::oneshot;

    use super::*;

    const REQUEST: &[u8] = b"GET /slow HTTP/1.1\r\nHost: millrace\r\nConnection: close\r\n\r\n";

    async fn served(router: Router) -> (std::net::SocketAddr, oneshot::Sender<()>) {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let (end, ended) = oneshot::channel();
        tokio::spawn(serve(listener, router, async move { drop(ended.await) }));
        (address, end)
    }

    async fn answer(stream: &mut TcpStream) -> String {
        let mut text = String::new();
        stream.read_to_string(&mut text).await.unwrap();
        text
    }

    #[tokio::test(start_paused = true)]
    async fn a_head_that_does_not_end_ends_the_connection() {
        let (address, _end) = served(Router::new()).await;
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(b"GET / HTTP/1.1\r\nHost: mill").await.unwrap();
        let begun = tokio::time::Instant::now();
        let said = answer(&mut stream).await;
        assert!(!said.contains("200 OK"), "{said}");
        let took = begun.elapsed();
        assert!(took >= HEAD_LIMIT && took < HEAD_LIMIT * 2, "{took:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_may_take_longer_and_is_waited_for_at_the_end() {
        let slow = || async {
            tokio::time::sleep(HEAD_LIMIT * 4).await;
            "done"
        };
        let (address, end) = served(Router::new().route("/slow", get(slow))).await;
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(REQUEST).await.unwrap();
        tokio::time::sleep(HEAD_LIMIT).await;
        end.send(()).unwrap();
        let said = answer(&mut stream).await;
        assert!(said.ends_with("done"), "{said}");
    }
}
