//! Accepts connections, whatever goes wrong with single ones.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};

/// How long to wait when the system has no room for another connection.
const BACK_OFF: Duration = Duration::from_millis(100);

/// The next connection. Cancel safe.
pub(super) async fn accept(listener: &TcpListener) -> (TcpStream, SocketAddr) {
    loop {
        match listener.accept().await {
            Ok(accepted) => return accepted,
            Err(error) if concerns_one(&error) => {
                tracing::debug!(%error, "a connection was gone before it was accepted")
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
