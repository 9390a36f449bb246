//! CGI programs behind a real host, and started by our client itself: ours called by Python's tinyrpc and by our client,
//! and Python's called by our client and by our command.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tinyrpc::client::{CallErrorKind, Client};
use tinyrpc::transport::cgi::CgiClient;
use tinyrpc::transport::http::HttpClient;
use tinyrpc::{CallError, JsonRpc, MessagePackRpc};
use tinyrpc_interop::{Finished, Peer, Row, python_command, python_peer, python_program};

use crate::support::{Scenarios, command};

/// For all scenarios of the Python client: each call starts a process.
const LIMIT: Duration = Duration::from_secs(240);

/// A host that starts `tinyrpc cgi` with these arguments.
fn ours(arguments: &str) -> Option<Peer> {
    let program = env!("CARGO_BIN_EXE_tinyrpc").replace('\'', r"'\''");
    python_peer("cgi_host.py", &["--command", &format!("'{program}' cgi {arguments}")])
}

#[test]
fn python_calls_json_rpc() {
    python_calls("jsonrpc", 30);
}

#[test]
fn python_calls_message_pack_rpc() {
    python_calls("msgpack", 20);
}

/// Runs the scenarios of the HTTP client, which is the client of tinyrpc's CGI server too.
fn python_calls(protocol: &'static str, least: usize) {
    let row = Row::new("cgi", protocol, "Python's client, our server");
    // The host says text/plain for Python's client, which names no type.
    let Some(host) = ours(&format!("--protocol {protocol} --any-content-type")) else { return };
    // Of a program's status the host makes a header, so that no client can see 405.
    let arguments = [host.url(), "--protocol", protocol, "--timeout", "60", "--without", "method_get"];
    let Some(finished) = python_program("http_client.py", &arguments, LIMIT) else { return };
    println!("{}", finished.stdout);
    finished.assert_success();
    let scenarios = finished.stdout.lines().count();
    assert!(scenarios >= least, "only {scenarios} scenarios");
    row.passed(format!("{scenarios} scenarios, a process for each call"));
}

#[tokio::test(flavor = "multi_thread")]
async fn we_call_ourselves_in_json_rpc() {
    let row = Row::new("cgi", "jsonrpc", "our client, our server");
    let Some(host) = ours("") else { return };
    let mut test = Test::new(row, Client::new(HttpClient::new(host.url()).unwrap(), JsonRpc::new()));
    test.all().await;
    test.json().await;
    test.run("a notification", notification).await;
    test.scenarios.end("");
}

#[tokio::test(flavor = "multi_thread")]
async fn we_call_ourselves_in_message_pack_rpc() {
    let row = Row::new("cgi", "msgpack", "our client, our server");
    let Some(host) = ours("") else { return };
    let mut test = Test::new(row, Client::new(HttpClient::new(host.url()).unwrap(), MessagePackRpc::new()));
    test.all().await;
    test.run("a notification", notification).await;
    test.scenarios.end("");
}

#[tokio::test(flavor = "multi_thread")]
async fn we_call_python_in_json_rpc() {
    let row = Row::new("cgi", "jsonrpc", "our client, Python's server");
    let Some(host) = python_peer("cgi_host.py", &["--python", "cgi_server.py"]) else { return };
    let protocol = JsonRpc::new().with_ascii_only(true);
    let mut test = Test::new(row, Client::new(HttpClient::new(host.url()).unwrap(), protocol));
    test.all().await;
    test.json().await;
    let plain = Client::new(HttpClient::new(host.url()).unwrap(), JsonRpc::new());
    test.scenarios.run("what is not escaped is changed", unescaped(plain)).await;
    test.run("a notification gets an invalid response, and ends", notification_to_python).await;
    test.scenarios.end("; in ASCII only, and no notifications: Python prints nothing for one");
}

/// Without a host: our client starts the program for each message.
#[tokio::test(flavor = "multi_thread")]
async fn we_start_pythons_program() {
    let row = Row::new("cgi", "jsonrpc", "our client alone, Python's");
    let Some(python) = python_command("cgi_server.py", &[]) else { return };
    let program = python.get_args().fold(CgiClient::new(python.get_program()), CgiClient::with_argument);
    let protocol = JsonRpc::new().with_ascii_only(true);
    let mut test = Test::new(row, Client::new(program.clone(), protocol));
    test.all().await;
    test.json().await;
    // It runs, prints nothing and ends well, which is all that a notification needs.
    test.run("a notification", notification).await;
    test.scenarios.end("; in ASCII only; a notification, for which it prints nothing, ends as sent");
}

/// For the command, `--ascii` is the way to such a server.
#[test]
fn our_command_calls_python() {
    let row = Row::new("cgi", "jsonrpc", "our command, Python's server");
    let Some(host) = python_peer("cgi_host.py", &["--python", "cgi_server.py"]) else { return };
    let mut scenarios = Scenarios::new(row);
    let text = "100 % Grüße %41, \u{1f980}";
    let run = |arguments: &[&str]| Finished::run(&mut command(arguments), Duration::from_secs(60));
    let call = run(&["call", host.url(), "echo", text, "--raw", "--ascii"]);
    scenarios.ended("a call", call.status.success() && call.stdout == format!("{text}\n"));
    let named = run(&["call", host.url(), "subtract", "subtrahend:=23", "minuend:=42", "--ascii"]);
    scenarios.ended("named", named.stdout == "19\n");
    let failed = run(&["call", host.url(), "fail", "99", text, "--ascii"]);
    let error = format!("{{\"code\":99,\"message\":\"{text}\"}}\n");
    scenarios.ended("an error", failed.status.code() == Some(1) && failed.stderr == error);
    let plain = run(&["call", host.url(), "echo", "a%41", "--raw"]);
    scenarios.ended("without --ascii text is changed", plain.stdout == "aA\n");

    let file = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("batch_for_cgi");
    let calls =
        format!("[\"echo\", \"{text}\"]\n{{\"method\": \"update\", \"params\": [\"{text}\"], \"notify\": true}}\n");
    std::fs::write(&file, calls).unwrap();
    let batch = run(&["batch", host.url(), file.to_str().unwrap(), "--ascii"]);
    let printed: Value = serde_json::from_str(&batch.stdout).unwrap_or_default();
    scenarios.ended("a batch", printed == json!({"result": text}));
    scenarios.end(" with --ascii");
}

