//! What becomes of handlers that fail, and of values that cannot be written.

use std::collections::BTreeMap;

use super::{answer, ask, error, methods, result};
use serde::{Serialize, Serializer};
use tinyrpc::{JsonRpc, RpcError, Service};

/// Writes a part of itself and then fails.
#[derive(Clone)]
struct Broken;

impl Serialize for Broken {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::{Error, SerializeSeq};
        let mut seq = serializer.serialize_seq(None)?;
        seq.serialize_element("half of")?;
        Err(S::Error::custom("no more"))
    }
}

/// Writes a part of itself and then panics.
struct Panics;

impl Serialize for Panics {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeSeq;
        let mut seq = serializer.serialize_seq(None)?;
        seq.serialize_element("half of")?;
        panic!("while encoding")
    }
}

fn failing() -> Service {
    let mut methods = methods();
    methods.register("broken", || Broken).unwrap();
    methods.register("broken late", || async { Broken }).unwrap();
    methods.register("broken blocking", tinyrpc::blocking(|_: Vec<i64>| Broken)).unwrap();
    methods.register("panics", || Panics).unwrap();
    methods.register("panics late", || async { Panics }).unwrap();
    methods.register("panics blocking", tinyrpc::blocking(|_: Vec<i64>| Panics)).unwrap();
    methods.register("keys", || BTreeMap::from([((1, 2), 3)])).unwrap();
    methods.register("data", || Err::<(), _>(RpcError::new(5, "said").with_data(Broken))).unwrap();
    methods.register("data panics", || Err::<(), _>(RpcError::new(5, "said").with_data(Panics))).unwrap();
    methods
        .register("data panics late", || async { Err::<(), _>(RpcError::new(5, "said").with_data(Panics)) })
        .unwrap();
    Service::new(JsonRpc::new(), methods)
}

fn call(method: &str, id: i64) -> String {
    format!(r#"{{"jsonrpc":"2.0","method":"{method}","id":{id}}}"#)
}

/// A7: one reply, and nothing of the broken one in it, in a batch neither.
#[tokio::test]
async fn a_result_that_cannot_be_written_is_an_internal_error() {
    let service = failing();
    let methods = ["broken", "broken late", "broken blocking", "panics", "panics late", "panics blocking", "keys"];
    for method in methods {
        let internal = error("2", -32603, "Internal error");
        assert_eq!(ask(&service, call(method, 2)).await.unwrap(), internal, "{method}");
        let batch = format!("[{},{},{}]", call("get_data", 1), call(method, 2), call("get_data", 3));
        let good = r#"["hello",5]"#;
        let expected = format!("[{},{internal},{}]", result("1", good), result("3", good));
        assert_eq!(ask(&service, batch).await.unwrap(), expected, "{method}");
        let alone = format!("[{}]", call(method, 2));
        assert_eq!(ask(&service, alone).await.unwrap(), format!("[{internal}]"), "{method}");
    }
}

/// A7: the code and the message are what callers act on, so they are kept.
#[tokio::test]
async fn error_data_that_cannot_be_written_is_left_out() {
    let service = failing();
    for method in ["data", "data panics", "data panics late"] {
        let reply = ask(&service, call(method, 2)).await.unwrap();
        let expected = if method == "data" { error("2", 5, "said") } else { error("2", -32603, "Internal error") };
        assert_eq!(reply, expected, "{method}");
        let batch = ask(&service, format!("[{},{}]", call(method, 2), call("get_data", 3))).await.unwrap();
        assert_eq!(batch, format!("[{expected},{}]", result("3", r#"["hello",5]"#)), "{method}");
    }
}

/// A15, A16, A17: any code, and data whenever it was given, however empty it is.
#[tokio::test]
async fn errors_say_what_the_handler_said() {
    for code in ["99", "0", "-1", "-32000", "9223372036854775807", "-9223372036854775808"] {
        let reply = answer(format!(r#"{{"jsonrpc":"2.0","method":"fail","params":[{code},"m\"é\n"],"id":1}}"#)).await;
        assert_eq!(reply, error("1", code.parse().unwrap(), r#"m\"é\n"#));
    }
    let mut methods = methods();
    methods.register("text", || Err::<(), _>(RpcError::application("plain"))).unwrap();
    methods.register("none", || Err::<(), _>(RpcError::application("").with_data(()))).unwrap();
    methods.register("zero", || Err::<(), _>(RpcError::application("").with_data(0))).unwrap();
    methods.register("empty", || Err::<(), _>(RpcError::application("").with_data(""))).unwrap();
    methods.register("false", || Err::<(), _>(RpcError::application("").with_data(false))).unwrap();
    methods.register("list", || Err::<(), _>(RpcError::application("").with_data([0; 0]))).unwrap();
    let service = Service::new(JsonRpc::new(), methods);
    assert_eq!(ask(&service, call("text", 1)).await.unwrap(), error("1", -32000, "plain"));
    for (method, data) in [("none", "null"), ("zero", "0"), ("empty", "\"\""), ("false", "false"), ("list", "[]")] {
        let reply = ask(&service, call(method, 1)).await.unwrap();
        let expected = r#"{"jsonrpc":"2.0","id":1,"error":{"code":-32000,"message":"","data":"#;
        assert_eq!(reply, format!("{expected}{data}}}}}"));
    }
}

/// What broke inside is for the log, not for the other side.
#[tokio::test]
async fn internal_errors_say_nothing_outside() {
    let mut methods = methods();
    methods.register("inside", || Err::<(), _>(RpcError::internal("the password is secret"))).unwrap();
    methods
        .register("caused", || Err::<(), _>(RpcError::application("outer").with_source("the password is secret")))
        .unwrap();
    let service = Service::new(JsonRpc::new(), methods);
    assert_eq!(ask(&service, call("inside", 1)).await.unwrap(), error("1", -32603, "Internal error"));
    assert_eq!(ask(&service, call("caused", 1)).await.unwrap(), error("1", -32000, "outer"));
}
