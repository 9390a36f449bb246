//! `tinyrpc subscribe`, against the demo and against servers that break off.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Stdio};
use std::thread;

use crate::support::{Demo, command, finish, signal, tinyrpc};

fn start(arguments: &[&str]) -> Child {
    command(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

#[test]
fn items_are_lines_and_the_end_is_told() {
    for listen in [
        "tcp://127.0.0.1:0",
        "ws://127.0.0.1:0/",
        "zmq+tcp://127.0.0.1:0",
        "tcp://127.0.0.1:0?protocol=msgpack",
        "zmq+tcp://127.0.0.1:0?protocol=msgpack",
    ] {
        let demo = Demo::with_arguments(&["demo", "--listen", listen]);
        let url = demo.url();
        let url = if listen.contains("msgpack") { format!("{url}?protocol=msgpack") } else { url };
        let run = tinyrpc(&["subscribe", &url, "subscribe_ticks", "1", "3"]);
        assert_eq!((run.status, &*run.stdout), (Some(0), "0\n1\n2\n"), "{run:?}");
        assert_eq!(run.stderr, "tinyrpc: the other side has no more items\n");
        tinyrpc(&["subscribe", &url, "subscribe_ticks", "0", "--count", "2"]).gave("0\n1");
        let run = tinyrpc(&["subscribe", &url, "subscribe_ticks", "0", "100000"]);
        assert_eq!((run.status, run.stdout.lines().count()), (Some(0), 100_000));
        tinyrpc(&["subscribe", &url, "subscribe_ticks", "70000"]).failed(1, "interval_ms");
        tinyrpc(&["subscribe", &url, "nonsense"]).failed(1, "-32601");
    }
}

#[test]
fn a_child_process_streams_over_its_standard_output() {
    let url = format!("exec:'{}' demo --listen stdio:", env!("CARGO_BIN_EXE_tinyrpc"));
    let run = tinyrpc(&["subscribe", &url, "subscribe_ticks", "interval_ms:=0", "count:=1000"]);
    assert_eq!((run.status, run.stdout.lines().count()), (Some(0), 1_000), "{run:?}");
}

#[test]
fn an_exchange_has_no_subscriptions() {
    let (_demo, url) = Demo::start(&[]);
    tinyrpc(&["subscribe", &url, "subscribe_ticks", "1"]).failed(2, "needs a link");
    tinyrpc(&["call", &url, "subscribe_ticks", "1"]).failed(1, "needs a link");
}

#[cfg(unix)]
#[test]
fn ctrl_c_unsubscribes() {
    for listen in ["tcp://127.0.0.1:0", "zmq+tcp://127.0.0.1:0"] {
        ctrl_c_unsubscribes_at(listen);
    }
}

#[cfg(unix)]
fn ctrl_c_unsubscribes_at(listen: &str) {
    let demo = Demo::with_arguments(&["demo", "--listen", listen, "--trace"]);
    let mut child = start(&["subscribe", &demo.url(), "subscribe_ticks", "1"]);
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    stdout.read_line(&mut line).unwrap();
    assert_eq!(line, "0\n");
    signal(child.id(), "INT");
    let mut rest = String::new();
    stdout.read_to_string(&mut rest).unwrap();
    assert!(rest.is_empty() || rest.ends_with('\n'), "{rest}");
    let run = finish(child);
    assert_eq!((run.status, &*run.stderr), (Some(0), ""));
    let confirmed = std::iter::from_fn(|| Some(demo.error_line())).take(100_000);
    assert!(confirmed.skip_while(|line| !line.contains("unsubscribe_ticks")).any(|line| line.contains("true")));
}

#[cfg(unix)]
#[test]
fn a_reader_that_goes_away_is_no_error() {
    let demo = Demo::with_arguments(&["demo", "--listen", "tcp://127.0.0.1:0"]);
    let mut child = start(&["subscribe", &demo.url(), "subscribe_ticks", "0"]);
    let mut byte = [0];
    let mut stdout = child.stdout.take().unwrap();
    stdout.read_exact(&mut byte).unwrap();
    drop(stdout);
    let run = finish(child);
    assert_eq!((run.status, &*run.stderr), (Some(0), ""));
}

#[cfg(unix)]
#[test]
fn ctrl_c_works_while_nobody_reads_the_lines() {
    let demo = Demo::with_arguments(&["demo", "--listen", "tcp://127.0.0.1:0"]);
    let mut child = start(&["subscribe", &demo.url(), "subscribe_ticks", "0"]);
    let mut stdout = child.stdout.take().unwrap();
    let mut byte = [0];
    stdout.read_exact(&mut byte).unwrap();
    signal(child.id(), "INT");
    assert_eq!(finish(child).status, Some(0));
    drop(stdout);
}

#[cfg(unix)]
#[test]
fn ctrl_c_works_while_connecting() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("ws://{}/", listener.local_addr().unwrap());
    let child = start(&["subscribe", &url, "x", "--timeout", "600"]);
    // It waits for the answer to this for ever.
    let (mut stream, _) = listener.accept().unwrap();
    stream.read_exact(&mut [0; 4]).unwrap();
    signal(child.id(), "INT");
    let run = finish(child);
    assert_eq!((run.status, &*run.stderr), (Some(0), ""));
}

/// The URL of a server that answers the first line with these, and then closes.
fn server(answer: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("tcp://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        let (stream, _) = listener.accept().unwrap();
        let mut reader = BufReader::new(stream.try_clone().unwrap());
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        let mut stream: TcpStream = stream;
        stream.write_all(answer.as_bytes()).unwrap();
    });
    url
}

