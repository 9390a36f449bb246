//! An authority that issues certificates, and servers that have one.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use rcgen::{BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair};
use tinyrpc::client::Connector;
use tinyrpc::transport::http::HttpServer;
use tinyrpc::transport::tls::{TlsClient, TlsPeer, TlsServer};
use tinyrpc::transport::ws::WsServer;
use tinyrpc::transport::{ServerTransport, TransportError};
use tinyrpc::{Client, Context, Dispatcher, JsonRpc, MessagePackRpc, Server, Service};
use tokio::time::timeout;

pub(crate) async fn soon<T>(future: impl Future<Output = T>) -> T {
    timeout(Duration::from_secs(30), future).await.expect("in time")
}

/// A certificate and its key, in PEM.
pub(crate) struct Identity {
    pub(crate) certificate: String,
    pub(crate) key: String,
}

pub(crate) struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pub(crate) pem: String,
}

impl Authority {
    pub(crate) fn new() -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(1);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        Self::named(&format!("authority {number} of a test"))
    }

    pub(crate) fn named(name: &str) -> Self {
        let mut params = CertificateParams::new([]).unwrap();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let pem = params.self_signed(&key).unwrap().pem();
        Self { issuer: Issuer::new(params, key), pem }
    }

    /// A certificate for 127.0.0.1.
    pub(crate) fn here(&self) -> Identity {
        self.issue(|_| ())
    }

    pub(crate) fn issue(&self, change: impl FnOnce(&mut CertificateParams)) -> Identity {
        let mut params = CertificateParams::new(["127.0.0.1".to_owned()]).unwrap();
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth];
        change(&mut params);
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap().pem();
        Identity { certificate, key: key.serialize_pem() }
    }

    /// A client's settings that trust this authority alone.
    pub(crate) fn trusted(&self) -> TlsClient {
        TlsClient::new().without_system_roots().with_ca_pem(&self.pem).unwrap()
    }
}

impl Identity {
    pub(crate) fn server(&self) -> TlsServer {
        TlsServer::from_pem(&self.certificate, &self.key).unwrap()
    }
}

pub(crate) fn service() -> Service {
    let mut dispatcher = Dispatcher::new();
    dispatcher.register("add", |(a, b): (i64, i64)| a + b).unwrap();
    dispatcher.register("length", |(text,): (String,)| text.len()).unwrap();
    dispatcher.register("repeat", |(text, times): (String, usize)| text.repeat(times)).unwrap();
    dispatcher
        .register("certificates", |cx: Context, (): ()| {
            let peer = cx.extension::<TlsPeer>()?;
            Some(peer.certificates().map(<[u8]>::len).collect::<Vec<_>>())
        })
        .unwrap();
    Service::new(JsonRpc::new(), dispatcher).with_protocol(MessagePackRpc::new())
}

/// Serves both ways until the runtime ends, and gives the URLs.
pub(crate) async fn serve(tls: TlsServer) -> [String; 2] {
    let http = HttpServer::bind("127.0.0.1:0").await.unwrap().with_tls(tls.clone());
    let ws = WsServer::bind("127.0.0.1:0").await.unwrap().with_tls(tls);
    let urls = [http.endpoint(), ws.endpoint()];
    let server = Server::new(service()).with_transport(http).with_transport(ws);
    tokio::spawn(server.run());
    urls
}

/// The result of `add(1, 2)`, or why there is none, with all causes.
pub(crate) async fn add(url: &str, tls: TlsClient) -> Result<i64, String> {
    let client = connect(url, tls).await.map_err(|error| chain(&error))?;
    soon(client.call("add", (1, 2))).await.map_err(|error| chain(&error))
}

pub(crate) async fn connect(url: &str, tls: TlsClient) -> Result<Client, TransportError> {
    soon(Connector::new().with_tls(tls).connect(url)).await
}

fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        text += &format!(": {inner}");
        cause = inner.source();
    }
    text
}
