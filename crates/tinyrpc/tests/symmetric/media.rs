//! Every medium in turn.

use std::sync::atomic::{AtomicUsize, Ordering};

use tinyrpc::client::Connector;
use tinyrpc::peer::PeerSettings;
use tinyrpc::transport::memory::named::NamedServer;
use tinyrpc::transport::memory::pair;
use tinyrpc::transport::stream::TcpServer;
use tinyrpc::transport::ws::{WsServer, WsSettings};
use tinyrpc::transport::{ServerTransport, Shutdown, ShutdownTrigger, TransportError};
use tinyrpc::{Client, protocol_named};

use crate::mutual::*;

/// A server, and what it takes to end it.
pub(crate) struct Served {
    pub(crate) url: String,
    _trigger: ShutdownTrigger,
}

pub(crate) fn serve(transport: impl ServerTransport, protocol: &str) -> Served {
    let (trigger, shutdown) = Shutdown::new();
    let url = transport.endpoint();
    let service = service().speaking(protocol_named(protocol).unwrap());
    tokio::spawn(Box::new(transport).serve(service, shutdown));
    Served { url, _trigger: trigger }
}

pub(crate) async fn connect(served: &Served, protocol: &str, settings: PeerSettings) -> Client {
    let connector = Connector::new().with_service(service()).with_peer_settings(settings);
    connector.with_protocol(protocol_named(protocol).unwrap()).connect(&served.url).await.unwrap()
}

/// All on one medium, whose servers `bind` makes.
async fn everything<T: ServerTransport>(bind: impl AsyncFn(PeerSettings) -> Result<T, TransportError>) {
    for protocol in ["jsonrpc", "msgpack"] {
        let served = serve(bind(PeerSettings::new()).await.unwrap(), protocol);
        let client = connect(&served, protocol, PeerSettings::new()).await;
        go_deep(&client).await;
        go_at_once(&client).await;
        for settings in narrow() {
            let served = serve(bind(settings.clone()).await.unwrap(), protocol);
            be_refused(&connect(&served, protocol, settings).await).await;
        }
    }
}

/// A name that nothing else has.
fn name() -> String {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    format!("tinyrpc-symmetric-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed))
}

#[tokio::test]
async fn in_memory() {
    let ends = |settings: PeerSettings| {
        let (here, there) = pair(1_000);
        [here, there].map(|link| Client::over_serving(link, service(), settings.clone()))
    };
    for client in &ends(PeerSettings::new()) {
        go_deep(client).await;
        go_at_once(client).await;
    }
    for settings in narrow() {
        for client in &ends(settings) {
            be_refused(client).await;
        }
    }
    // Both at once.
    let [one, two] = &ends(PeerSettings::new());
    tokio::join!(go_deep(one), go_deep(two), go_deep(one), go_deep(two));
}

#[tokio::test]
async fn by_name() {
    everything(async |settings| Ok(NamedServer::bind(name())?.with_peer_settings(settings))).await;
}

#[tokio::test]
async fn over_tcp() {
    everything(async |settings| Ok(TcpServer::bind("127.0.0.1:0").await?.with_peer_settings(settings))).await;
}

#[cfg(unix)]
#[tokio::test]
async fn over_unix_sockets() {
    use tinyrpc::transport::stream::UnixServer;
    everything(async |settings| {
        Ok(UnixServer::bind(std::env::temp_dir().join(name())).await?.with_peer_settings(settings))
    })
    .await;
}

#[tokio::test]
async fn over_websocket() {
    everything(async |settings| {
        Ok(WsServer::bind("127.0.0.1:0").await?.with_settings(WsSettings::new().with_peer(settings)))
    })
    .await;
}
