//! What the odd servers counted.

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpStream};
use std::time::Duration;

use tinyrpc_interop::Peer;

/// Connections and requests so far.
#[derive(Debug, serde::Deserialize)]
pub(super) struct Stats {
    /// Those that asked for these numbers count, too.
    pub(super) connections: u64,
    /// By kind of server.
    pub(super) requests: BTreeMap<String, u64>,
}

/// Asks the servers, on a connection of its own.
pub(super) fn of(peer: &Peer) -> Stats {
    let mut stream = TcpStream::connect(peer.address()).expect("the servers accept");
    stream.set_read_timeout(Some(Duration::from_secs(10))).expect("a time limit can be set");
    stream.write_all(b"GET /stats HTTP/1.1\r\nHost: odd\r\n\r\n").expect("the servers read");
    stream.shutdown(Shutdown::Write).expect("the connection is open");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("the servers answer");
    let (_, body) = answer.split_once("\r\n\r\n").expect("the answer has a head");
    serde_json::from_str(body).expect("the answer is JSON")
}
