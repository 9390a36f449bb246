//! From call to call, over one medium after the other, what is left shrinks.

use std::time::Duration;

use tinyrpc::{Client, Context, Dispatcher, JsonRpc, RpcError, Service, State};

use crate::support::*;

/// A server whose method `on` asks `next` for what it sees, after what it sees itself.
async fn hop(listen: &str, next: Client) -> String {
    let mut dispatcher = Dispatcher::new().with_state(next.with_timeout(Duration::from_secs(600)));
    dispatcher
        .register("on", |cx: Context, next: State<Client>, (depth,): (u32,)| async move {
            let mut all = vec![seen(&cx)];
            // The clock goes on.
            tokio::time::sleep(Duration::from_millis(20)).await;
            let next = (*next).clone().within(&cx);
            let further: Result<Vec<Seen>, _> = match depth {
                0 => next.call("seen", ()).await.map(|seen| vec![seen]),
                depth => next.call("on", (depth - 1,)).await,
            };
            all.extend(further.map_err(RpcError::internal)?);
            Ok::<_, RpcError>(all)
        })
        .unwrap();
    serve(listen, Service::new(JsonRpc::new(), dispatcher)).await
}

async fn connected(url: &str) -> Client {
    let parameter = if url.starts_with("http:") { "" } else { "?metadata=on" };
    Client::connect(&format!("{url}{parameter}")).await.unwrap()
}

#[tokio::test]
async fn across_all_media() {
    let last = serve("tcp://127.0.0.1:0", service(JsonRpc::new())).await;
    let mut url = last;
    let media = ["http://127.0.0.1:0/", "zmq+tcp://127.0.0.1:0", "ws://127.0.0.1:0/", "tcp://127.0.0.1:0"];
    for listen in media {
        url = hop(listen, connected(&url).await).await;
    }
    let client = with_a_minute(connected(&url).await);
    let all: Vec<Seen> = soon(client.call("on", (3,))).await.unwrap();
    assert_eq!(all.len(), 5);
    assert!(all.iter().all(says_all), "{all:?}");
    let left: Vec<u64> = all.iter().filter_map(|(left, _)| *left).collect();
    // Each has slept 20 ms before it called on; what is said is rounded up.
    assert!(left.windows(2).all(|two| two[1] + 19 <= two[0] + 1), "{left:?}");
}

/// In over HTTP, on over TCP.
#[tokio::test]
async fn from_headers_into_messages() {
    for (parameter, said) in [("?metadata=on", true), ("", false)] {
        let last = serve("tcp://127.0.0.1:0", service(JsonRpc::new())).await;
        let next = Client::connect(&format!("{last}{parameter}")).await.unwrap();
        let url = hop("http://127.0.0.1:0/", next).await;
        let all: Vec<Seen> = soon(connect(&url).await.call("on", (0,))).await.unwrap();
        let [here, there] = &all[..] else { panic!("{all:?}") };
        assert!(says_all(here) && says_all(there) == said, "{all:?}");
    }
}
