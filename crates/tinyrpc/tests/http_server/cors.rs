//! Which web pages may call.

use tinyrpc::transport::http::{Cors, HttpSettings};

use crate::support::{ADD, Raw, Response, Server, THREE, request};

const PREFLIGHT: &str = "OPTIONS / HTTP/1.1\r\nHost: x\r\nOrigin: https://a.example\r\n\
    Access-Control-Request-Method: POST\r\nAccess-Control-Request-Headers: content-type\r\n\r\n";

async fn from(client: &mut Raw, origin: &str, content_type: &str) -> Response {
    let head = format!("POST / HTTP/1.1\r\nHost: x\r\nOrigin: {origin}\r\nContent-Type: {content_type}");
    client.ask(request(&head, ADD)).await
}

#[tokio::test]
async fn nothing_is_granted_by_default() {
    let server = Server::start().await;
    let mut client = server.connect().await;
    let preflight = client.ask(PREFLIGHT).await;
    assert_eq!(preflight.status, 204);
    assert!(!preflight.head.contains("access-control"), "{}", preflight.head);
    let response = from(&mut client, "https://a.example", "application/json").await;
    assert!(response.body == THREE && !response.head.contains("access-control"), "{}", response.head);
}

#[tokio::test]
async fn a_page_cannot_call_by_leaving_the_content_type_out() {
    let server = Server::start().await;
    let mut client = server.connect().await;
    for (headers, status) in
        [("", 200), ("\r\nOrigin: http://x", 200), ("\r\nOrigin: https://a.example", 415), ("\r\nOrigin: null", 415)]
    {
        let response = client.ask(request(&format!("POST / HTTP/1.1\r\nHost: x{headers}"), ADD)).await;
        assert_eq!(response.status, status, "{headers}");
    }
    // Nor by naming none in it.
    for nothing in [";", " ; charset=utf-8", ";application/json"] {
        let head = |origin: &str| format!("POST / HTTP/1.1\r\nHost: x{origin}\r\nContent-Type: {nothing}");
        let response = client.ask(request(&head("\r\nOrigin: https://a.example"), ADD)).await;
        assert_eq!(response.status, 415, "{nothing}");
        assert_eq!(client.ask(request(&head(""), ADD)).await.body, THREE);
    }
    let server = Server::set(HttpSettings::new().with_cors(Cors::origins(["https://a.example"]))).await;
    let head = "POST / HTTP/1.1\r\nHost: x\r\nOrigin: https://a.example";
    assert_eq!(server.connect().await.ask(request(head, ADD)).await.body, THREE);
}

#[tokio::test]
async fn every_page_may_call_when_told_so() {
    let server = Server::set(HttpSettings::new().with_cors(Cors::any())).await;
    let mut client = server.connect().await;
    let preflight = client.ask(PREFLIGHT).await;
    assert_eq!(preflight.header("access-control-max-age"), Some("3600"));
    let reply = from(&mut client, "https://a.example", "application/json").await;
    assert_eq!(reply.body, THREE);
    let refused = from(&mut client, "https://a.example", "text/plain").await;
    assert_eq!(refused.status, 415);
    for response in [preflight, reply, refused] {
        assert_eq!(response.header("access-control-allow-methods"), Some("POST"));
        assert_eq!(response.header("access-control-allow-origin"), Some("*"));
        let headers = response.header("access-control-allow-headers").unwrap();
        let granted: Vec<_> = headers.split(", ").collect();
        // What Python's tinyrpc grants, and what is read here besides.
        for wanted in ["Content-Type", "X-Requested-With", "Accept", "Origin"] {
            assert!(granted.contains(&wanted), "{headers}");
        }
        for read in ["Rpc-Timeout-Ms", "traceparent", "tracestate"] {
            assert!(granted.contains(&read), "{headers}");
        }
        assert_eq!(granted.len(), 7);
    }
}

#[tokio::test]
async fn pages_of_some_origins_may_call() {
    let cors = Cors::origins(["https://a.example", "http://localhost:8080"]);
    let server = Server::set(HttpSettings::new().with_cors(cors)).await;
    let mut client = server.connect().await;
    assert_eq!(client.ask(PREFLIGHT).await.header("access-control-allow-origin"), Some("https://a.example"));
    for (origin, granted) in [
        ("https://a.example", true),
        ("http://localhost:8080", true),
        ("https://a.example.evil", false),
        ("http://a.example", false),
        ("null", false),
    ] {
        let response = from(&mut client, origin, "application/json").await;
        assert_eq!(response.header("access-control-allow-origin"), granted.then_some(origin));
        assert_eq!(response.header("vary"), Some("Origin"));
    }
}
