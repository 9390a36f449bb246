//! tarpc over its serde transport: the server as its documentation runs it, its client, and its calls as bytes.

use crate::{Failure, methods};
use futures_util::StreamExt;
use std::future::ready;
use std::pin::Pin;
use std::time::Instant;
use tarpc::server::{BaseChannel, Channel};
use tarpc::tokio_serde::formats::{Bincode, Json};
use tarpc::tokio_serde::{Deserializer, Serializer};
use tarpc::{ClientMessage, Response, client, context, trace};
use tokio::io::{AsyncRead, AsyncWrite};

/// The five functions.
#[tarpc::service]
pub(super) trait Functions {
    async fn add(a: i64, b: i64) -> i64;
    async fn subtract(a: i64, b: i64) -> i64;
    async fn echo(text: String) -> String;
    async fn numbers(values: Vec<i64>) -> Vec<i64>;
    async fn reverse(text: String) -> String;
}

#[derive(Clone)]
struct Served;

impl Functions for Served {
    async fn add(self, _: context::Context, a: i64, b: i64) -> i64 {
        methods::add(a, b)
    }

    async fn subtract(self, _: context::Context, a: i64, b: i64) -> i64 {
        methods::subtract(a, b)
    }

    async fn echo(self, _: context::Context, text: String) -> String {
        methods::echo(text)
    }

    async fn numbers(self, _: context::Context, values: Vec<i64>) -> Vec<i64> {
        methods::numbers(values)
    }

    async fn reverse(self, _: context::Context, text: String) -> String {
        methods::reverse(text)
    }
}

/// A task for each call, as all of tarpc's examples have it.
macro_rules! serve {
    ($stream:expr, $codec:expr) => {{
        let transport = tarpc::serde_transport::Transport::from(($stream, $codec));
        let calls = BaseChannel::with_defaults(transport).execute(Served.serve());
        calls.for_each(|call| ready(drop(tokio::spawn(call)))).await;
    }};
}

pub(super) async fn serve_bincode<S: AsyncRead + AsyncWrite + Send + 'static>(stream: S) {
    serve!(stream, Bincode::default());
}

pub(super) async fn serve_json<S: AsyncRead + AsyncWrite + Send + 'static>(stream: S) {
    serve!(stream, Json::default());
}

/// A client with bincode, as its constructor makes it.
pub(super) fn client<S: AsyncRead + AsyncWrite + Send + 'static>(stream: S) -> FunctionsClient {
    let transport = tarpc::serde_transport::Transport::from((stream, Bincode::default()));
    FunctionsClient::new(client::Config::default(), transport).spawn()
}

type Sent = ClientMessage<FunctionsRequest>;
type Received = Response<FunctionsResponse>;

/// A call of `add(1, 2)` as it stands on the wire, without the length before it.
pub(super) fn call(json: bool, id: u64) -> Result<Vec<u8>, Failure> {
    let mut context = context::current();
    context.trace_context = trace::Context::default();
    context.deadline = Instant::now() + std::time::Duration::from_secs(600);
    let request = tarpc::Request { context, id, message: FunctionsRequest::Add { a: 1, b: 2 } };
    let message: Sent = ClientMessage::Request(request);
    let bytes = match json {
        true => Pin::new(&mut Json::<Received, Sent>::default()).serialize(&message)?,
        false => Pin::new(&mut Bincode::<Received, Sent>::default()).serialize(&message)?,
    };
    Ok(bytes.to_vec())
}

/// Refuses a reply that is not the one to that call.
pub(super) fn check(json: bool, id: u64, reply: &[u8]) -> Result<(), Failure> {
    let reply = bytes::BytesMut::from(reply);
    let reply: Received = match json {
        true => Pin::new(&mut Json::<Received, Sent>::default()).deserialize(&reply)?,
        false => Pin::new(&mut Bincode::<Received, Sent>::default()).deserialize(&reply)?,
    };
    match reply.message {
        Ok(FunctionsResponse::Add(3)) if reply.request_id == id => Ok(()),
        other => Err(format!("not the expected reply: {} {other:?}", reply.request_id).into()),
    }
}
