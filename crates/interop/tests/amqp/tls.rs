//! Over TLS, which a proxy in front of the broker ends.

use std::sync::Arc;

use rcgen::{CertificateParams, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;
use tinyrpc::client::Connector;
use tinyrpc::transport::amqp::AmqpServer;
use tinyrpc::transport::tls::TlsClient;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

use crate::support::{broker, dispatcher, serve};

/// Its port, and its certificate in PEM.
async fn proxy(broker: u16) -> (u16, String) {
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new(["127.0.0.1".to_owned()]).unwrap().self_signed(&key).unwrap();
    let secret = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let config = config.with_no_client_auth().with_single_cert(vec![certificate.der().clone()], secret).unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        loop {
            let (tcp, _) = listener.accept().await.unwrap();
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                // A client that does not trust it hangs up.
                let Ok(mut client) = acceptor.accept(tcp).await else { return };
                let mut behind = TcpStream::connect(("127.0.0.1", broker)).await.unwrap();
                let _ = copy_bidirectional(&mut client, &mut behind).await;
            });
        }
    });
    (port, certificate.pem())
}

#[tokio::test]
async fn both_ends_over_tls() {
    let Some(broker) = broker() else { return };
    let (port, certificate) = proxy(broker.port()).await;
    let file = std::env::temp_dir().join(format!("tinyrpc-amqps-{}.pem", std::process::id()));
    std::fs::write(&file, &certificate).unwrap();
    let url = format!("amqps://127.0.0.1:{port}/?queue=secure");
    let trusting = format!("{url}&cacert={}", file.display());
    let server = AmqpServer::bind(&trusting).await;
    let client = Connector::new().connect(&trusting).await;
    let server = server.unwrap();
    assert!(tinyrpc::transport::ServerTransport::endpoint(&server).starts_with("amqps://127.0.0.1:"));
    let serving = serve(server, dispatcher());
    assert_eq!(client.unwrap().call::<i64>("add", (1, 2)).await.unwrap(), 3);

    let tls = TlsClient::new().without_system_roots().with_ca_pem(&certificate).unwrap();
    let client = Connector::new().with_tls(tls).connect(&url).await.unwrap();
    let long = "x".repeat(1 << 20);
    assert_eq!(client.call::<String>("echo", (&long,)).await.unwrap(), long);
    let calls = (0..64).map(|n| client.call::<i64>("add", (n, 1)));
    for (n, sum) in futures_util::future::join_all(calls).await.into_iter().enumerate() {
        assert_eq!(sum.unwrap(), n as i64 + 1);
    }

    // What a URL trusts is trusted whatever else is.
    let narrow = || TlsClient::new().without_system_roots();
    let another = CertificateParams::new(["x".to_owned()]).unwrap().self_signed(&KeyPair::generate().unwrap()).unwrap();
    for (url, tls, trusts) in [
        (&trusting, narrow(), true),
        (&trusting, narrow().with_ca_pem(another.pem()).unwrap(), true),
        (&url, narrow().with_ca_pem(another.pem()).unwrap(), false),
    ] {
        let client = Connector::new().with_tls(tls).connect(url).await.unwrap();
        let sum = client.call::<i64>("add", (1, 2)).await;
        assert_eq!(sum.is_ok(), trusts, "{sum:?}");
    }
    std::fs::remove_file(&file).unwrap();

    let stranger = Connector::new().connect(&url).await.unwrap();
    let error = format!("{:?}", stranger.call::<i64>("add", (1, 2)).await.unwrap_err());
    assert!(error.contains("trust"), "{error}");
    serving.stop().await;
}
