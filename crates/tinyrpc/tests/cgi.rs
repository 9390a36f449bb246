//! CGI: what is read of a request, and what is answered, byte by byte.

use std::io::{self, Read};
use std::time::Duration;

use tinyrpc::transport::cgi::{CgiRequest, CgiResponse, CgiSettings, Cors, NothingOwed, respond};
use tinyrpc::{Context, Dispatcher, JsonRpc, Limits, MessagePackRpc, RpcError, Service};

const ADD: &[u8] = br#"{"jsonrpc":"2.0","method":"add","params":[1,2],"id":7}"#;
const THREE: &str = r#"{"jsonrpc":"2.0","id":7,"result":3}"#;

fn service() -> Service {
    let mut dispatcher = Dispatcher::new();
    dispatcher.register("add", |(a, b): (i64, i64)| a + b).unwrap();
    dispatcher.register("echo", |(value,): (String,)| value).unwrap();
    dispatcher
        .register("slow", || async {
            tokio::time::sleep(Duration::from_millis(1)).await;
            "done"
        })
        .unwrap();
    dispatcher
        .register("who", |cx: Context, (header,): (String,)| {
            let request = cx.extension::<CgiRequest>().ok_or_else(|| RpcError::application("no request"))?;
            let header = request.header(&header).map(str::to_owned);
            Ok::<_, RpcError>((cx.origin().to_string(), header, request.variable("QUERY_STRING").map(str::to_owned)))
        })
        .unwrap();
    Service::new(JsonRpc::new(), dispatcher)
        .with_protocol(MessagePackRpc::new())
        .with_limits(Limits::default().with_message(1000))
}

/// A POST of this length; more variables replace these.
fn request(length: usize, more: &[(&str, &str)]) -> CgiRequest {
    let length = length.to_string();
    let usual = [("REQUEST_METHOD", "POST"), ("CONTENT_TYPE", "application/json"), ("CONTENT_LENGTH", &length)];
    usual.into_iter().chain(more.iter().copied()).collect()
}

async fn post_with(settings: &CgiSettings, more: &[(&str, &str)], body: &[u8]) -> CgiResponse {
    respond(&service(), settings, request(body.len(), more), body).await
}

async fn post(more: &[(&str, &str)], body: &[u8]) -> CgiResponse {
    post_with(&CgiSettings::new(), more, body).await
}

fn printed(response: &CgiResponse) -> String {
    let mut out = Vec::new();
    response.write_to(&mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[track_caller]
fn replied(response: &CgiResponse, reply: &str) {
    assert_eq!((response.status(), &*String::from_utf8_lossy(response.body())), (200, reply));
}

/// Input that a host forgot to close: reading beyond the message never ends.
struct Open<'b>(&'b [u8]);

impl Read for Open<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        assert!(!self.0.is_empty(), "it reads beyond the length");
        self.0.read(buffer)
    }
}

/// Input that must not be touched.
struct Untouched;

impl Read for Untouched {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        panic!("it reads a body that it does not want")
    }
}

#[tokio::test]
async fn a_call_is_answered_byte_by_byte() {
    let expected =
        format!("Status: 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{THREE}", THREE.len());
    assert_eq!(printed(&post(&[], ADD).await), expected);
}

#[tokio::test]
async fn the_content_type_tells_the_protocol() {
    let packed = b"\x94\x00\x01\xa3add\x92\x01\x02";
    let response = post(&[("CONTENT_TYPE", "application/msgpack")], packed).await;
    assert_eq!((response.status(), response.body()), (200, &b"\x94\x01\x01\xc0\x03"[..]));
    assert_eq!(response.header("content-type"), Some("application/msgpack"));

    for content_type in ["", "application/json-rpc", "Application/JSON; charset=utf-8"] {
        replied(&post(&[("CONTENT_TYPE", content_type)], ADD).await, THREE);
    }
    let text = &[("CONTENT_TYPE", "text/plain")];
    let response = respond(&service(), &CgiSettings::new(), request(ADD.len(), text), Untouched).await;
    assert_eq!(response.status(), 415);
    assert_eq!(response.header("Accept-Post"), Some("application/json, application/msgpack"));
    replied(&post_with(&CgiSettings::new().with_any_content_type(true), text, ADD).await, THREE);
    let response = post(&[("HTTP_CONTENT_ENCODING", "gzip")], ADD).await;
    assert_eq!((response.status(), response.header("Accept-Encoding")), (415, Some("identity")));
}

