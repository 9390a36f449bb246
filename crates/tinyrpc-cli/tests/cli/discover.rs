//! `tinyrpc discover`: the table, the document, and services that have none.

use std::fs;

use crate::support::{Demo, command, finish, server_that_answers, tinyrpc, tinyrpc_reading};

/// Runs `discover --table` in a terminal of this width.
fn table(place: &str, width: &str) -> String {
    let mut command = command(&["discover", place, "--table"]);
    command.env("COLUMNS", width).stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
    let run = finish(command.spawn().unwrap());
    assert_eq!((run.status, &*run.stderr), (Some(0), ""));
    run.stdout
}

#[test]
fn the_methods_of_the_sample_service() {
    let (_demo, url) = Demo::start(&[]);
    let wide = table(&url, "200");
    let lines: Vec<_> = wide.lines().collect();
    assert_eq!(lines[0], concat!("tinyrpc demo ", env!("CARGO_PKG_VERSION")));
    assert_eq!(lines[2], format!("at {url}"));
    let row = |name: &str| {
        let line = lines.iter().find(|line| line.starts_with(&format!("{name} "))).expect(name);
        line.split("  ").filter(|cell| !cell.is_empty()).map(str::trim).collect::<Vec<_>>()
    };
    assert_eq!(row("METHOD"), ["METHOD", "ARGUMENTS", "RESULT", "SUMMARY"]);
    assert_eq!(row("add"), ["add", "a: integer, b: integer", "integer", "Adds two integers."]);
    assert_eq!(row("fail")[1], "code: integer, message: string, data?: any");
    assert_eq!(row("sum")[1], "...");
    assert_eq!(row("get_data")[1], "[string, integer]");
    assert_eq!(row("update")[1..3], ["...", "-"]);
    assert_eq!(row("site.get_user_info")[2], "User");

    for width in [60, 80, 100] {
        let narrow = table(&url, &width.to_string());
        assert!(narrow.lines().all(|line| line.len() <= width), "{narrow}");
    }
    assert!(table(&url, "40").contains("\nadd\n  arguments: a: integer, b: integer\n  result: integer\n"));
}

#[test]
fn the_document_in_both_protocols() {
    let (_demo, url) = Demo::start(&[]);
    let json = tinyrpc(&["discover", &url]);
    assert_eq!(json, tinyrpc(&["discover", &url, "--json", "--protocol", "msgpack"]));
    assert!(json.stdout.contains("\n  \"openrpc\": \"1.3.2\""), "{}", json.stdout);
    // What it prints it can read.
    assert_eq!(json, tinyrpc_reading(&json.stdout, &["discover", "-"]));
    let file = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("discover.json");
    fs::write(&file, &json.stdout).unwrap();
    assert_eq!(json, tinyrpc(&["discover", file.to_str().unwrap()]));
}

#[test]
fn every_endpoint_is_in_the_document() {
    let demo = Demo::with_arguments(&["demo", "--listen", "tcp://127.0.0.1:0", "--listen", "http://127.0.0.1:0/"]);
    let (tcp, http) = (demo.url(), demo.url());
    let over_tcp = tinyrpc(&["discover", &tcp]);
    assert!(over_tcp.stdout.contains(&tcp) && over_tcp.stdout.contains(&http), "{}", over_tcp.stdout);
}

#[test]
fn a_service_that_does_not_describe_itself() {
    let (_demo, url) = Demo::start(&["--no-discover"]);
    tinyrpc(&["discover", &url]).failed(1, "the service does not describe itself");
    tinyrpc(&["discover", &url, "--protocol", "msgpack"]).failed(1, "rpc.discover");
    tinyrpc(&["call", &url, "add", "1", "2"]).gave("3");
}

#[test]
fn what_is_no_document() {
    let url = server_that_answers("200 OK", br#"{"jsonrpc":"2.0","id":1,"result":{"methods":["add"]}}"#);
    tinyrpc(&["discover", &url]).failed(4, "no OpenRPC document");
    tinyrpc(&["discover", "http://127.0.0.1:1/"]).failed(3, "127.0.0.1:1");
    tinyrpc(&["discover", "no-such-file"]).failed(2, "no-such-file");
    tinyrpc_reading("{", &["discover", "-"]).failed(2, "no JSON");
    tinyrpc_reading(r#"{"openrpc": "1.2.0", "info": {"title": "t", "version": "1"}}"#, &["discover", "-"])
        .failed(2, "missing field `methods`");
}
