//! Deadlines and traces go with a call, and on with the calls that are made for it.
#![cfg(all(feature = "http-client", feature = "http-server", feature = "jsonrpc"))]
#![allow(clippy::unwrap_used)]

use std::sync::Arc;
use std::time::{Duration, Instant};

use tinyrpc::client::{CallErrorKind, Caller};
use tinyrpc::layer::Timeout;
use tinyrpc::peer::PeerSettings;
use tinyrpc::transport::http::HttpClient;
use tinyrpc::transport::memory::pair;
use tinyrpc::{Client, Context, Dispatcher, JsonRpc, Metadata, Origin, RpcError, Server, Service, State, TraceContext};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::sync::Notify;

/// The milliseconds that are left, and the trace.
type Seen = (Option<u64>, Option<String>);

fn seen(cx: &Context) -> Seen {
    let left = cx.deadline().map(|deadline| deadline.saturating_duration_since(Instant::now()).as_millis() as u64);
    (left, cx.trace().map(|trace| trace.traceparent().to_owned()))
}

async fn serve(dispatcher: Dispatcher) -> String {
    let server = Server::new(Service::new(JsonRpc::new(), dispatcher)).bind("http://127.0.0.1:0/").await.unwrap();
    let url = server.endpoints().concat();
    tokio::spawn(server.run());
    url
}

fn trace() -> Option<TraceContext> {
    TraceContext::parse("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", Some("a=1"))
}

#[tokio::test]
async fn what_is_left_shrinks_from_call_to_call() {
    let mut last = Dispatcher::new();
    last.register("seen", |cx: Context, (): ()| vec![seen(&cx)]).unwrap();
    let last = Client::connect(&serve(last).await).await.unwrap();
    let mut first = Dispatcher::new().with_state(last);
    first
        .register("on", |cx: Context, last: State<Client>, (own,): (bool,)| async move {
            // The clock goes on.
            tokio::time::sleep(Duration::from_millis(20)).await;
            let onward = (*last).clone().with_timeout(Duration::from_secs(600));
            let onward = if own { onward } else { onward.within(&cx) };
            let mut all = vec![seen(&cx)];
            all.extend(onward.call::<Vec<Seen>>("seen", ()).await.map_err(RpcError::internal)?);
            Ok::<_, RpcError>(all)
        })
        .unwrap();
    let first = Client::connect(&serve(first).await).await.unwrap().with_timeout(Duration::from_secs(60));
    let first = first.with_trace_context(trace());
    let parent = trace().unwrap().traceparent().to_owned();

    let all: Vec<Seen> = first.call("on", (false,)).await.unwrap();
    let [(Some(here), Some(one)), (Some(there), Some(two))] = &all[..] else { panic!("{all:?}") };
    assert!(*there <= *here && *here <= 60_000 - 20 && *there > 10_000, "{all:?}");
    assert_eq!((one, two), (&parent, &parent));

    // A client of its own mind knows neither.
    let all: Vec<Seen> = first.call("on", (true,)).await.unwrap();
    let [_, (Some(there), None)] = &all[..] else { panic!("{all:?}") };
    assert!(*there > 60_000, "{all:?}");
}

/// The head of the request that `client` sends.
async fn head(call: impl AsyncFnOnce(Client), change: impl FnOnce(HttpClient) -> HttpClient) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let client = Client::new(change(HttpClient::new(&url).unwrap()), JsonRpc::new());
    let serve = async {
        let (mut tcp, _) = listener.accept().await.unwrap();
        let mut request = Vec::new();
        while !request.windows(4).any(|four| four == b"\r\n\r\n") {
            assert_ne!(tcp.read_buf(&mut request).await.unwrap(), 0);
        }
        tcp.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 36\r\n\r\n{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":null}")
            .await
            .unwrap();
        String::from_utf8_lossy(&request).to_lowercase()
    };
    let (request, ()) = tokio::join!(serve, call(client));
    request
}

async fn call(client: Client) {
    let _ = client.call::<()>("m", ()).await;
}

