//! Calls that are given up: who is told.

use std::future::poll_fn;
use std::net::SocketAddr;

use tinyrpc::client::Connector;
use tinyrpc::peer::{Cancel, PeerSettings};
use tinyrpc::transport::Link;
use tinyrpc::transport::ws::{WsSettings, accept};
use tinyrpc::{Client, JsonRpc, Service};
use tokio::net::TcpListener;

use crate::support::{Raw, Server, dispatcher, request, soon};

/// A server that does what the test says, and says nothing about cancellations.
struct Silent {
    listener: TcpListener,
    address: SocketAddr,
}

impl Silent {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        Self { listener, address }
    }

    async fn accept(&self) -> Link {
        let (tcp, _) = soon(self.listener.accept()).await.unwrap();
        let silent = WsSettings::new().with_peer(PeerSettings::new().with_cancel(None));
        soon(accept(tcp, &silent)).await.unwrap()
    }

    /// A client as `connector` has it, and the server's end of its link.
    async fn meet(&self, connector: Connector, query: &str) -> (Client, Link) {
        let url = format!("ws://{}/{query}", self.address);
        let (client, link) = tokio::join!(connector.connect(&url), self.accept());
        (client.unwrap(), link)
    }
}

async fn receive(link: &mut Link) -> String {
    let message = soon(poll_fn(|cx| link.source.poll_recv(cx))).await.unwrap().unwrap();
    String::from_utf8(message.to_vec()).unwrap()
}

async fn send(link: &mut Link, message: &str) {
    link.sink.send(message.as_bytes()).unwrap();
    soon(poll_fn(|cx| link.sink.poll_flush(cx))).await.unwrap();
}

/// Gives a call up when it has arrived, makes another one, and gives what came after the first.
async fn give_up(client: &Client, link: &mut Link) -> Vec<String> {
    tokio::select! {
        reply = client.call::<()>("hold", ()) => panic!("{reply:?}"),
        message = receive(link) => assert!(message.contains(r#""method":"hold""#), "{message}"),
    }
    let mut messages = Vec::new();
    let answered = async {
        loop {
            messages.push(receive(link).await);
            let last = messages.last().unwrap();
            if let Some((_, id)) = last.split_once(r#""method":"next","id":"#) {
                let reply = format!(r#"{{"jsonrpc":"2.0","result":null,"id":{id}"#);
                break send(link, &reply).await;
            }
        }
    };
    let (next, ()) = soon(async { tokio::join!(client.call::<()>("next", ()), answered) }).await;
    next.unwrap();
    messages
}

fn cancelled(messages: &[String], method: &str) -> bool {
    messages.len() == 2 && messages[0].contains(&format!(r#""method":"{method}""#))
}

#[tokio::test]
async fn a_server_that_says_nothing_is_told_nothing_until_it_speaks_itself() {
    let server = Silent::start().await;
    for own in [r#"{"jsonrpc":"2.0","method":"news"}"#, r#"[{"jsonrpc":"2.0","method":"news"}]"#] {
        let (client, mut link) = server.meet(Connector::new(), "").await;
        assert_eq!(give_up(&client, &mut link).await.len(), 1);
        assert_eq!(give_up(&client, &mut link).await.len(), 1, "replies show nothing");
        send(&mut link, own).await;
        // What follows shows that it has been read.
        give_up(&client, &mut link).await;
        assert!(cancelled(&give_up(&client, &mut link).await, "$/cancelRequest"), "{own}");
    }
}

#[tokio::test]
async fn a_server_is_told_if_the_client_says_so() {
    let server = Silent::start().await;
    let (client, mut link) = server.meet(Connector::new(), "?cancel=lsp").await;
    assert!(cancelled(&give_up(&client, &mut link).await, "$/cancelRequest"));
    let mcp = Connector::new().with_peer_settings(PeerSettings::new().with_cancel(Some(Cancel::mcp())));
    let (client, mut link) = server.meet(mcp, "").await;
    assert!(cancelled(&give_up(&client, &mut link).await, "notifications/cancelled"));
}

#[tokio::test]
async fn a_client_with_a_service_keeps_to_that_too() {
    let server = Silent::start().await;
    let served = Connector::new().with_service(Service::new(JsonRpc::new(), dispatcher().0));
    let (client, mut link) = server.meet(served, "").await;
    assert_eq!(give_up(&client, &mut link).await.len(), 1);
    send(&mut link, r#"{"jsonrpc":"2.0","method":"echo","params":[""],"id":1}"#).await;
    assert!(receive(&mut link).await.contains(r#""result":"""#));
    assert!(cancelled(&give_up(&client, &mut link).await, "$/cancelRequest"));
}

#[tokio::test]
async fn our_server_says_that_it_takes_cancellations() {
    let peer = |cancel| WsSettings::new().with_peer(PeerSettings::new().with_cancel(cancel));
    for (settings, said) in [
        (WsSettings::new(), Some("$/cancelRequest")),
        (peer(Some(Cancel::mcp())), Some("notifications/cancelled")),
        (peer(Some(Cancel::lsp().with_method("no\nheader"))), None),
        (peer(None), None),
        // One message is answered after the other there.
        (WsSettings::new().with_empty_reply_to_notifications(true), None),
    ] {
        let server = Server::with(settings).await;
        let head = Raw::ask(server.address, &request("/")).await.to_ascii_lowercase();
        let header = head.lines().find_map(|line| line.strip_prefix("rpc-cancel: "));
        assert_eq!(header, said.map(str::to_ascii_lowercase).as_deref(), "{head}");
    }
    let server = Server::start().await;
    let client = Client::connect(&server.url()).await.unwrap();
    tokio::select! {
        reply = client.call::<()>("hold", ()) => panic!("{reply:?}"),
        entered = soon(server.entered.acquire()) => entered.unwrap().forget(),
    }
    for _ in 0..2 {
        // What comes after the cancellation finds the handler gone, and nobody takes the permit to leave.
        assert_eq!(soon(client.call::<String>("echo", ("on",))).await.unwrap(), "on");
        server.leave.add_permits(1);
    }
    assert_eq!(server.leave.available_permits(), 2);
}
