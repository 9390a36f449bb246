//! Every framing with every medium and every protocol that it can carry.

use tinyrpc::transport::TransportErrorKind;
use tinyrpc::transport::stream::{Framings, link};
use tinyrpc::{Client, JsonRpc, Origin, Server, Service, protocol_named};

use crate::support::{PAIRS, Running, adds, dispatcher, soon, transport_kind};

const TURNS: usize = 50;

fn speaking(protocol: &str) -> Service {
    Service::new(JsonRpc::new(), dispatcher(TURNS)).speaking(protocol_named(protocol).unwrap())
}

/// What a link has to carry.
async fn use_all(client: &Client, length: usize) {
    adds(client).await;
    let text = "né\u{1f980}\r\n\0".repeat(length / 10);
    assert!(soon(client.call::<String>("echo", (&text,))).await.unwrap() == text);

    // Each call ends only when all that were made after it have.
    let calls = (1..=TURNS).map(|number| ("turn", (number,)));
    let turns = soon(client.call_all::<usize, _>(calls)).await;
    assert_eq!(turns.into_iter().map(Result::unwrap).collect::<Vec<_>>(), (1..=TURNS).collect::<Vec<_>>());

    for number in 0..200_usize {
        soon(client.notify("note", (number,))).await.unwrap();
    }
    assert_eq!(soon(client.call::<usize>("notes", ())).await.unwrap(), 200, "notifications come in order");

    let error = soon(client.call::<()>("nothing", ())).await.unwrap_err();
    assert!(error.is_method_not_found());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tcp() {
    for (protocol, framing) in PAIRS {
        let url = format!("tcp://127.0.0.1:0?framing={framing}");
        let server = Running::start(Server::new(speaking(protocol)).bind(&url).await.unwrap());
        assert!(server.url.ends_with(&format!("?framing={framing}")), "{}", server.url);
        let client = server.client(protocol).await;
        use_all(&client, 200_000).await;
        soon(client.close()).await;
        server.stop().await;
    }
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn unix() {
    for (protocol, framing) in PAIRS {
        let folder = crate::unix::Folder::new();
        let url = format!("unix://{}?framing={framing}", folder.path("socket").display());
        let server = Running::start(Server::new(speaking(protocol)).bind(&url).await.unwrap());
        let client = server.client(protocol).await;
        use_all(&client, 200_000).await;
        soon(client.close()).await;
        server.stop().await;
    }
}

#[tokio::test]
async fn any_stream_even_one_byte_at_a_time() {
    for (protocol, framing) in PAIRS {
        for (capacity, length) in [(1, 2_000), (7, 2_000), (100_000, 200_000)] {
            let framings = Framings::named(framing).unwrap();
            let (here, there) = tokio::io::duplex(capacity);
            let ends = [here, there].map(|end| {
                let (reader, writer) = tokio::io::split(end);
                link(reader, writer, &framings, 4 << 20)
            });
            let [here, there] = ends;
            let service = speaking(protocol);
            tokio::spawn(async move { service.link(Origin::new("test"), there).await });
            let client = match protocol {
                "msgpack" => Client::over(here, tinyrpc::MessagePackRpc::new()),
                _ => Client::over(here, JsonRpc::new()),
            };
            use_all(&client, length).await;
        }
    }
}

#[tokio::test]
async fn the_usual_framing_is_that_of_the_protocol() {
    for (protocol, usual) in [("jsonrpc", "line"), ("jsonrpc1", "line"), ("msgpack", "msgpack")] {
        assert_eq!(Framings::usual(&*protocol_named(protocol).unwrap()).name(), usual);
        let server = Running::start(Server::new(speaking(protocol)).bind("tcp://127.0.0.1:0").await.unwrap());
        assert!(!server.url.contains('?'));
        adds(&server.client(protocol).await).await;
    }
    assert_eq!(Framings::named("carrier-pigeon").unwrap_err().kind(), TransportErrorKind::Setup);
}

#[tokio::test]
async fn what_a_framing_cannot_carry_is_not_sent_and_the_link_goes_on() {
    let server = Running::start(Server::new(speaking("msgpack")).bind("tcp://127.0.0.1:0?framing=line").await.unwrap());
    let client = server.client("msgpack").await;
    // 10 is a newline.
    let error = soon(client.call::<i64>("add", (10, 1))).await.unwrap_err();
    assert_eq!(transport_kind(&error), Some(TransportErrorKind::Setup));
    assert!(error.is_unsent() && error.to_string().contains("newline"), "{error}");
    assert_eq!(soon(client.call::<i64>("add", (20, 1))).await.unwrap(), 21);
    // A reply that cannot be sent is replaced by an error that can.
    let error = soon(client.call::<i64>("add", (9, 1))).await.unwrap_err();
    assert!(error.is_remote(), "{error}");
    adds(&client).await;
}
