//! Replies to a single call, good and bad.

use serde_json::json;
use tinyrpc::client::CallErrorKind;
use tinyrpc::transport::{TransportError, TransportErrorKind};
use tinyrpc::{Client, JsonRpc, Limits, RpcError, TypedError};

use super::{Say, Script, call, failure};

#[tokio::test]
async fn results_in_every_spelling() {
    for reply in [
        r#"{"jsonrpc":"2.0","id":1,"result":3}"#,
        r#"{"jsonrpc": "2.0", "result": 3, "id": 1}"#,
        "{\n  \"id\": 1,\n  \"result\": 3,\n  \"jsonrpc\": \"2.0\"\n}\n",
        r#"{"jsonrpc":"2.0","id":1,"result":3,"extra":[1,{"a":2}]}"#,
        r#"{"\u0069d":1,"r\u0065sult":3}"#,
        // As 1.0 does, and half of the servers on earth.
        r#"{"id":1,"result":3,"error":null}"#,
        r#"{"error":null,"id":1,"result":3}"#,
    ] {
        assert_eq!(call(reply).await.unwrap(), json!(3), "{reply}");
    }
    for reply in [
        r#"{"jsonrpc":"2.0","id":1,"result":null}"#,
        r#"{"jsonrpc":"2.0","id":1,"error":null}"#,
        r#"{"id":1,"result":null,"error":null}"#,
    ] {
        assert_eq!(call(reply).await.unwrap(), json!(null), "{reply}");
    }
}

