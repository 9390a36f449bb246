//! A client of servers that answer oddly, wrongly, late or not at all.
#![cfg(feature = "jsonrpc")]

mod batches;
mod calls;
#[cfg(feature = "msgpack")]
mod msgpack;
mod settings;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use tinyrpc::call::BoxFuture;
use tinyrpc::transport::{ClientTransport, Expect, Outgoing, TransportError};
use tinyrpc::{CallError, Client, JsonRpc};

/// What the script says to a message.
enum Say {
    Reply(Vec<u8>),
    Nothing,
    Fail(TransportError),
    /// Never answers.
    Silence,
}

impl From<&str> for Say {
    fn from(reply: &str) -> Self {
        Say::Reply(reply.into())
    }
}

impl From<&[u8]> for Say {
    fn from(reply: &[u8]) -> Self {
        Say::Reply(reply.into())
    }
}

type Answers = dyn Fn(&[u8], Expect) -> Say + Send + Sync;

/// A transport to a server that follows a script, and keeps what was sent.
#[derive(Clone)]
struct Script {
    answers: Arc<Answers>,
    sent: Arc<Mutex<Vec<Vec<u8>>>>,
}

impl Script {
    fn new(answers: impl Fn(&[u8], Expect) -> Say + Send + Sync + 'static) -> Self {
        Self { answers: Arc::new(answers), sent: Arc::default() }
    }

    fn always(reply: impl AsRef<[u8]>) -> Self {
        let reply = reply.as_ref().to_vec();
        Self::new(move |_, _| Say::Reply(reply.clone()))
    }

    fn sent(&self) -> Vec<String> {
        self.sent.lock().unwrap().iter().map(|message| String::from_utf8_lossy(message).into_owned()).collect()
    }
}

impl std::fmt::Debug for Script {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Script")
    }
}

impl ClientTransport for Script {
    fn exchange(&self, outgoing: Outgoing<'_>) -> BoxFuture<'_, Result<Option<Bytes>, TransportError>> {
        self.sent.lock().unwrap().push(outgoing.message.to_vec());
        let say = (self.answers)(&outgoing.message, outgoing.expect);
        Box::pin(async move {
            match say {
                Say::Reply(reply) => Ok(Some(reply.into())),
                Say::Nothing => Ok(None),
                Say::Fail(error) => Err(error),
                Say::Silence => std::future::pending().await,
            }
        })
    }
}

/// What `client.call("add", (1, 2))`, whose id is 1, gives for this reply.
async fn call(reply: impl AsRef<[u8]>) -> Result<serde_json::Value, CallError> {
    let client = Client::new(Script::always(reply), JsonRpc::new()).with_timeout(Duration::from_secs(5));
    client.call("add", (1, 2)).await
}

async fn failure(reply: impl AsRef<[u8]>) -> CallError {
    call(reply).await.expect_err("this is no good reply")
}
