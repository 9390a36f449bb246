//! `tinyrpc batch`.

use crate::support::{Demo, Run, server_that_answers, server_that_writes, tinyrpc, tinyrpc_reading};

#[test]
fn replies_come_in_the_order_of_the_calls() {
    let (_demo, url) = Demo::start(&[]);
    let calls = r#"
        ["add", 1, 2]
        {"method": "sleep", "params": {"ms": 20}}
        {"method": "update", "params": [1e400], "notify": true}
        {"method": "subtract", "params": {"minuend": 9, "subtrahend": 4}}
        ["echo", 123456789012345678901234567890]
    "#;
    let run = tinyrpc_reading(calls, &["batch", &url]);
    run.gave("{\"result\":3}\n{\"result\":null}\n{\"result\":5}\n{\"result\":123456789012345678901234567890}");
    tinyrpc(&["call", &url, "received"]).gave(r#"[["update",[1e400]]]"#);
}

#[test]
fn errors_stand_among_the_replies() {
    let (_demo, url) = Demo::start(&[]);
    let calls = r#"[["nope"], ["fail", 99, "No funds", {"a": 1}], ["get_data"]]"#;
    let run = tinyrpc_reading(calls, &["batch", &url, "-"]);
    let stdout = "{\"error\":{\"code\":-32601,\"message\":\"Method not found\"}}\n\
                  {\"error\":{\"code\":99,\"message\":\"No funds\",\"data\":{\"a\":1}}}\n\
                  {\"result\":[\"hello\",5]}\n";
    assert_eq!(run, Run { status: Some(1), stdout: stdout.to_owned(), stderr: String::new() });
}

#[test]
fn calls_come_from_a_file() {
    let (_demo, url) = Demo::start(&[]);
    let path = std::env::temp_dir().join(format!("tinyrpc-batch-{}.jsonl", std::process::id()));
    std::fs::write(&path, "[\"add\", 1, 2]\n[\"add\", 3, 4]\n").unwrap();
    let run = tinyrpc(&["batch", &url, path.to_str().unwrap()]);
    std::fs::remove_file(&path).unwrap();
    run.gave("{\"result\":3}\n{\"result\":7}");
    tinyrpc(&["batch", &url, path.to_str().unwrap()]).failed(2, "cannot read");
}

#[test]
fn nothing_to_reply_prints_nothing() {
    let (_demo, url) = Demo::start(&[]);
    let silent = Run { status: Some(0), stdout: String::new(), stderr: String::new() };
    assert_eq!(tinyrpc_reading("", &["batch", &url]), silent);
    assert_eq!(tinyrpc_reading(r#"{"method":"update","notify":true}"#, &["batch", &url]), silent);
    tinyrpc(&["call", &url, "received"]).gave(r#"[["update",[]]]"#);
}

#[test]
fn what_cannot_be_sent_is_a_usage_error() {
    let (_demo, url) = Demo::start(&[]);
    tinyrpc_reading("nonsense", &["batch", &url]).failed(2, "not JSON");
    tinyrpc_reading(r#"{"parms": []}"#, &["batch", &url]).failed(2, "parms");
    tinyrpc_reading(r#"["add", 1, 2]"#, &["batch", &url, "--protocol", "msgpack"]).failed(2, "no batches");
}

#[test]
fn a_reply_that_lacks_calls_breaks_the_protocol() {
    let url = server_that_answers("200 OK", br#"[{"jsonrpc":"2.0","id":2,"result":"b"}]"#);
    let run = tinyrpc_reading("[\"a\"] [\"b\"]", &["batch", &url]);
    assert_eq!(run.status, Some(4), "{run:?}");
    let lines: Vec<_> = run.stdout.lines().collect();
    assert!(lines[0].starts_with("{\"error\":{\"message\":"), "{run:?}");
    assert_eq!(lines[1..], ["{\"result\":\"b\"}"]);
}

#[test]
fn calls_that_were_lost_are_status_3() {
    let url = server_that_writes("{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":{\"code\":7,\"message\":\"m\"}}\n");
    let url = url.replace("http:", "tcp:");
    let run = tinyrpc_reading("[\"a\"] [\"b\"]", &["batch", url.trim_end_matches('/')]);
    assert_eq!(run.status, Some(3), "{run:?}");
    let lines: Vec<_> = run.stdout.lines().collect();
    assert_eq!(lines[0], "{\"error\":{\"code\":7,\"message\":\"m\"}}");
    assert!(lines[1].starts_with("{\"error\":{\"message\":\"connection lost"), "{run:?}");
    assert!(run.stderr.starts_with("tinyrpc: connection lost"), "{run:?}");
}