#[tokio::test]
async fn an_unknown_id_is_named() {
    for (id, shown) in [
        ("2", "2"),
        ("0", "0"),
        ("\"1\"", "\"1\""),
        ("1.0", "1.0"),
        ("-1", "-1"),
        ("\"a\\nb\"", r#""a\nb""#),
        ("18446744073709551616", "18446744073709551616"),
    ] {
        let error = failure(format!(r#"{{"jsonrpc":"2.0","id":{id},"result":3}}"#)).await;
        assert_eq!(error.kind(), CallErrorKind::UnexpectedId, "{id}");
        assert_eq!(error.to_string(), format!("the reply has id {shown}, but the call had id 1"));
        assert!(error.rpc_error().is_none());
    }
    let error = failure(r#"{"jsonrpc":"2.0","id":7,"error":{"code":-32601,"message":"Method not found"}}"#).await;
    assert_eq!(error.kind(), CallErrorKind::UnexpectedId);
    assert_eq!(error.rpc_error().unwrap().code(), -32601);
    assert!(error.to_string().contains("Method not found (code -32601)"), "{error}");
}

/// A server that could not read the call cannot say which one it was.
#[tokio::test]
async fn an_error_without_an_id_gives_its_code_and_message() {
    for id in [r#","id":null"#, "", r#","id":[1]"#] {
        for (code, message, kind) in [
            (-32700, "Parse error", CallErrorKind::InvalidRequest),
            (-32600, "Invalid Request", CallErrorKind::InvalidRequest),
            (-32601, "Method not found", CallErrorKind::MethodNotFound),
            (-32602, "Invalid params", CallErrorKind::InvalidParams),
            (-32603, "Internal error", CallErrorKind::Remote),
            (17, "own", CallErrorKind::Remote),
        ] {
            let reply = format!(r#"{{"jsonrpc":"2.0","error":{{"code":{code},"message":"{message}"}}{id}}}"#);
            let error = failure(reply).await;
            assert_eq!(error.kind(), kind);
            assert!(error.is_remote());
            let remote = error.rpc_error().unwrap();
            assert_eq!((remote.code(), remote.message()), (code, message));
        }
    }
}

#[tokio::test]
async fn what_is_no_reply_is_said_to_be_none() {
    let long = "x".repeat(10_000);
    for reply in [
        "",
        " ",
        "{",
        "null",
        "0",
        "\"ok\"",
        "[]",
        "{}",
        r#"{"id":1}"#,
        r#"{"jsonrpc":"2.0","id":1}"#,
        r#"{"jsonrpc":"2.0","result":3}"#,
        r#"{"jsonrpc":"2.0","result":3,"id":null}"#,
        r#"{"event":"started"}"#,
        r#"[{"jsonrpc":"2.0","id":1,"result":3}]"#,
        r#"{"jsonrpc":"2.0","id":1,"method":"add","params":[1,2]}"#,
        r#"{"jsonrpc":"2.0","method":"add"}"#,
        "<html><body>502 Bad Gateway</body></html>",
        "Parse error",
        "\u{feff}{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":3}",
        r#"{"jsonrpc":"2.0","id":1,"result":3}{"jsonrpc":"2.0","id":1,"result":3}"#,
        r#"{"jsonrpc":"2.0","id":1,"result":NaN}"#,
        &long,
    ] {
        let error = failure(reply).await;
        assert_eq!(error.kind(), CallErrorKind::InvalidReply, "{reply}: {error}");
        assert!(error.rpc_error().is_none() && !error.is_unsent());
        assert!(error.to_string().len() < 300, "{error}");
    }
    for reply in [&b"\xff\xfe"[..], b"{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":\"\xff\"}", &[0; 100], &[0xd0; 100]] {
        assert_eq!(failure(reply).await.kind(), CallErrorKind::InvalidReply, "{reply:x?}");
    }
    for reply in ["[".repeat(100_000), format!(r#"{{"id":1,"result":{}"#, "[".repeat(100_000))] {
        assert_eq!(failure(reply).await.kind(), CallErrorKind::InvalidReply);
    }
}

#[tokio::test]
async fn nothing_at_all_is_an_invalid_reply() {
    let client = Client::new(Script::new(|_, _| Say::Nothing), JsonRpc::new());
    let error = client.call::<()>("x", ()).await.unwrap_err();
    assert_eq!(error.to_string(), "invalid reply: the other side sent an empty reply to a call");
}

#[tokio::test]
async fn a_call_in_place_of_a_reply_is_named() {
    let error = failure(r#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#).await;
    assert!(error.to_string().contains("a call of `ping`"), "{error}");
    let error = failure("<html>").await;
    assert!(error.to_string().contains("<html>"), "{error}");
}

/// Errors in the forms that servers have invented.
#[tokio::test]
async fn foreign_errors_are_kept_whole() {
    for (sent, code, message) in [
        (r#""it broke""#, 0, "it broke"),
        ("17", 0, "17"),
        ("true", 0, "true"),
        (r#"["a","b"]"#, 0, r#"["a","b"]"#),
        ("{}", 0, "{}"),
        (r#"{"code":-5}"#, -5, r#"{"code":-5}"#),
        (r#"{"message":"m"}"#, 0, "m"),
        (r#"{"code":"-5","message":"m"}"#, 0, "m"),
        (r#"{"code":1.5,"message":"m"}"#, 0, "m"),
        (r#"{"code":99999999999999999999,"message":"m"}"#, 0, "m"),
        (r#"{"code":1,"message":null}"#, 1, r#"{"code":1,"message":null}"#),
        (r#"{"name":"JSONRPCError","message":"m","\ud800":1}"#, 0, "m"),
        (r#""\ud800""#, 0, r#""\ud800""#),
    ] {
        let error = failure(format!(r#"{{"id":1,"result":null,"error":{sent}}}"#)).await;
        let remote = error.rpc_error().expect("the other side's error");
        assert_eq!((remote.code(), remote.message()), (code, message), "{sent}");
        assert_eq!(remote.raw().expect("kept whole").raw()[..], *sent.as_bytes());
    }
    let usual = failure(r#"{"id":1,"error":{"code":5,"message":"m","code":6,"data":{"a":[1]},"x":0}}"#).await;
    let usual = usual.rpc_error().unwrap();
    assert_eq!((usual.code(), usual.message(), usual.raw().is_none()), (6, "m", true));
    assert_eq!(usual.data::<serde_json::Value>().unwrap().unwrap(), json!({"a": [1]}));
    assert!(usual.data::<i64>().unwrap().is_err());
    // An error beside a result is an error.
    let both = failure(r#"{"id":1,"result":3,"error":"no"}"#).await;
    assert_eq!(both.rpc_error().unwrap().message(), "no");
}

#[tokio::test]
async fn a_result_of_another_type_is_said_so() {
    let client = Client::new(Script::always(r#"{"jsonrpc":"2.0","id":1,"result":"3"}"#), JsonRpc::new());
    let error = client.call::<i64>("add", (1, 2)).await.unwrap_err();
    assert_eq!(error.kind(), CallErrorKind::WrongType);
    assert!(error.to_string().contains("expected i64"), "{error}");
}

/// A reply under an HTTP error status is a reply all the same.
#[tokio::test]
async fn the_body_of_a_transport_error_is_read_first() {
    let refused = |body: &'static str| {
        Script::new(move |_, _| {
            let error = TransportError::new(TransportErrorKind::Refused, "status 500");
            Say::Fail(error.with_body(body.as_bytes().into()))
        })
    };
    let client = Client::new(refused(r#"{"id":1,"error":{"code":-32601,"message":"no"}}"#), JsonRpc::new());
    assert!(client.call::<()>("x", ()).await.unwrap_err().is_method_not_found());
    client.notify("x", ()).await.expect("that counts as sent");
    for body in ["", "Internal Server Error", "{}", "null", r#"{"error":"#] {
        let client = Client::new(refused(body), JsonRpc::new());
        let error = client.call::<()>("x", ()).await.unwrap_err();
        assert_eq!(error.kind(), CallErrorKind::Transport, "{body}");
        assert_eq!(error.transport_error().unwrap().body().unwrap(), body);
    }
}

/// Whatever comes back for a notification, it has been sent.
#[tokio::test]
async fn notifications_do_not_mind_replies() {
    for reply in ["", "null", "{", r#"{"id":0,"result":1}"#, r#"{"result":1}"#, r#"{"error":{"code":1,"message":""}}"#]
    {
        let script = Script::always(reply);
        Client::new(script.clone(), JsonRpc::new()).notify("n", (1,)).await.unwrap();
        assert_eq!(script.sent(), [r#"{"jsonrpc":"2.0","method":"n","params":[1]}"#]);
    }
    let lost = Script::new(|_, _| Say::Fail(TransportError::new(TransportErrorKind::Lost, "gone")));
    let error = Client::new(lost, JsonRpc::new()).notify("n", ()).await.unwrap_err();
    assert_eq!(error.kind(), CallErrorKind::Transport);
}

#[tokio::test]
async fn replies_are_bounded() {
    let reply = format!(r#"{{"id":1,"result":"{}"}}"#, "x".repeat(1000));
    let client = Client::new(Script::always(&reply), JsonRpc::new());
    assert_eq!(client.call::<String>("x", ()).await.unwrap().len(), 1000);
    let bounded = Client::new(Script::always(reply), JsonRpc::new()).with_limits(Limits::default().with_message(1000));
    assert_eq!(bounded.call::<String>("x", ()).await.unwrap_err().kind(), CallErrorKind::InvalidReply);
}

#[derive(Debug, PartialEq)]
enum Bank {
    Short { needed: u64 },
    Closed,
}

impl TypedError for Bank {
    fn to_rpc_error(&self) -> RpcError {
        match self {
            Self::Short { needed } => RpcError::new(99, "not enough").with_data(*needed),
            Self::Closed => RpcError::new(98, "closed"),
        }
    }
    fn from_rpc_error(error: &RpcError) -> Option<Self> {
        match error.code() {
            99 => Some(Self::Short { needed: error.data()?.ok()? }),
            98 => Some(Self::Closed),
            _ => None,
        }
    }
}

#[tokio::test]
async fn typed_errors_come_back_as_themselves() {
    let short = failure(r#"{"id":1,"error":{"code":99,"message":"not enough","data":7}}"#).await;
    assert_eq!(short.typed::<Bank>(), Some(Bank::Short { needed: 7 }));
    let closed = failure(r#"{"id":1,"error":{"code":98,"message":""}}"#).await;
    assert_eq!(closed.typed::<Bank>(), Some(Bank::Closed));
    for other in [r#"{"code":99,"message":""}"#, r#"{"code":99,"message":"","data":"7"}"#, r#"{"code":1,"message":""}"#]
    {
        assert_eq!(failure(format!(r#"{{"id":1,"error":{other}}}"#)).await.typed::<Bank>(), None);
    }
    assert_eq!(failure("").await.typed::<Bank>(), None);
}