#[cfg(unix)]
#[test]
fn a_zeromq_server_that_is_killed_is_a_lost_connection() {
    let demo = Demo::with_arguments(&["demo", "--listen", "zmq+tcp://127.0.0.1:0"]);
    let mut child = start(&["subscribe", &demo.url(), "subscribe_ticks", "1"]);
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    stdout.read_line(&mut line).unwrap();
    assert_eq!(line, "0\n");
    demo.signal("KILL");
    let run = finish(child);
    assert_eq!(run.status, Some(3), "{run:?}");
    assert!(run.stderr.contains("the connection to zmq+tcp://"), "{run:?}");
}

#[test]
fn a_lost_connection_is_status_3_and_an_error_at_the_end_status_1() {
    let run = tinyrpc(&[
        "subscribe",
        &server(
            "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":\"0x1\"}\n\
             {\"jsonrpc\":\"2.0\",\"method\":\"x\",\"params\":{\"subscription\":\"0x1\",\"result\":{\"a\": [1, 2.50]}}}\n",
        ),
        "eth_subscribe",
    ]);
    assert_eq!((run.status, &*run.stdout), (Some(3), "{\"a\":[1,2.50]}\n"), "{run:?}");
    assert!(run.stderr.contains("connection lost"), "{run:?}");
    let run = tinyrpc(&[
        "subscribe",
        &server(
            "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":5}\n\
             {\"jsonrpc\":\"2.0\",\"method\":\"y\",\"params\":[5, \"mine\"]}\n\
             {\"jsonrpc\":\"2.0\",\"method\":\"x\",\"params\":{\"subscription\":5,\"result\":\"other\"}}\n\
             {\"jsonrpc\":\"2.0\",\"method\":\"y\",\"params\":{\"subscription\":5,\"error\":\"gone\"}}\n",
        ),
        "watch",
        "--notification",
        "y",
    ]);
    assert_eq!((run.status, &*run.stdout), (Some(1), "\"mine\"\n"), "{run:?}");
    assert_eq!(run.stderr, "{\"code\":0,\"message\":\"gone\",\"raw\":\"gone\"}\n");
}
