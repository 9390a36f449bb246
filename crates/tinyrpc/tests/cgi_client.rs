//! CGI programs that are called without a web server: what they are told, and what becomes of them.
#![cfg(unix)]

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use bytes::Bytes;
use tinyrpc::transport::cgi::CgiClient;
use tinyrpc::transport::{ClientTransport as _, Expect, Outgoing, TransportError, TransportErrorKind};
use tinyrpc::{CallError, Client, JsonRpc};

const LENGTH: &str =
    r#"printf 'Status: 200 OK\nContent-Type: application/json\nContent-Length: %s\n\n%s' ${#reply} "$reply"; "#;

/// Fails instead of hanging.
async fn soon<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(30), future).await.expect("this should not take so long")
}

fn shell(script: &str) -> CgiClient {
    CgiClient::new("sh").with_argument("-c").with_argument(script)
}

/// A client of a shell script that sets `reply`; `more` runs after it is printed.
fn replying(reply: &str, more: &str) -> Client {
    Client::new(shell(&format!("cat >/dev/null; reply={reply}; {LENGTH}{more}")), JsonRpc::new())
}

async fn exchange(program: &CgiClient, message: &[u8], limit: usize) -> Result<Option<Bytes>, TransportError> {
    let mut outgoing = Outgoing::new(Bytes::copy_from_slice(message), "application/json");
    outgoing.limit = limit;
    soon(program.exchange(outgoing)).await
}

fn kind(error: &CallError) -> Option<TransportErrorKind> {
    Some(error.transport_error()?.kind())
}

/// A file of a test's own, removed in the end.
struct File(PathBuf);

impl File {
    fn new(name: &str) -> Self {
        Self(std::env::temp_dir().join(format!("tinyrpc-cgi-{name}-{}", std::process::id())))
    }

    fn text(&self) -> &str {
        self.0.to_str().unwrap()
    }
}

impl Drop for File {
    fn drop(&mut self) {
        // It may never have been made.
        let _ = std::fs::remove_file(&self.0);
    }
}

