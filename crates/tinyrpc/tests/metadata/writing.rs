//! What a client writes, byte by byte.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tinyrpc::peer::PeerSettings;
use tinyrpc::subscription::RegisterSubscription as _;
use tinyrpc::transport::memory::pair;
use tinyrpc::{Client, Direction, JsonRpc, Service};

use crate::support::*;

/// A client over a link, and what it sends.
fn traced(protocol: JsonRpc, service: Service) -> (Client, Arc<Mutex<Vec<String>>>) {
    let (here, there) = pair(10_000);
    tokio::spawn(async move { service.link(tinyrpc::Origin::new("test"), there).await });
    let sent: Arc<Mutex<Vec<String>>> = Arc::default();
    let note = Arc::clone(&sent);
    let client = Client::over(here, protocol).with_trace(move |direction, _, message| {
        if direction == Direction::Sent {
            note.lock().unwrap().push(String::from_utf8_lossy(message).into_owned());
        }
    });
    (with_a_minute(client), sent)
}

async fn say_all(client: &Client) {
    soon(client.call::<Seen>("seen", ())).await.unwrap();
    soon(client.notify("seen", ())).await.unwrap();
    let mut batch = client.batch();
    let _ = batch.call::<Seen>("seen", ());
    batch.notify("seen", ());
    soon(batch.send()).await.unwrap();
    let mut notifications = client.batch();
    notifications.notify("seen", ());
    notifications.notify("seen", ());
    soon(notifications.send()).await.unwrap();
}

/// Python's tinyrpc and other strict servers see what they have always seen.
#[tokio::test]
async fn by_default_nothing_is_added() {
    for protocol in [JsonRpc::new(), JsonRpc::new().with_metadata(false)] {
        let (client, sent) = traced(protocol, service(JsonRpc::new().with_strict(true)));
        say_all(&client).await;
        let expected = [
            r#"{"jsonrpc":"2.0","method":"seen","id":1}"#,
            r#"{"jsonrpc":"2.0","method":"seen"}"#,
            r#"[{"jsonrpc":"2.0","method":"seen","id":2},{"jsonrpc":"2.0","method":"seen"}]"#,
            r#"[{"jsonrpc":"2.0","method":"seen"},{"jsonrpc":"2.0","method":"seen"}]"#,
        ];
        assert_eq!(*sent.lock().unwrap(), expected);
    }
}

#[tokio::test]
async fn each_message_says_what_it_has_to_say() {
    let (client, sent) = traced(JsonRpc::new().with_metadata(true), service(JsonRpc::new()));
    // A time that cannot be said, so that only the trace is left to look at.
    say_all(&client.clone().with_timeout(Duration::MAX)).await;
    let own = format!(r#","traceparent":"{PARENT}","tracestate":"a=1"}}"#);
    let expected = [
        r#"{"jsonrpc":"2.0","method":"seen","id":1}"#,
        r#"{"jsonrpc":"2.0","method":"seen"}"#,
        r#"[{"jsonrpc":"2.0","method":"seen","id":2},{"jsonrpc":"2.0","method":"seen"}]"#,
        r#"[{"jsonrpc":"2.0","method":"seen"},{"jsonrpc":"2.0","method":"seen"}]"#,
    ];
    let expected = expected.map(|message| message.replace('}', &own));
    assert_eq!(std::mem::take(&mut *sent.lock().unwrap()), expected);

    say_all(&client.with_trace_context(None)).await;
    let sent = sent.lock().unwrap();
    let times: Vec<_> = sent.iter().map(|message| message.matches(r#","rpc-timeout-ms":"#).count()).collect();
    // Nobody waits for a notification.
    assert_eq!(times, [1, 0, 1, 0]);
    assert!(!sent.concat().contains("trace"));
}

#[tokio::test]
async fn it_says_what_is_left() {
    let (client, sent) = traced(JsonRpc::new().with_metadata(true), service(JsonRpc::new()));
    let client = client.with_deadline(Some(Instant::now() + Duration::from_secs(5)));
    let mut batch = client.batch();
    let _ = batch.call::<Seen>("seen", ());
    // What passes while a batch is put together does not stretch its time.
    tokio::time::sleep(Duration::from_millis(30)).await;
    soon(batch.send()).await.unwrap();
    let said = sent.lock().unwrap().concat();
    let (_, left) = said.split_once(r#""rpc-timeout-ms":"#).unwrap();
    let left: u64 = left.split_once(',').unwrap().0.parse().unwrap();
    assert!(left <= 4_970, "{left}");
}

/// What is opened outlives the time in which it is to be opened.
#[tokio::test]
async fn a_subscription_has_no_time() {
    let mut dispatcher = dispatcher();
    dispatcher
        .register_subscription("subscribe_seen", |cx: tinyrpc::Context, (): ()| async move {
            Ok::<_, tinyrpc::RpcError>(futures_util::stream::iter([seen(&cx)]))
        })
        .unwrap();
    let service = Service::new(JsonRpc::new(), dispatcher);
    let (here, there) = pair(10_000);
    let _served = Client::over_serving(there, service, PeerSettings::new());
    let client = with_a_minute(Client::over(here, JsonRpc::new().with_metadata(true)));
    let mut items = soon(client.subscribe::<Seen>("subscribe_seen", ())).await.unwrap();
    let (left, trace) = soon(items.next()).await.unwrap().unwrap();
    assert_eq!((left, trace.as_deref()), (None, Some(PARENT)));
}
