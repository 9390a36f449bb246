//! Accepts connections, whatever goes wrong with single ones.

use std::future::poll_fn;
use std::io;
use std::task::{Context, Poll};
use std::time::Duration;

/// How long to wait when the system has no room for another connection.
const BACK_OFF: Duration = Duration::from_millis(100);

/// The next connection, accepted by `poll`. Cancel safe.
pub(crate) async fn accept<T>(mut poll: impl FnMut(&mut Context<'_>) -> Poll<io::Result<T>>) -> T {
    loop {
        match poll_fn(&mut poll).await {
            Ok(accepted) => return accepted,
            Err(error) if concerns_one(&error) => {
                tracing::debug!(%error, "a connection was gone before it was accepted");
            }
            Err(error) => {
                tracing::warn!(%error, "cannot accept connections at the moment");
                tokio::time::sleep(BACK_OFF).await;
            }
        }
    }
}

/// Whether the error says nothing about the next connection.
fn concerns_one(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, Interrupted};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset | Interrupted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn failures_do_not_end_it_and_a_full_system_gets_time() {
        let start = tokio::time::Instant::now();
        let mut outcomes =
            vec![Ok(7), Err(io::Error::other("too many open files")), Err(io::ErrorKind::ConnectionAborted.into())];
        assert_eq!(accept(|_| Poll::Ready(outcomes.pop().unwrap())).await, 7);
        assert_eq!(start.elapsed(), BACK_OFF);
    }
}