/// The number in a file, as soon as a line is in it.
async fn number_in(path: &Path) -> u32 {
    soon(async {
        loop {
            let text = std::fs::read_to_string(path).unwrap_or_default();
            if let Some(number) = text.strip_suffix('\n') {
                return number.parse().unwrap();
            }
            // Nothing tells when another process has written.
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await
}

/// Returns when a process has ended.
async fn gone(process: u32) {
    let running = || {
        let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
        stat.rsplit_once(") ").is_some_and(|(_, rest)| !rest.starts_with('Z'))
    };
    soon(async {
        while running() {
            // The process is not ours to wait for.
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await;
}

#[tokio::test]
async fn a_program_learns_what_a_web_server_would_tell_it() {
    let told = "$GATEWAY_INTERFACE $REQUEST_METHOD $CONTENT_TYPE $CONTENT_LENGTH $SERVER_PROTOCOL $PATH_INFO $HTTP_X";
    let script = format!(
        r#"message=$(cat); [ ${{#message}} = $CONTENT_LENGTH ] || exit 1
        reply="{{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":\"{told}\"}}"; {LENGTH}"#
    );
    let program = shell(&script).with_variable("PATH_INFO", "/a b").with_variable("HTTP_X", "secret");
    assert!(!format!("{program:?}").contains("secret"));
    let client = Client::new(program, JsonRpc::new());
    let result = soon(client.call::<String>("who", ())).await.unwrap();
    assert_eq!(result, "CGI/1.1 POST application/json 39 HTTP/1.1 /a b secret");
}

#[tokio::test]
async fn long_messages_go_both_ways_at_once() {
    let message = vec![b'x'; 3 << 20];
    let reply = exchange(&shell("echo; cat"), &message, 4 << 20).await.unwrap().unwrap();
    assert!(reply == message);
    // A program need not read its message.
    let reply = exchange(&shell("echo; echo abc"), &message, 4 << 20).await.unwrap().unwrap();
    assert_eq!(reply, "abc\n");
}

#[tokio::test]
async fn an_endless_reply_is_not_read_and_its_program_ends() {
    let file = File::new("endless");
    let script = format!("echo $$ >{}; echo; exec yes", file.text());
    let error = exchange(&shell(&script), b"{}", 100_000).await.unwrap_err();
    assert_eq!(error.kind(), TransportErrorKind::TooLarge, "{error}");
    gone(number_in(&file.0).await).await;
    let error = exchange(&shell("printf 'Content-Length: 9999\n\n'; exec sleep 1000"), b"{}", 1_000).await.unwrap_err();
    assert_eq!(error.kind(), TransportErrorKind::TooLarge, "{error}");
}

#[tokio::test]
async fn a_call_that_is_given_up_kills_the_program_and_what_it_started() {
    let (program, child) = (File::new("program"), File::new("child"));
    let script = format!("sleep 1000 & echo $! >{}; echo $$ >{}; wait", child.text(), program.text());
    let client = Client::new(shell(&script), JsonRpc::new());
    let call = tokio::spawn(async move { client.call::<()>("never", ()).await });
    let processes = [number_in(&program.0).await, number_in(&child.0).await];
    call.abort();
    for process in processes {
        gone(process).await;
    }
}

#[tokio::test]
async fn a_program_that_does_not_end_after_its_response_is_ended() {
    let file = File::new("lingers");
    let client =
        replying(r#"'{"jsonrpc":"2.0","id":1,"result":7}'"#, &format!("echo $$ >{}; exec sleep 1000", file.text()));
    let begun = Instant::now();
    assert_eq!(soon(client.call::<i64>("add", ())).await.unwrap(), 7);
    assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", begun.elapsed());
    gone(number_in(&file.0).await).await;
}

/// As it is blocked where a parent has blocked it, or missed where other code of the process handles it.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn calls_are_as_quick_without_the_signal_that_a_program_has_ended() {
    const INSIDE: &str = "TINYRPC_TEST_WITHOUT_SIGCHLD";
    if std::env::var_os(INSIDE).is_none() {
        let mut inside = tokio::process::Command::new("env");
        inside.args(["--block-signal=CHLD"]).arg(std::env::current_exe().unwrap());
        inside.args(["--exact", "calls_are_as_quick_without_the_signal_that_a_program_has_ended"]);
        let output = soon(inside.env(INSIDE, "1").kill_on_drop(true).output()).await.unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
        return;
    }
    let client = replying(r#"'{"jsonrpc":"2.0","id":1,"result":7}'"#, "exec >&- 2>&-; sleep 0.1");
    let client = client.with_ids(|| 1.into());
    let begun = Instant::now();
    for _ in 0..3 {
        assert_eq!(soon(client.call::<i64>("add", ())).await.unwrap(), 7);
    }
    // Each has two seconds for ending before it is ended.
    assert!(begun.elapsed() < Duration::from_secs(4), "{:?}", begun.elapsed());
}

#[tokio::test]
async fn what_a_program_said_and_how_it_ended_is_in_the_error() {
    let client = Client::new(shell("echo out of cheese >&2; exit 3"), JsonRpc::new());
    for error in [soon(client.call::<()>("x", ())).await.unwrap_err(), soon(client.notify("x", ())).await.unwrap_err()]
    {
        assert_eq!(kind(&error), Some(TransportErrorKind::Lost));
        let said = error.transport_error().unwrap().to_string();
        assert!(said.contains("out of cheese") && said.contains("exit status: 3"), "{said}");
    }
    for (script, expected) in [
        ("printf 'Status: 2'", TransportErrorKind::Lost),
        ("kill -9 $$", TransportErrorKind::Lost),
        (r"printf 'Traceback (most recent call last)\n\n'", TransportErrorKind::Invalid),
        (r"printf 'Status: 500\n\nno'", TransportErrorKind::Refused),
    ] {
        let client = Client::new(shell(&format!("cat >/dev/null; {script}")), JsonRpc::new());
        let error = soon(client.call::<()>("x", ())).await.unwrap_err();
        assert_eq!(kind(&error), Some(expected), "{script}: {error:?}");
    }
}

#[tokio::test]
async fn an_error_status_does_not_hide_a_reply() {
    let reply = r#"{"jsonrpc":"2.0","id":1,"error":{"code":99,"message":"no"}}"#;
    let client = Client::new(shell(&format!("cat >/dev/null; printf 'Status: 500\n\n{reply}'")), JsonRpc::new());
    let error = soon(client.call::<()>("x", ())).await.unwrap_err();
    assert_eq!(error.rpc_error().map(|error| (error.code(), error.message())), Some((99, "no")));
}

#[tokio::test]
async fn a_notification_needs_no_answer() {
    for script in ["cat >/dev/null", "cat >/dev/null; printf 'Status: 204\n\n'", "cat >/dev/null; printf '\n{}'"] {
        let program = shell(script);
        let mut outgoing = Outgoing::new(Bytes::from_static(b"{}"), "application/json");
        outgoing.expect = Expect::Nothing;
        assert_eq!(soon(program.exchange(outgoing)).await.unwrap(), None, "{script}");
    }
    let error = exchange(&shell("cat >/dev/null"), b"{}", 100).await.unwrap_err();
    assert_eq!(error.kind(), TransportErrorKind::Lost, "a call needs one: {error}");
}

#[tokio::test]
async fn no_more_processes_than_allowed_run_at_once() {
    let folder = File::new("one");
    // Only one at a time can make the folder.
    let script = format!("mkdir {0} && cat >/dev/null && rmdir {0} && echo && echo done", folder.text());
    let program = shell(&script).with_processes(1);
    let all = (0..10).map(|_| exchange(&program, b"{}", 100));
    for reply in futures_util::future::join_all(all).await {
        assert_eq!(reply.unwrap().unwrap(), "done\n");
    }
}

#[tokio::test]
async fn what_cannot_be_started() {
    let client = Client::new(CgiClient::new("/no/such/program"), JsonRpc::new());
    let error = soon(client.call::<()>("x", ())).await.unwrap_err();
    assert!(error.is_unsent() && kind(&error) == Some(TransportErrorKind::Unreachable), "{error}");
    for url in ["cgi:", "cgi:'a", "cgi:a?framing=line"] {
        assert_eq!(Client::connect(url).await.unwrap_err().kind(), TransportErrorKind::Setup, "{url}");
    }
}

#[tokio::test]
async fn a_url_names_a_program_and_its_arguments() {
    let script = r#"reply='{"jsonrpc":"2.0","id":1,"result":"'$1'"}'; "#.to_owned() + LENGTH;
    let url = format!("cgi:sh -c '{}' sh 'a b'?protocol=jsonrpc", script.replace('\'', r"'\''"));
    let client = Client::connect(&url).await.unwrap();
    assert_eq!(soon(client.call::<String>("x", ())).await.unwrap(), "a b");
}
