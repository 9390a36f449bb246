//! Our command calls unmodified Python tinyrpc over HTTP.

use std::fs;
use std::path::Path;
use std::time::Duration;

use tinyrpc_interop::{Finished, Peer, Row, python_peer};

use crate::support::{Scenarios, command};

/// Far more than any run takes.
const LIMIT: Duration = Duration::from_secs(30);

#[test]
fn json_rpc() {
    let Some(mut test) = Test::start("jsonrpc") else { return };
    test.both();
    test.run("call", "named", &["subtract", "minuend:=42", "subtrahend:=23"], (0, "19\n", ""));
    test.run("call", "named text", &["site.get_user_info", "user=a b"], (0, "{\"user\":\"a b\"}\n", ""));
    let digits = "10000000000000000000000000000000000000007";
    test.run("call", "beyond 64 bits", &["echo", digits], (0, &format!("{digits}\n"), ""));
    let data = r#"{"code":99,"message":"No funds","data":{"needed":5}}"#;
    test.run("call", "data", &["fail", "99", "No funds", r#"{"needed": 5}"#], (1, "", &format!("{data}\n")));
    let wrong = "{\"code\":-32602,\"message\":\"Invalid params\"}\n";
    test.run("call", "wrong arguments", &["subtract", "1"], (1, "", wrong));

    let input = test.file("[\"add\", 1, 2]\n[\"no_such_method\"]\n{\"method\": \"update\", \"params\": [\"batch\"], \"notify\": true}\n[\"get_data\"]");
    let output =
        "{\"result\":3}\n{\"error\":{\"code\":-32601,\"message\":\"Method not found\"}}\n{\"result\":[\"hello\",5]}\n";
    test.run("batch", "batch", &[&input], (1, output, ""));
    test.has_received(r#"["update",["batch"]]"#);
    let large = "0123456789".repeat(100_000);
    let input = test.file(&format!("[\"echo\", \"{large}\"]"));
    test.run("batch", "a string of 1 MB", &[&input], (0, &format!("{{\"result\":\"{large}\"}}\n"), ""));
    let input = test.file("{\"method\": \"update\", \"params\": [\"alone\"], \"notify\": true}");
    test.run("batch", "a batch of notifications", &[&input, "--timeout", "0.4"], (3, "", "no reply within 400ms"));
    test.has_received(r#"["update",["alone"]]"#);
    test.end();
}

#[test]
fn message_pack_rpc() {
    let Some(mut test) = Test::start("msgpack") else { return };
    test.both();
    test.run("call", "named", &["subtract", "minuend:=42", "subtrahend:=23"], (2, "", "positional"));
    test.run("call", "wrong arguments", &["subtract", "1"], (1, "", "{\"code\":-32000,\"message\":\"\"}\n"));
    test.run("call", "beyond 64 bits", &["echo", "18446744073709551616"], (2, "", "64 bits"));
    let input = test.file("[\"add\", 1, 2]");
    test.run("batch", "batch", &[&input], (2, "", "no batches"));
    test.end();
}

struct Test {
    python: Peer,
    protocol: &'static str,
    scenarios: Scenarios,
}

impl Test {
    fn start(protocol: &'static str) -> Option<Self> {
        let row = Row::new("http", protocol, "our command, Python's server");
        let python = python_peer("http_server.py", &["--protocol", protocol, "--max-content-length", "10000000"])?;
        Some(Self { python, protocol, scenarios: Scenarios::new(row) })
    }

    /// What both protocols have.
    fn both(&mut self) {
        self.run("call", "positional", &["subtract", "42", "23"], (0, "19\n", ""));
        self.run("call", "no arguments", &["get_data"], (0, "[\"hello\",5]\n", ""));
        self.run("call", "a prefix", &["site.get_user_info", "alice"], (0, "{\"user\":\"alice\"}\n", ""));
        self.run("call", "non-ASCII", &["reverse_string", "né\u{1f980}", "--raw"], (0, "\u{1f980}én\n", ""));
        let numbers = "[9007199254740993,-9223372036854775808,18446744073709551615,0.1]";
        self.run("call", "numbers", &["echo", numbers], (0, &format!("{numbers}\n"), ""));
        let long = "x".repeat(100_000);
        self.run("call", "100,000 characters", &["echo", &long, "--raw"], (0, &format!("{long}\n"), ""));
        let funds = "{\"code\":99,\"message\":\"No funds\"}\n";
        self.run("call", "code and message", &["fail", "99", "No funds"], (1, "", funds));
        let unknown = "{\"code\":-32601,\"message\":\"Method not found\"}\n";
        self.run("call", "an unknown method", &["no_such_method"], (1, "", unknown));

        // Python runs a notification and leaves its request without an answer.
        let update = ["update", "1", "two", "--timeout", "0.4"];
        self.run("notify", "a notification", &update, (3, "", "no reply within 400ms"));
        self.has_received(r#"["update",[1,"two"]]"#);
    }

    /// Runs the command. `expected` is its exit status, its standard output, and what its standard error contains.
    fn run(&mut self, verb: &str, name: &str, arguments: &[&str], expected: (i32, &str, &str)) {
        let finished = self.finished(verb, arguments);
        let (status, stdout, stderr) = expected;
        let is_quiet = stderr.is_empty() && !finished.stderr.is_empty();
        let passed = finished.status.code() == Some(status)
            && finished.stdout == stdout
            && finished.stderr.contains(stderr)
            && !is_quiet;
        if !passed {
            println!("expected {expected:.300?}, got {finished:.300?}");
        }
        self.scenarios.ended(name, passed);
    }

    /// That a notification ran.
    fn has_received(&mut self, notification: &str) {
        let finished = self.finished("call", &["received"]);
        let passed = finished.stdout.contains(notification);
        if !passed {
            println!("{notification} is not in {finished:?}");
        }
        self.scenarios.ended("it ran", passed);
    }

    fn finished(&self, verb: &str, arguments: &[&str]) -> Finished {
        let start = [verb, self.python.url()];
        Finished::run(&mut command(&[&start, arguments, &["--protocol", self.protocol]].concat()), LIMIT)
    }

    /// The path of a file with this input for `batch`.
    fn file(&self, input: &str) -> String {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("batch_for_python_{}", self.protocol));
        fs::write(&path, input).expect("the folder for tests can be written to");
        path.to_str().expect("the path is UTF-8").to_owned()
    }

    #[track_caller]
    fn end(self) {
        self.scenarios.end("; a notification runs, but Python leaves its request unanswered");
    }
}
