//! What these tests share: methods that tell what they know about their call, and what is asked of them.

use std::future::Future;
use std::time::{Duration, Instant};

use tinyrpc::client::Caller;
use tinyrpc::{Client, Context, Dispatcher, JsonRpc, RpcError, Server, Service, TraceContext};

/// The milliseconds that are left, and the trace.
pub(crate) type Seen = (Option<u64>, Option<String>);

pub(crate) const PARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

/// Fails instead of hanging.
pub(crate) async fn soon<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(60), future).await.expect("this should not take so long")
}

pub(crate) fn trace() -> Option<TraceContext> {
    TraceContext::parse(PARENT, Some("a=1"))
}

pub(crate) fn seen(cx: &Context) -> Seen {
    let left = cx.deadline().map(|deadline| deadline.saturating_duration_since(Instant::now()).as_millis() as u64);
    (left, cx.trace().map(|trace| trace.traceparent().to_owned()))
}

/// `seen` tells what it sees; `back` lets the caller's own `seen` tell it.
pub(crate) fn dispatcher() -> Dispatcher {
    let mut dispatcher = Dispatcher::new();
    dispatcher.register("seen", |cx: Context, (): ()| seen(&cx)).unwrap();
    dispatcher
        .register("back", |caller: Caller, (): ()| async move {
            caller.call::<Seen>("seen", ()).await.map_err(RpcError::internal)
        })
        .unwrap();
    dispatcher
}

pub(crate) fn service(protocol: JsonRpc) -> Service {
    Service::new(protocol, dispatcher())
}

/// Serves at a URL, and gives the one that clients use.
pub(crate) async fn serve(url: &str, service: Service) -> String {
    let server = Server::new(service).bind(url).await.unwrap();
    let url = server.endpoints().concat();
    tokio::spawn(server.run());
    url
}

/// A client whose calls have a minute, and a trace.
pub(crate) async fn connect(url: &str) -> Client {
    with_a_minute(soon(Client::connect(url)).await.unwrap())
}

pub(crate) fn with_a_minute(client: Client) -> Client {
    client.with_timeout(Duration::from_secs(60)).with_trace_context(trace())
}

/// Whether this is what a call of such a client says.
pub(crate) fn says_all(seen: &Seen) -> bool {
    seen.0.is_some_and(|left| left <= 60_000 && left > 10_000) && seen.1.as_deref() == Some(PARENT)
}
