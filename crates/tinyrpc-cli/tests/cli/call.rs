//! `tinyrpc call`.

use std::io::pipe;

use crate::support::{Demo, command, finish, server_that_answers, tinyrpc};

#[test]
fn arguments_of_every_form() {
    let (_demo, url) = Demo::start(&[]);
    let call = |arguments: &[&str]| tinyrpc(&[&["call", &url], arguments].concat());

    call(&["add", "1", "2"]).gave("3");
    call(&["subtract", "-5", "-7"]).gave("2");
    call(&["subtract", "subtrahend:=23", "minuend:=42"]).gave("19");
    call(&["site.get_user_info", "user=bob"]).gave(r#"{"user":"bob"}"#);
    call(&["site.get_user_info", "user=5"]).gave(r#"{"user":"5"}"#);
    call(&["reverse_string", "two words"]).gave(r#""sdrow owt""#);
    call(&["reverse_string", "né🦀"]).gave(r#""🦀én""#);
    call(&["get_data"]).gave(r#"["hello",5]"#);
    call(&["sum"]).gave("0");
    call(&["sum", "1", "2", "4"]).gave("7");
    call(&["sleep", "1"]).gave("null");
    call(&["echo", r#"{ "a" : [ 1, null ] }"#]).gave(r#"{"a":[1,null]}"#);
    call(&["echo", r#""a=b""#]).gave(r#""a=b""#);
    call(&["echo", "value:=[true]"]).gave("[true]");
    call(&["echo", "--", "--trace"]).gave(r#""--trace""#);
    call(&["echo", "hello", "--protocol", "jsonrpc", "--timeout", "5"]).gave(r#""hello""#);
}

#[test]
fn numbers_are_never_changed() {
    let (_demo, url) = Demo::start(&[]);
    for number in ["123456789012345678901234567890", "1e400", "-0", "1.10", "0.1000000000000000055511151231257827"] {
        tinyrpc(&["call", &url, "echo", number]).gave(number);
    }
    for number in ["18446744073709551615", "-9223372036854775808", "0.1", "1.0"] {
        tinyrpc(&["call", &url, "echo", number, "--protocol", "msgpack"]).gave(number);
    }
    for number in ["18446744073709551616", "-9223372036854775809", "1e400"] {
        tinyrpc(&["call", &url, "echo", number, "--protocol", "msgpack"]).failed(2, number);
    }
}

#[test]
fn messagepack_by_option_and_by_url() {
    let (_demo, url) = Demo::start(&[]);
    tinyrpc(&["call", &url, "add", "1", "2", "--protocol", "msgpack"]).gave("3");
    let in_url = format!("{url}?protocol=msgpack");
    tinyrpc(&["call", &in_url, "add", "1", "2"]).gave("3");
    // The option decides.
    let run = tinyrpc(&["call", &in_url, "subtract", "minuend:=3", "subtrahend:=2", "--protocol", "jsonrpc"]);
    run.gave("1");
    tinyrpc(&["call", &in_url, "subtract", "minuend:=3", "subtrahend:=2"]).failed(2, "positional");
}

#[test]
fn the_trace_goes_to_standard_error() {
    let (_demo, url) = Demo::start(&[]);
    let run = tinyrpc(&["call", &url, "add", "1", "2", "-v"]);
    assert_eq!((run.status, &*run.stdout), (Some(0), "3\n"));
    assert_eq!(
        run.stderr,
        "--> {\"jsonrpc\":\"2.0\",\"method\":\"add\",\"params\":[1,2],\"id\":1}\n\
         <-- {\"jsonrpc\":\"2.0\",\"id\":1,\"result\":3}\n"
    );
    let run = tinyrpc(&["call", &url, "add", "1", "2", "--trace", "--protocol", "msgpack"]);
    assert_eq!(run.stderr, "--> 94 00 01 a3 61 64 64 92 01 02\n<-- 94 01 01 c0 03\n");
}

/// Over a link a call says how long it waits if the URL wants it so, in place of a header.
#[test]
fn the_time_goes_with_the_call() {
    let demo = Demo::with_arguments(&["demo", "--listen", "tcp://127.0.0.1:0"]);
    let url = demo.url();
    let call =
        |url: &str, more: &[&str]| tinyrpc(&[&["call", url, "add", "1", "2", "--timeout", "5", "-v"], more].concat());
    let run = call(&format!("{url}?metadata=on"), &[]);
    assert_eq!((run.status, &*run.stdout), (Some(0), "3\n"));
    let (_, left) = run.stderr.split_once(r#""id":1,"rpc-timeout-ms":"#).unwrap_or_else(|| panic!("{run:?}"));
    let left: u64 = left.split_once('}').unwrap().0.parse().unwrap();
    assert!(left <= 5_000 && left > 0, "{left}");
    assert!(!call(&url, &[]).stderr.contains("rpc-timeout-ms"));
    call(&format!("{url}?metadata=on"), &["--protocol", "msgpack"]).failed(2, "no place for a deadline");
}

#[test]
fn errors_are_json_on_standard_error() {
    let (_demo, url) = Demo::start(&[]);
    tinyrpc(&["call", &url, "fail", "99", "No funds", r#"{"needed": 1e999}"#])
        .returned_error(r#"{"code":99,"message":"No funds","data":{"needed":1e999}}"#);
    tinyrpc(&["call", &url, "fail", "code:=-5", "message=müde"]).returned_error(r#"{"code":-5,"message":"müde"}"#);
    tinyrpc(&["call", &url, "fail", "99", "No funds", "1", "--protocol", "msgpack"])
        .returned_error(r#"{"code":99,"message":"No funds"}"#);
    tinyrpc(&["call", &url, "nope"]).returned_error(r#"{"code":-32601,"message":"Method not found"}"#);
    tinyrpc(&["call", &url, "add", "18446744073709551615", "1"])
        .returned_error(r#"{"code":-32000,"message":"the result does not fit in 64 bits"}"#);
    tinyrpc(&["call", &url, "echo", "1", "2"]).failed(1, "-32602");
    tinyrpc(&["call", &url, "echo", "other=1"]).failed(1, "`other`");
    tinyrpc(&["call", &url, "sleep", "60001"]).failed(1, "60000");
}

#[test]
fn layouts() {
    let (_demo, url) = Demo::start(&[]);
    let value = r#"{"a":[1,{}],"b":"x"}"#;
    tinyrpc(&["call", &url, "echo", value, "--pretty"]).gave("{\n  \"a\": [\n    1,\n    {}\n  ],\n  \"b\": \"x\"\n}");
    tinyrpc(&["call", &url, "echo", value, "--compact"]).gave(value);
    tinyrpc(&["call", &url, "echo", r#""line\nline""#, "--raw"]).gave("line\nline");
    tinyrpc(&["call", &url, "echo", "[\"x\"]", "--raw"]).gave("[\"x\"]");
    tinyrpc(&["call", &url, "echo", value, "--pretty", "--compact"]).failed(2, "cannot be used with");
}

#[test]
fn a_large_value_goes_there_and_back() {
    let (_demo, url) = Demo::start(&[]);
    // Linux takes at most 128 KiB for one argument.
    let large = format!("\"{}\"", "0123456789".repeat(10_000));
    tinyrpc(&["call", &url, "echo", &large]).gave(&large);
    tinyrpc(&["call", &url, "echo", &large, "--protocol", "msgpack"]).gave(&large);
}

#[test]
fn nobody_reading_the_result_is_no_error() {
    let (_demo, url) = Demo::start(&[]);
    let (reader, writer) = pipe().unwrap();
    drop(reader);
    let mut command = command(&["call", &url, "echo", "1"]);
    let child = command.stdout(writer).stderr(std::process::Stdio::piped()).spawn().unwrap();
    let run = finish(child);
    assert_eq!((run.status, &*run.stderr), (Some(0), ""));
}

#[test]
fn results_that_json_lacks_and_foreign_errors_are_shown() {
    // [1, 1, nil, [bin, ext]]
    let url = server_that_answers("200 OK", b"\x94\x01\x01\xc0\x92\xc4\x01\xff\xd5\x05xy");
    tinyrpc(&["call", &url, "x", "--protocol", "msgpack"]).gave("[[255],[5,[120,121]]]");
    // [1, 1, ["E484", "No way"], nil]
    let url = server_that_answers("200 OK", b"\x94\x01\x01\x92\xa4E484\xa6No way\xc0");
    tinyrpc(&["call", &url, "x", "--protocol", "msgpack"])
        .returned_error(r#"{"code":0,"message":"No way","raw":["E484","No way"]}"#);
    // A map whose key is an array.
    let url = server_that_answers("200 OK", b"\x94\x01\x01\xc0\x81\x91\x01\x02");
    tinyrpc(&["call", &url, "x", "--protocol", "msgpack"]).failed(4, "cannot be shown as JSON");
}

#[test]
fn pretty_printed_replies_fit_on_one_line() {
    let url = server_that_answers("200 OK", b"{\n \"jsonrpc\": \"2.0\",\n \"id\": 1,\n \"result\": [ 1.0,\n2 ]\n}");
    tinyrpc(&["call", &url, "x"]).gave("[1.0,2]");
}

#[test]
fn headers_are_sent() {
    let (_demo, url) = Demo::start(&[]);
    // The demo looks at no header but the Content-Type, which tells the protocol.
    tinyrpc(&["call", &url, "add", "1", "2", "--header", "X-Trace: a:b", "--header", "Authorization:Bearer x"])
        .gave("3");
    tinyrpc(&["call", &url, "add", "1", "2", "--header", "Content-Type: image/png"]).failed(4, "415");
    tinyrpc(&["call", &url, "add", "1", "2", "--protocol", "msgpack", "--header", "X-A: b"]).gave("3");
    tinyrpc(&["call", &url, "x", "--header", "nonsense"]).failed(2, "NAME:VALUE");
}