#[tokio::test(flavor = "multi_thread")]
async fn we_cannot_call_python_in_message_pack_rpc() {
    let row = Row::new("cgi", "msgpack", "our client, Python's server");
    let Some(host) = python_peer("cgi_host.py", &["--python", "cgi_server.py"]) else { return };
    let client = Client::new(HttpClient::new(host.url()).unwrap(), MessagePackRpc::new());
    let error = client.call::<i64>("add", (1, 2)).await.unwrap_err();
    assert!(!error.is_timeout(), "{error:?}");
    row.cannot_be("Python reads and prints text; our client gets an error at once");
}

struct Test {
    client: Client,
    scenarios: Scenarios,
}

impl Test {
    fn new(row: Row, client: Client) -> Self {
        Self { client, scenarios: Scenarios::new(row) }
    }

    async fn run<F: Future<Output = ()> + Send + 'static>(&mut self, name: &str, scenario: fn(Arc<Client>) -> F) {
        self.scenarios.run(name, scenario(Arc::new(self.client.clone()))).await;
    }

    async fn all(&mut self) {
        self.run("calls", calls).await;
        self.run("values", values).await;
        self.run("errors", errors).await;
        self.run("16 calls at once", at_once).await;
    }

    async fn json(&mut self) {
        self.run("named", named).await;
        self.run("a batch", batch).await;
        self.run("data of an error", data).await;
    }
}

async fn calls(client: Arc<Client>) {
    assert_eq!(client.call::<i64>("subtract", (42, 23)).await.unwrap(), 19);
    assert_eq!(client.call::<(String, i64)>("get_data", ()).await.unwrap(), ("hello".to_owned(), 5));
    let user = client.proxy("site.").call::<Value>("get_user_info", ("alice",)).await;
    assert_eq!(user.unwrap(), json!({"user": "alice"}));
}

async fn values(client: Arc<Client>) {
    let large = "0123456789abcdef".repeat(65_536);
    for text in ["100 % Grüße %41 %zz, 世界, \u{1f980} \u{2028} \0 \u{7f} \" \\ +", &large] {
        assert!(client.call::<String>("echo", (text,)).await.unwrap() == text, "{text:.100}");
    }
    let value = json!([null, [true, {"ключ %": [1.5, u64::MAX, i64::MIN]}]]);
    assert_eq!(client.call::<Value>("echo", (&value,)).await.unwrap(), value);
}

async fn errors(client: Arc<Client>) {
    let error = client.call::<i64>("no_such_method", (1,)).await.unwrap_err();
    assert_eq!(error.kind(), CallErrorKind::MethodNotFound, "{error:?}");
    let error = client.call::<i64>("fail", (99, "müde, 5 %")).await.unwrap_err();
    let said = error.rpc_error().map(|error| (error.code(), error.message()));
    assert_eq!(said, Some((99, "müde, 5 %")), "{error:?}");
}

async fn at_once(client: Arc<Client>) {
    let sums = client.call_all::<i64, _>((0..16).map(|number| ("add", (number, 1)))).await;
    let sums: Result<Vec<i64>, CallError> = sums.into_iter().collect();
    assert_eq!(sums.unwrap(), (1..=16).collect::<Vec<_>>());
}

async fn named(client: Arc<Client>) {
    assert_eq!(client.call::<i64>("subtract", json!({"subtrahend": 23, "minuend": 42})).await.unwrap(), 19);
}

async fn batch(client: Arc<Client>) {
    let mut batch = client.batch();
    let sum = batch.call::<i64>("add", (1, 2));
    batch.notify("update", ("müde %",));
    let echo = batch.call::<String>("echo", ("müde %",));
    let mut replies = batch.send().await.unwrap();
    assert_eq!(replies.take(sum).unwrap(), 3);
    assert_eq!(replies.take(echo).unwrap(), "müde %");
}

async fn data(client: Arc<Client>) {
    let sent = json!({"needed": "5 %"});
    let error = client.call::<i64>("fail", (99, "No funds", &sent)).await.unwrap_err();
    assert_eq!(error.rpc_error().unwrap().data::<Value>().unwrap().unwrap(), sent);
}

async fn notification(client: Arc<Client>) {
    client.notify("update", (1, 2)).await.unwrap();
    client.notify("no_such_method", ()).await.unwrap();
}

async fn notification_to_python(client: Arc<Client>) {
    let ended = client.notify("update", (1, 2)).await;
    assert!(!ended.is_err_and(|error| error.is_timeout()));
}

/// A known fault of Python's: it decodes the message as if it stood in a URL.
async fn unescaped(client: Client) {
    assert_eq!(client.call::<String>("echo", ("a%41",)).await.unwrap(), "aA");
}
