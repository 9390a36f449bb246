//! Endpoints over byte streams, as a user gives them.

use std::process::Stdio;

use crate::support::{Demo, command, finish, tinyrpc, tinyrpc_reading};

/// A URL that starts the command itself.
fn child(arguments: &str) -> String {
    format!("exec:'{}' demo --listen stdio: {arguments}", env!("CARGO_BIN_EXE_tinyrpc"))
}

#[test]
fn calls_notifications_and_batches_over_tcp() {
    let demo = Demo::with_arguments(&["demo", "--listen", "tcp://127.0.0.1:0?framing=header"]);
    let url = demo.url();
    assert!(url.starts_with("tcp://127.0.0.1:") && url.ends_with("?framing=header"), "{url}");
    tinyrpc(&["call", &url, "add", "1", "2"]).gave("3");
    tinyrpc(&["call", &url, "fail", "99", "No"]).returned_error(r#"{"code":99,"message":"No"}"#);
    let run = tinyrpc(&["notify", &url, "update", "7"]);
    assert_eq!((run.status, &*run.stdout, &*run.stderr), (Some(0), "", ""));
    tinyrpc(&["call", &url, "received", "--compact"]).gave(r#"[["update",[7]]]"#);
    tinyrpc_reading("[\"add\", 1, 2]\n[\"get_data\"]\n", &["batch", &url])
        .gave("{\"result\":3}\n{\"result\":[\"hello\",5]}");
    let large = format!("\"{}\"", "x".repeat(5 << 20));
    // More than a server takes by default.
    let run = tinyrpc_reading(&format!("[\"echo\", {large}]\n"), &["batch", &url]);
    assert_ne!(run.status, Some(0));
}

#[cfg(unix)]
#[test]
fn a_unix_socket_speaks_the_protocol_of_its_url() {
    let file = std::env::temp_dir().join(format!("tinyrpc-cli-test-{}", std::process::id()));
    let url = format!("unix://{}", file.display());
    let demo = Demo::with_arguments(&["demo", "--listen", &format!("{url}?protocol=msgpack")]);
    assert_eq!(demo.url(), url);
    tinyrpc(&["call", &url, "add", "1", "2", "--protocol", "msgpack"]).gave("3");
    tinyrpc(&["call", &format!("{url}?protocol=msgpack"), "add", "1", "2"]).gave("3");
    demo.signal("TERM");
    assert_eq!(demo.end().0.code(), Some(0));
    assert!(!file.exists());
    tinyrpc(&["call", &url, "add", "1", "2"]).failed(3, "cannot connect");
}

#[test]
fn a_child_process_on_its_standard_input_and_output() {
    for framing in ["line", "header", "length", "json"] {
        let url = format!("{}?framing={framing}", child("").replace("stdio:", &format!("'stdio:?framing={framing}'")));
        tinyrpc(&["call", &url, "add", "1", "2"]).gave("3");
    }
    tinyrpc(&["call", &child("--protocol msgpack"), "echo", "5", "--protocol", "msgpack"]).gave("5");
    let text = "né".repeat(100_000);
    tinyrpc_reading(&format!("[\"echo\", \"{text}\"]\n[\"add\", 1, 2]\n"), &["batch", &child("")])
        .gave(&format!("{{\"result\":\"{text}\"}}\n{{\"result\":3}}"));
    tinyrpc(&["call", "exec:sh -c 'echo out of cheese >&2; exit 3'", "add", "1", "2"]).failed(3, "out of cheese");
}

#[test]
fn a_demo_on_standard_input_answers_all_and_ends_with_it() {
    let calls: String = [
        r#"{"jsonrpc":"2.0","method":"sleep","params":[50],"id":1}"#,
        "nonsense",
        r#"{"jsonrpc":"2.0","method":"add","params":[1,2],"id":2}"#,
    ]
    .map(|line| format!("{line}\n"))
    .concat();
    let run = tinyrpc_reading(&calls, &["demo", "--listen", "stdio:"]);
    assert_eq!((run.status, &*run.stderr.replace('\r', "")), (Some(0), &*run.stderr));
    let mut lines: Vec<_> = run.stdout.lines().collect();
    lines.sort_unstable();
    assert_eq!(lines.len(), 3, "{run:?}");
    assert!(lines.contains(&r#"{"jsonrpc":"2.0","id":1,"result":null}"#), "{run:?}");
    assert!(lines.contains(&r#"{"jsonrpc":"2.0","id":2,"result":3}"#), "{run:?}");
    assert!(run.stderr.contains("listening on stdio:"), "{run:?}");
}

#[cfg(unix)]
#[test]
fn a_demo_on_standard_input_that_stays_open_ends_by_a_signal() {
    let mut child = command(&["demo", "--listen", "stdio:"]);
    let mut child = child.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let (stdin, process) = (child.stdin.take(), child.id());
    let mut first = [0; 1];
    // It has begun when it says where it listens.
    std::io::Read::read_exact(child.stderr.as_mut().unwrap(), &mut first).unwrap();
    let start = std::time::Instant::now();
    crate::support::signal(process, "TERM");
    assert_eq!(finish(child).status, Some(0));
    assert!(start.elapsed() < std::time::Duration::from_secs(4), "{:?}", start.elapsed());
    drop(stdin);
}

/// It has ended when nobody has the pipe open any more.
#[cfg(unix)]
#[test]
fn a_signal_leaves_no_program_behind() {
    use std::io::Read as _;
    let folder = std::env::temp_dir().join(format!("tinyrpc-cli-stopped-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let pipe = folder.join("pipe");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    for (scheme, name) in [("exec", "INT"), ("exec", "TERM"), ("cgi", "INT")] {
        // It does not care whether its standard input ends.
        let url = format!("{scheme}:sh -c 'exec 3>\"{}\"; exec sleep 600'", pipe.display());
        let child = command(&["call", &url, "x"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        // Opens when it is opened at the other end.
        let mut pipe = std::fs::File::open(&pipe).unwrap();
        crate::support::signal(child.id(), name);
        let run = finish(child);
        assert_eq!((run.status, &*run.stdout, &*run.stderr), (Some(130), "", ""), "{scheme} {name}");
        assert_eq!(pipe.read(&mut [0]).unwrap(), 0);
    }
    std::fs::remove_dir_all(&folder).unwrap();
}

/// The other side calls back with the id of our own call, and notifies, before it answers.
#[test]
fn a_call_answers_what_it_is_asked_meanwhile() {
    let answers = |id: &str| {
        let ask = format!(r#"{{\"jsonrpc\":\"2.0\",\"method\":\"window/ask\",\"params\":[1],\"id\":{id}}}"#);
        let tell = r#"{\"jsonrpc\":\"2.0\",\"method\":\"window/tell\"}"#;
        let answer = r#"{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":$answer}"#;
        format!(r#"exec:sh -c 'read -r call; echo "{ask}"; echo "{tell}"; read -r answer; echo "{answer}"'"#)
    };
    for id in ["1", "7"] {
        let error = r#"{"code":-32601,"message":"Method not found"}"#;
        tinyrpc(&["call", "--compact", &answers(id), "open"])
            .gave(&format!(r#"{{"jsonrpc":"2.0","id":{id},"error":{error}}}"#));
    }
}
