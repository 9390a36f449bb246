//! The servers of links pass the suite, each called over a link of its own kind.

use std::future::Future;

use tinyrpc::transport::stream::{Framings, TcpServer, tcp};
use tinyrpc::transport::ws::{WsServer, WsSettings, connect_with};
use tinyrpc::transport::zmq::{ZmqClient, ZmqServer};
use tinyrpc::transport::{Link, ServerTransport};
use tinyrpc::{Server, Service};

/// Serves until the runtime ends, and gives the link that `connect` makes to the endpoint.
async fn linked<F: Future<Output = Link>>(
    service: Service,
    transport: impl ServerTransport,
    connect: impl FnOnce(String) -> F,
) -> Link {
    let url = transport.endpoint();
    tokio::spawn(Server::new(service).with_transport(transport).run());
    connect(url).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tcp() {
    for (protocol, framing) in [("jsonrpc", "line"), ("jsonrpc", "json"), ("msgpack", "msgpack"), ("msgpack", "length")]
    {
        let framings = Framings::named(framing).expect("there is such a framing");
        tinyrpc_conformance::server_of(protocol, async |service| {
            let server = TcpServer::bind("127.0.0.1:0").await.expect("a free port").with_framing(framings.clone());
            let address = server.address();
            linked(service, server, async |_| {
                tcp::connect(address, &framings, 4 << 20).await.expect("the server accepts")
            })
            .await
        })
        .await;
    }
}

#[cfg(unix)]
#[tokio::test]
async fn unix() {
    use tinyrpc::transport::stream::{UnixServer, unix};

    let path = std::env::temp_dir().join(format!("tinyrpc-conformance-{}", std::process::id()));
    tinyrpc_conformance::server(async |service| {
        let framings = Framings::named("header").expect("there is such a framing");
        let path = path.with_extension(service.protocols()[0].name());
        let server = UnixServer::bind(&path).await.expect("nobody else has the path").with_framing(framings.clone());
        linked(service, server, async |_| unix::connect(&path, &framings, 4 << 20).await.expect("the server accepts"))
            .await
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn websocket() {
    tinyrpc_conformance::server(async |service| {
        let settings = WsSettings::new().for_content_type(service.protocols()[0].content_type());
        let server = WsServer::bind("127.0.0.1:0").await.expect("a free port");
        linked(service, server, async |url| connect_with(&url, &settings).await.expect("the server accepts")).await
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn zeromq_over_tcp() {
    zeromq("zmq+tcp://127.0.0.1:0").await;
}

#[cfg(unix)]
#[tokio::test]
async fn zeromq_over_ipc() {
    let folder = std::env::temp_dir().join(format!("tinyrpc-conformance-zmq-{}", std::process::id()));
    std::fs::create_dir(&folder).expect("the folder is ours");
    zeromq(&format!("zmq+ipc://{}/PROTOCOL", folder.display())).await;
    std::fs::remove_dir_all(&folder).expect("the folder is ours");
}

async fn zeromq(url: &str) {
    tinyrpc_conformance::server(async |service| {
        let url = url.replace("PROTOCOL", service.protocols()[0].name());
        let server = ZmqServer::bind(&url).await.expect("the address is free");
        linked(service, server, async |url| ZmqClient::new(&url).link().await.expect("the URL can be used")).await
    })
    .await;
}