#[tokio::test]
async fn requests_say_what_is_left() {
    let left = |head: &str| {
        let line = head.lines().find_map(|line| line.strip_prefix("rpc-timeout-ms: "))?;
        Some(line.parse::<u64>().unwrap())
    };
    let usual = left(&head(call, |client| client).await).unwrap();
    assert!(usual <= 30_000 && usual > 10_000, "{usual}");
    let soon = Instant::now() + Duration::from_secs(5);
    let bounded = left(&head(async |client| call(client.with_deadline(Some(soon))).await, |client| client).await);
    assert!(bounded.unwrap() <= 5_000);
    assert_eq!(left(&head(call, |client| client.with_timeout_header(false)).await), None);
    assert_eq!(left(&head(call, |client| client.with_header("Rpc-Timeout-Ms", "7").unwrap()).await), Some(7));
    let notify = async |client: Client| client.notify("m", ()).await.unwrap();
    assert_eq!(left(&head(notify, |client| client).await), None);
    // More than can be said.
    let patient = async |client: Client| call(client.with_timeout(Duration::MAX)).await;
    assert_eq!(left(&head(patient, |client| client).await), None);
}

#[tokio::test]
async fn requests_name_their_trace() {
    let traced = async |client: Client| call(client.with_trace_context(trace())).await;
    let request = head(traced, |client| client).await;
    let lines = format!("traceparent: {}\r\ntracestate: a=1\r\n", trace().unwrap().traceparent());
    assert!(request.contains(&lines), "{request}");
    assert!(!head(call, |client| client).await.contains("trace"));
    // Not half of it.
    let other = "00-00000000000000000000000000000001-0000000000000001-00";
    let request = head(traced, |client| client.with_header("traceparent", other).unwrap()).await;
    assert!(request.contains(other) && !request.contains("tracestate"), "{request}");
}

#[tokio::test]
async fn a_call_whose_time_is_up_is_not_made() {
    let mut dispatcher = Dispatcher::new();
    let ran = Arc::new(Notify::new());
    let run = Arc::clone(&ran);
    dispatcher.register("m", move || run.notify_one()).unwrap();
    let over_http = Client::connect(&serve(dispatcher).await).await.unwrap();
    let (here, _there) = pair(1_000);
    for client in [over_http, Client::over(here, JsonRpc::new())] {
        let client = client.with_deadline(Some(Instant::now()));
        assert_eq!(client.call::<()>("m", ()).await.unwrap_err().kind(), CallErrorKind::Timeout);
    }
    assert!(futures_util::FutureExt::now_or_never(ran.notified()).is_none());
}

/// Calls back end with the deadline of the call that they are made for.
#[tokio::test(start_paused = true)]
async fn calls_back_are_bounded_too() {
    let (sender, mut ended) = tokio::sync::mpsc::unbounded_channel();
    let mut dispatcher = Dispatcher::new();
    dispatcher
        .register("ask", move |caller: Caller, cx: Context, (): ()| {
            let sender = sender.clone();
            for caller in [caller.into_client(), Client::from_context(&cx).unwrap()] {
                let sender = sender.clone();
                tokio::spawn(async move {
                    let began = tokio::time::Instant::now();
                    let error = caller.call::<()>("never", ()).await.unwrap_err();
                    sender.send((began.elapsed(), error.kind())).unwrap();
                });
            }
        })
        .unwrap();
    let service = Service::new(JsonRpc::new(), dispatcher).with_layer(Timeout::new(Duration::from_secs(5)));
    let mut own = Dispatcher::new();
    own.register("never", std::future::pending::<()>).unwrap();
    let (here, there) = pair(1_000);
    let client = Client::over_serving(here, Service::new(JsonRpc::new(), own), PeerSettings::new());
    let _served = Client::over_serving(there, service, PeerSettings::new());
    client.call::<()>("ask", ()).await.unwrap();
    for _ in 0..2 {
        let (after, kind) = ended.recv().await.unwrap();
        assert_eq!((after.as_secs_f64().round(), kind), (5.0, CallErrorKind::Timeout));
    }
}

/// A blocking handler learns that its caller waits no longer.
#[tokio::test]
async fn the_deadline_is_a_cancellation_too() {
    let told = Arc::new(Notify::new());
    let tell = Arc::clone(&told);
    let mut dispatcher = Dispatcher::new();
    let block = move |cx: Context, (): ()| {
        tokio::runtime::Handle::current().block_on(cx.cancelled());
        tell.notify_one();
    };
    dispatcher.register("block", tinyrpc::blocking(block)).unwrap();
    let service = Service::new(JsonRpc::new(), dispatcher);
    let deadline = Instant::now() + Duration::from_millis(20);
    let origin = Origin::new("test").with_metadata(Metadata::new().with_deadline(Some(deadline)));
    let reply = service.exchange(origin, r#"{"jsonrpc":"2.0","method":"block","id":1}"#).await.unwrap();
    assert!(String::from_utf8_lossy(&reply).contains("-32002"), "{reply:?}");
    told.notified().await;
}