#[tokio::test]
async fn only_post_is_served() {
    for method in ["GET", "HEAD", "PUT", "post"] {
        let request = request(ADD.len(), &[("REQUEST_METHOD", method)]);
        let response = respond(&service(), &CgiSettings::new(), request, Untouched).await;
        assert_eq!((response.status(), response.header("Allow")), (405, Some("POST, OPTIONS")), "{method}");
        assert!(printed(&response).starts_with("Status: 405 Method Not Allowed\r\n"));
    }
}

#[tokio::test]
async fn the_length_counts_bytes_and_nothing_beyond_is_read() {
    let message = r#"{"jsonrpc":"2.0","method":"echo","params":["grüße 世界"],"id":1}"#.as_bytes();
    let response = respond(&service(), &CgiSettings::new(), request(message.len(), &[]), Open(message)).await;
    replied(&response, r#"{"jsonrpc":"2.0","id":1,"result":"grüße 世界"}"#);
    let longer = [ADD, b"more"].concat();
    let response = respond(&service(), &CgiSettings::new(), request(ADD.len(), &[]), &longer[..]).await;
    replied(&response, THREE);
}

#[tokio::test]
async fn without_a_length_all_is_read() {
    let none = &[("CONTENT_LENGTH", "")];
    replied(&post(none, ADD).await, THREE);
    let unset: CgiRequest = [("REQUEST_METHOD", "POST")].into_iter().collect();
    replied(&respond(&service(), &CgiSettings::new(), unset, ADD).await, THREE);
    assert_eq!(post(none, b"").await.status(), 411);
    // No more than the limit, of however much there is.
    let endless = respond(&service(), &CgiSettings::new(), request(0, none), io::repeat(b' ')).await;
    assert_eq!(endless.status(), 413);
    assert_eq!(post(none, &[b' '; 1000]).await.status(), 200);
    assert_eq!(post(none, &[b' '; 1001]).await.status(), 413);
}

#[tokio::test]
async fn a_length_that_makes_no_sense_is_refused() {
    for length in ["-1", "abc", "5 5", "+5"] {
        assert_eq!(post(&[("CONTENT_LENGTH", length)], ADD).await.status(), 400, "{length}");
    }
    assert_eq!(post(&[("CONTENT_LENGTH", "500")], ADD).await.status(), 400, "it broke off");
    let empty = post(&[], b"").await;
    assert!(empty.status() == 200 && empty.body().starts_with(br#"{"jsonrpc":"2.0","id":null,"error":{"code":-32700"#));
}

#[tokio::test]
async fn a_message_over_the_limit_is_refused_unread_in_its_own_protocol() {
    for length in ["1001", "99999999999999999999999999"] {
        for content_type in ["application/json", "application/msgpack"] {
            let more = &[("CONTENT_LENGTH", length), ("CONTENT_TYPE", content_type)];
            let response = respond(&service(), &CgiSettings::new(), request(0, more), Untouched).await;
            assert_eq!((response.status(), response.header("Content-Type")), (413, Some(content_type)));
            let reply = String::from_utf8_lossy(response.body()).into_owned();
            assert!(reply.contains("1000 bytes at most"), "{reply}");
        }
    }
}

#[tokio::test]
async fn nothing_owed_is_an_empty_answer() {
    let note = br#"{"jsonrpc":"2.0","method":"slow"}"#;
    assert_eq!(printed(&post(&[], note).await), "Status: 200 OK\r\nContent-Length: 0\r\n\r\n");
    for (answer, expected) in [
        (NothingOwed::NoContent, "Status: 204 No Content\r\n\r\n"),
        (NothingOwed::Accepted, "Status: 202 Accepted\r\nContent-Length: 0\r\n\r\n"),
    ] {
        let settings = CgiSettings::new().with_nothing_owed(answer);
        assert_eq!(printed(&post_with(&settings, &[], note).await), expected);
        replied(&post_with(&settings, &[], ADD).await, THREE);
    }
}

#[tokio::test]
async fn handlers_that_wait_are_waited_for() {
    let slow = br#"[{"jsonrpc":"2.0","method":"slow","id":1},{"jsonrpc":"2.0","method":"slow"}]"#;
    replied(&post(&[], slow).await, r#"[{"jsonrpc":"2.0","id":1,"result":"done"}]"#);
}

#[tokio::test]
async fn percent_encoded_messages_are_decoded_and_others_are_not() {
    let encoded: String = ADD.iter().map(|byte| format!("%{byte:02X}")).collect();
    replied(&post(&[], encoded.as_bytes()).await, THREE);
    let partly = "%7b\"jsonrpc\":\"2.0\",\"method\":\"echo\",\"params\":[\"a%41+%zz%4\"],\"id\":1%7d";
    replied(&post(&[], partly.as_bytes()).await, r#"{"jsonrpc":"2.0","id":1,"result":"aA+%zz%4"}"#);
    let plain = br#"{"jsonrpc":"2.0","method":"echo","params":["a%41"],"id":1}"#;
    replied(&post(&[], plain).await, r#"{"jsonrpc":"2.0","id":1,"result":"a%41"}"#);
    let off = CgiSettings::new().with_percent_decoding(false);
    let refused = post_with(&off, &[], encoded.as_bytes()).await;
    assert!(String::from_utf8_lossy(refused.body()).contains("-32700"));
}

#[tokio::test]
async fn handlers_learn_who_called() {
    let call = br#"{"jsonrpc":"2.0","method":"who","params":["x-token"],"id":1}"#;
    let more = &[("REMOTE_ADDR", "192.0.2.7"), ("HTTP_X_TOKEN", "secret"), ("QUERY_STRING", "a=b")];
    replied(&post(more, call).await, r#"{"jsonrpc":"2.0","id":1,"result":["cgi 192.0.2.7","secret","a=b"]}"#);
    replied(&post(&[], call).await, r#"{"jsonrpc":"2.0","id":1,"result":["cgi",null,null]}"#);
    assert!(!format!("{:?}", request(0, more)).contains("secret"));
}

#[tokio::test]
async fn a_web_page_cannot_call_by_leaving_the_content_type_out() {
    let none = [("CONTENT_TYPE", ""), ("HTTP_HOST", "x")];
    replied(&post(&none, ADD).await, THREE);
    replied(&post(&[none[0], none[1], ("HTTP_ORIGIN", "http://x")], ADD).await, THREE);
    assert_eq!(post(&[none[0], none[1], ("HTTP_ORIGIN", "https://a.example")], ADD).await.status(), 415);
}

#[tokio::test]
async fn web_pages_call_if_they_may() {
    let page = &[("HTTP_ORIGIN", "https://example.org")];
    let preflight = &[("HTTP_ORIGIN", "https://example.org"), ("REQUEST_METHOD", "OPTIONS")];
    let silent = post(preflight, b"").await;
    assert_eq!(printed(&silent), "Status: 204 No Content\r\nAllow: POST, OPTIONS\r\n\r\n");
    assert_eq!(post(page, ADD).await.header("Access-Control-Allow-Origin"), None);

    let any = CgiSettings::new().with_cors(Cors::any());
    assert_eq!(post_with(&any, page, ADD).await.header("Access-Control-Allow-Origin"), Some("*"));
    let asked = post_with(&any, preflight, b"").await;
    assert_eq!(asked.header("Access-Control-Allow-Methods"), Some("POST"));
    assert_eq!(asked.header("Access-Control-Max-Age"), Some("3600"));

    let one = CgiSettings::new().with_cors(Cors::origins(["https://example.org"]));
    let granted = post_with(&one, page, ADD).await;
    assert_eq!(granted.header("Access-Control-Allow-Origin"), Some("https://example.org"));
    assert_eq!((granted.header("Vary"), granted.header("Access-Control-Max-Age")), (Some("Origin"), None));
    let denied = post_with(&one, &[("HTTP_ORIGIN", "https://example.com")], ADD).await;
    assert_eq!((denied.header("Access-Control-Allow-Origin"), denied.header("Vary")), (None, Some("Origin")));
}
