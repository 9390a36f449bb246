//! Calls that go well.

use tinyrpc::transport::http::HttpClient;
use tinyrpc::transport::tls::TlsClient;
use tinyrpc::{Client, JsonRpc, Server};

use crate::support::{Authority, add, connect, serve, service, soon};

#[tokio::test]
async fn both_transports_with_both_protocols() {
    let authority = Authority::new();
    for url in serve(authority.here().server()).await {
        assert!(url.starts_with("https://") || url.starts_with("wss://"), "{url}");
        assert_eq!(add(&url, authority.trusted()).await, Ok(3), "{url}");
    }
    // A link speaks one protocol only.
    let [https, _] = serve(authority.here().server()).await;
    assert_eq!(add(&format!("{https}?protocol=msgpack"), authority.trusted()).await, Ok(3));
}

#[tokio::test]
async fn long_messages_pass_in_both_directions() {
    let authority = Authority::new();
    for url in serve(authority.here().server()).await {
        let client = connect(&url, authority.trusted()).await.unwrap();
        assert_eq!(soon(client.call::<usize>("length", ("x".repeat(3 << 20),))).await.unwrap(), 3 << 20, "{url}");
        let long: String = soon(client.call("repeat", ("y", 3 << 20))).await.unwrap();
        assert_eq!(long.len(), 3 << 20, "{url}");
        assert_eq!(soon(client.call::<i64>("add", (1, 2))).await.unwrap(), 3, "{url}");
    }
}

#[tokio::test]
async fn http2_is_agreed_upon() {
    let authority = Authority::new();
    let [https, _] = serve(authority.here().server()).await;
    let transport = HttpClient::new(&https).unwrap().with_tls(authority.trusted()).with_http2();
    let client = Client::new(transport, JsonRpc::new());
    for _ in 0..3 {
        assert_eq!(soon(client.call::<i64>("add", (1, 2))).await.unwrap(), 3);
    }
}

#[tokio::test]
async fn urls_name_the_files() {
    let (authority, folder) =
        (Authority::new(), std::env::temp_dir().join(format!("tinyrpc tls {}", std::process::id())));
    std::fs::create_dir_all(&folder).unwrap();
    let identity = authority.here();
    for (name, text) in [("c.pem", &identity.certificate), ("k.pem", &identity.key), ("ca.pem", &authority.pem)] {
        std::fs::write(folder.join(name), text).unwrap();
    }
    let place = folder.to_str().unwrap().replace(' ', "%20");
    let query = format!("?cert={place}/c.pem&key={place}/k.pem&protocol=msgpack");
    let mut server = Server::new(service());
    for scheme in ["https", "wss"] {
        server = server.bind(&format!("{scheme}://127.0.0.1:0/rpc{query}")).await.unwrap();
    }
    let endpoints = server.endpoints();
    let refused = Server::new(service()).bind("https://127.0.0.1:0/").await.unwrap_err();
    let missing = Server::new(service()).bind("wss://127.0.0.1:0/?cert=/nowhere/c&key=/nowhere/k").await.unwrap_err();
    let trusting = TlsClient::new().with_ca_file(folder.join("ca.pem"));
    std::fs::remove_dir_all(&folder).unwrap();
    let trusting = trusting.unwrap();
    assert!(refused.to_string().contains("cert=FILE&key=FILE"), "{refused}");
    assert!(missing.to_string().contains("/nowhere/c"), "{missing}");
    tokio::spawn(server.run());
    for endpoint in endpoints {
        assert!(endpoint.ends_with("/rpc"), "{endpoint}");
        let url = format!("{endpoint}?protocol=msgpack");
        assert_eq!(add(&url, trusting.clone()).await, Ok(3), "{endpoint}");
    }
}
