//! The members of a call: in any order and spelling, doubled, missing, or too many.

use super::{answer, ask, error, invalid_request, methods, result, service};
use tinyrpc::{JsonRpc, Service};

#[tokio::test]
async fn keys_and_names_mean_the_same_with_escapes() {
    for message in [
        r#"{"jsonrpc":"2.0","\u006dethod":"sum","params":[1,2],"id":7}"#,
        r#"{"\u006asonrpc":"\u0032.0","method":"s\u0075m","par\u0061ms":[1,2],"\u0069d":7}"#,
        r#"{"id":7,"params":[1,2],"method":"sum","jsonrpc":"2.0"}"#,
        "\t{\r\n\"jsonrpc\" : \"2.0\" ,\n \"method\" : \"sum\",\"params\" : [ 1 , 2 ] , \"id\" : 7 }\n ",
        r#"{"params":[1,2],"jsonrpc":"2.0","id":7,"method":"sum"}"#,
    ] {
        assert_eq!(answer(message).await, result("7", "3"), "{message}");
    }
}

#[tokio::test]
async fn names_may_hold_anything() {
    let mut methods = methods();
    for name in ["", "rpc.discover"] {
        assert!(methods.register(name, || 1).is_err());
    }
    methods.register("grüße \"\\\n\u{1f600}\u{2028}", || "gegrüßt").unwrap();
    let service = Service::new(JsonRpc::new(), methods);
    for name in [r#""grüße \"\\\n😀\u2028""#, r#""gr\u00fc\u00dfe \u0022\u005c\u000a\ud83d\ude00\u2028""#] {
        let message = format!(r#"{{"jsonrpc":"2.0","method":{name},"id":1}}"#);
        assert_eq!(ask(&service, message).await.unwrap(), result("1", "\"gegrüßt\""));
    }
    assert_eq!(answer(r#"{"jsonrpc":"2.0","method":"","id":1}"#).await, error("1", -32601, "Method not found"));
    // Half of a surrogate pair is no name.
    assert_eq!(answer(r#"{"jsonrpc":"2.0","method":"\ud800","id":1}"#).await, invalid_request("1"));
}

#[tokio::test]
async fn of_members_that_stand_twice_the_last_counts() {
    for message in [
        r#"{"jsonrpc":"1","jsonrpc":"2.0","method":"sum","params":[1,2],"id":7}"#,
        r#"{"jsonrpc":"2.0","method":"foobar","params":[9],"id":1,"method":"sum","params":[1,2],"id":7}"#,
        r#"{"jsonrpc":"2.0","method":1,"method":"sum","params":4,"params":[1,2],"id":[],"id":7}"#,
        r#"{"jsonrpc":"2.0","method":"sum","params":[3],"id":7,"\u0070arams":[1,2]}"#,
    ] {
        assert_eq!(answer(message).await, result("7", "3"), "{message}");
    }
    let message = r#"{"jsonrpc":"2.0","method":"sum","params":[1,2],"id":7,"jsonrpc":"1"}"#;
    assert_eq!(answer(message).await, invalid_request("7"));
    let message = r#"{"jsonrpc":"2.0","method":"sum","params":[1,2],"id":7,"method":1}"#;
    assert_eq!(answer(message).await, invalid_request("7"));
}

/// A9: more members are ignored, and with the setting refused.
#[tokio::test]
async fn foreign_members_are_ignored_unless_strict() {
    let plain = r#"{"jsonrpc":"2.0","method":"sum","params":[1,2],"id":7}"#;
    let strict = Service::new(JsonRpc::new().with_strict(true), methods());
    assert_eq!(ask(&strict, plain).await.unwrap(), result("7", "3"));
    for more in [r#""x":1"#, r#""":{"a":[]}"#, r#""Method":2"#, r#""\ud800":null"#, r#""result":1"#, r#""error":null"#]
    {
        let message = format!(r#"{{"jsonrpc":"2.0",{more},"method":"sum","params":[1,2],"id":7}}"#);
        assert_eq!(answer(&message).await, result("7", "3"), "{more}");
        assert_eq!(ask(&strict, &message).await.unwrap(), invalid_request("7"), "{more}");
    }
    // A3: what is malformed is answered, even if it has no id.
    let notification = r#"{"jsonrpc":"2.0","method":"sum","params":[1],"x":1}"#;
    assert_eq!(ask(&strict, notification).await.unwrap(), invalid_request("null"));
    assert_eq!(ask(&service(), notification).await, None);
}

#[tokio::test]
async fn the_version_must_be_the_string_two() {
    for version in ["2.0", "2", "\"2\"", "\"1.0\"", "null", "\"2.0 \"", "\"\"", "[\"2.0\"]", "\"\\ud800\""] {
        let message = format!(r#"{{"jsonrpc":{version},"method":"sum","id":1}}"#);
        assert_eq!(answer(&message).await, invalid_request("1"), "{version}");
    }
    assert_eq!(answer(r#"{"method":"sum","id":1}"#).await, invalid_request("1"));
}

/// A10 and A3.
#[tokio::test]
async fn params_are_an_array_an_object_or_left_out() {
    let refused = "Invalid params: `params` must be an array or an object";
    for params in ["1", "\"[]\"", "true", "1.5", "\"\\ud800\""] {
        let message = format!(r#"{{"jsonrpc":"2.0","method":"sum","params":{params},"id":1}}"#);
        assert_eq!(answer(&message).await, error("1", -32602, refused), "{params}");
        let notification = format!(r#"{{"jsonrpc":"2.0","method":"sum","params":{params}}}"#);
        assert_eq!(answer(&notification).await, error("null", -32602, refused), "{params}");
    }
    for params in ["", r#""params":null,"#, r#""params":[],"#, r#""params":{},"#, r#""params": [ ] ,"#] {
        let message = format!(r#"{{"jsonrpc":"2.0",{params}"method":"get_data","id":1}}"#);
        assert_eq!(answer(&message).await, result("1", r#"["hello",5]"#), "{params}");
        let message = format!(r#"{{"jsonrpc":"2.0",{params}"method":"sum","id":1}}"#);
        let expected = if params.contains("{}") { "-32602" } else { "\"result\":0" };
        assert!(answer(&message).await.contains(expected), "{params}");
    }
}

/// A2: whatever is wrong with what a notification asks for, nobody hears of it.
#[tokio::test]
async fn a_notification_that_fails_is_not_answered() {
    for rest in [
        r#""method":"foobar""#,
        r#""method":"sum","params":["x"]"#,
        r#""method":"subtract","params":[]"#,
        r#""method":"fail","params":[1,"x"]"#,
        r#""method":"late","params":["x"]"#,
        r#""method":"late","params":[1]"#,
        r#""method":"blocking","params":[1]"#,
    ] {
        let message = format!(r#"{{"jsonrpc":"2.0",{rest}}}"#);
        assert_eq!(ask(&service(), &message).await, None, "{rest}");
        assert_eq!(ask(&service(), format!("[{message},{message}]")).await, None, "{rest}");
    }
}
