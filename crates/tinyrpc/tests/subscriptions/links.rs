//! The same subscription over every link that is built in, in every protocol.

use futures_util::StreamExt as _;
use tinyrpc::client::SubscriptionErrorKind;
use tinyrpc::subscription::Offer;
use tinyrpc::{Client, JsonRpc, Server, Service};

use crate::support::*;

fn urls() -> Vec<String> {
    let mut urls = vec!["inproc://subscriptions".to_owned()];
    if cfg!(feature = "tcp") {
        urls.extend(["line", "header", "length", "json"].map(|name| format!("tcp://127.0.0.1:0?framing={name}")));
        #[cfg(unix)]
        urls.push(format!("unix://{}/subscriptions-{}", std::env::temp_dir().display(), std::process::id()));
    }
    if cfg!(feature = "ws") {
        urls.push("ws://127.0.0.1:0/".to_owned());
    }
    if cfg!(feature = "zmq") {
        urls.push("zmq+tcp://127.0.0.1:0".to_owned());
    }
    #[cfg(feature = "msgpack")]
    for at in urls.clone() {
        if !at.contains("framing=line") && !at.contains("framing=json") {
            urls.push(format!("{at}{}protocol=msgpack", if at.contains('?') { '&' } else { '?' }));
        }
    }
    urls
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_link_carries_streams() {
    for url in urls() {
        let Fed { mut dispatcher, mut opened } = fed(Offer::new("subscribe_ticks"));
        dispatcher.nest("more.", numbers("subscribe_numbers")).unwrap();
        let server = Server::new(Service::new(JsonRpc::new(), dispatcher)).bind(&url).await.unwrap();
        let mut endpoint = server.endpoints()[0].clone();
        if url.contains("protocol=msgpack") && !endpoint.contains("protocol") {
            endpoint = format!("{endpoint}{}protocol=msgpack", if endpoint.contains('?') { '&' } else { '?' });
        }
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let serving = tokio::spawn(server.run_until(async { drop(stopped.await) }));

        let client = soon(Client::connect(&endpoint)).await.unwrap();
        let mut ticks = soon(client.subscribe::<u64>("subscribe_ticks", ())).await.unwrap();
        let numbers = soon(client.subscribe::<u64>("more.subscribe_numbers", (0, 1_000))).await.unwrap();
        let sender = soon(opened.recv()).await.unwrap();
        let all: Vec<_> = soon(numbers.map(Result::unwrap).collect()).await;
        assert_eq!(all, (0..1_000).collect::<Vec<_>>(), "{endpoint}");
        sender.send(5).unwrap();
        assert_eq!(value(&mut ticks).await, 5);

        // A client that goes away without a word.
        let other = soon(Client::connect(&endpoint)).await.unwrap();
        let lost = soon(other.subscribe::<u64>("subscribe_ticks", ())).await.unwrap();
        let dropped = soon(opened.recv()).await.unwrap();
        soon(other.close()).await;
        soon(dropped.closed()).await;
        drop(lost);

        stop.send(()).unwrap();
        let error = next(&mut ticks).await.unwrap().unwrap_err();
        assert_eq!(error.kind(), SubscriptionErrorKind::Failed, "{endpoint}: {error}");
        soon(sender.closed()).await;
        drop((client, ticks));
        soon(serving).await.unwrap().unwrap();
    }
}
