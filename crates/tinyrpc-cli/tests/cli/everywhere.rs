//! One demo on every kind of endpoint at once, and each of them called, notified and sent a batch.

use crate::support::{Demo, Run, tinyrpc, tinyrpc_reading};

/// What has to work at every URL, whatever its protocol. `number` tells its notification from the others.
fn use_all(url: &str, number: usize, remembers: bool) {
    let is_packed = url.contains("protocol=msgpack");
    tinyrpc(&["call", url, "add", "1", "2"]).gave("3");
    tinyrpc(&["call", url, "reverse_string", "né🦀", "--raw"]).gave("🦀én");
    tinyrpc(&["call", url, "fail", "99", "müde"]).returned_error(r#"{"code":99,"message":"müde"}"#);
    tinyrpc(&["call", url, "nothing"]).returned_error(r#"{"code":-32601,"message":"Method not found"}"#);
    let named = tinyrpc(&["call", url, "subtract", "subtrahend:=23", "minuend:=42"]);
    if is_packed {
        named.failed(2, "positional")
    } else {
        named.gave("19")
    }

    let silent = Run { status: Some(0), stdout: String::new(), stderr: String::new() };
    assert_eq!(tinyrpc(&["notify", url, "update", &number.to_string()]), silent, "{url}");
    if remembers {
        let received = tinyrpc(&["call", url, "received", "--compact"]);
        assert!(received.stdout.contains(&format!(r#"["update",[{number}]]"#)), "{url}: {received:?}");
    }

    let long = "é".repeat(500_000);
    let batch = format!("[\"add\", 1, 2]\n{{\"method\": \"update\", \"notify\": true}}\n[\"echo\", \"{long}\"]\n");
    let batch = tinyrpc_reading(&batch, &["batch", url]);
    if is_packed {
        batch.failed(2, "no batches");
    } else {
        batch.gave(&format!("{{\"result\":3}}\n{{\"result\":\"{long}\"}}"));
    }
}

/// A listener of each kind, in both protocols where it has one only.
fn listeners(folder: &std::path::Path) -> Vec<String> {
    let mut urls = vec!["http://127.0.0.1:0/".to_owned(), "http://127.0.0.1:0/?protocol=msgpack".to_owned()];
    for protocol in ["jsonrpc", "msgpack"] {
        for url in ["ws://127.0.0.1:0/rpc?", "tcp://127.0.0.1:0?framing=header&", "tcp://127.0.0.1:0?framing=length&"] {
            urls.push(format!("{url}protocol={protocol}"));
        }
        urls.push(format!("tcp://127.0.0.1:0?protocol={protocol}"));
        urls.push(format!("zmq+tcp://127.0.0.1:0?protocol={protocol}"));
        urls.push(format!("inproc://everywhere-{protocol}?protocol={protocol}"));
        if cfg!(unix) {
            let path = folder.display();
            urls.push(format!("unix://{path}/{protocol}.stream?protocol={protocol}"));
            urls.push(format!("zmq+ipc://{path}/{protocol}.zmq?protocol={protocol}"));
        }
    }
    urls.push("tcp://127.0.0.1:0?framing=json".to_owned());
    urls
}

#[test]
fn every_kind_of_endpoint_in_one_process() {
    let folder = std::env::temp_dir().join(format!("tinyrpc-everywhere-{}", std::process::id()));
    std::fs::create_dir(&folder).unwrap();
    let listeners = listeners(&folder);
    let listen = listeners.iter().flat_map(|url| ["--listen", url]);
    let demo = Demo::with_arguments(&["demo"].into_iter().chain(listen).collect::<Vec<_>>());
    for (number, listener) in listeners.iter().enumerate() {
        let mut url = demo.url();
        let scheme = listener.split(':').next().unwrap();
        assert!(url.starts_with(&format!("{scheme}://")) && !url.contains(":0"), "{url} for {listener}");
        if scheme == "inproc" {
            // Only the process itself reaches it; nobody listens there in another one.
            tinyrpc(&["call", &url, "add", "1", "2"]).failed(3, "inproc://everywhere");
            continue;
        }
        if let Some((_, protocol)) = listener.split_once("protocol=") {
            url = format!("{url}{}protocol={protocol}", if url.contains('?') { '&' } else { '?' });
        }
        use_all(&url, number, true);
    }
    demo.signal("TERM");
    assert_eq!(demo.end().0.code(), Some(0));
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 0, "sockets are removed");
    std::fs::remove_dir(&folder).unwrap();
}

#[test]
fn standard_input_is_one_endpoint_among_others() {
    // Its input is at its end at once, and the others go on.
    let demo = Demo::with_arguments(&["demo", "--listen", "stdio:", "--listen", "tcp://127.0.0.1:0"]);
    assert_eq!(demo.error_line(), "tinyrpc: listening on stdio:");
    let line = demo.error_line();
    let url = line.strip_prefix("tinyrpc: listening on ").unwrap();
    use_all(url, 1, true);
}

#[test]
fn programs_are_endpoints() {
    let program = format!("'{}'", env!("CARGO_BIN_EXE_tinyrpc"));
    for protocol in ["jsonrpc", "msgpack"] {
        let child = format!("exec:{program} demo --listen stdio: --protocol {protocol}?protocol={protocol}");
        use_all(&child, 1, false);
        let cgi = format!("cgi:{program} cgi --protocol {protocol}?protocol={protocol}");
        use_all(&cgi, 1, false);
        for place in [&child, &cgi] {
            let run = tinyrpc(&["discover", place, "--table"]);
            assert!(run.status == Some(0) && run.stdout.contains("Adds two integers."), "{run:?}");
        }
    }
    // It says what is wrong with a call that reaches no program.
    tinyrpc(&["call", "cgi:/no/such/program", "add", "1", "2"]).failed(3, "/no/such/program");
    tinyrpc(&["call", "cgi:sh -c 'echo out of cheese >&2; exit 3'", "add", "1", "2"]).failed(3, "out of cheese");
}
