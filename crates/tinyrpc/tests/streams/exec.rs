//! Child processes.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use tinyrpc::transport::TransportErrorKind;
use tinyrpc::transport::stream::{Framings, exec};
use tinyrpc::{Client, JsonRpc};

use crate::support::{adds, soon, transport_kind};
use crate::unix::Folder;

/// Answers every line with 3.
const ANSWERS: &str =
    r#"n=0; while read -r line; do n=$((n+1)); echo "{\"jsonrpc\":\"2.0\",\"id\":$n,\"result\":3}"; done"#;

fn shell(script: &str) -> Client {
    let mut command = Command::new("sh");
    command.args(["-c", script]);
    Client::over(exec::start(command, &Framings::named("line").unwrap(), 4 << 20).unwrap(), JsonRpc::new())
}

/// The number that the child has written to a file.
async fn number_in(path: &Path) -> u32 {
    soon(async {
        loop {
            if let Ok(text) = std::fs::read_to_string(path)
                && text.ends_with('\n')
            {
                return text.trim().parse().unwrap();
            }
            tokio::task::yield_now().await;
        }
    })
    .await
}

/// Whether there is such a process, one that has ended and waits for its parent not counted.
fn is_running(process: u32) -> bool {
    let state = std::fs::read_to_string(format!("/proc/{process}/stat"));
    state.is_ok_and(|state| !state.rsplit(')').next().unwrap_or_default().trim_start().starts_with('Z'))
}

async fn gone(process: u32) {
    soon(async {
        while is_running(process) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await;
}

#[tokio::test]
async fn a_child_answers_and_ends_when_the_link_is_closed() {
    let folder = Folder::new();
    let (number, goodbye) = (folder.path("number"), folder.path("goodbye"));
    let client = shell(&format!("echo $$ > {}; {ANSWERS}; : > {}", number.display(), goodbye.display()));
    adds(&client).await;
    adds(&client).await;
    let process = number_in(&number).await;
    assert!(is_running(process));
    soon(client.close()).await;
    assert!(!is_running(process));
    assert!(goodbye.exists(), "it had the time to end by itself");
}

#[tokio::test]
async fn a_command_line_is_split_into_words() {
    let client = Client::connect(&format!("exec:sh -c '{ANSWERS}'?framing=line")).await.unwrap();
    adds(&client).await;
}

#[tokio::test]
async fn how_a_child_ended_and_what_it_said_is_in_the_error() {
    let client = shell("read -r line; echo first >&2; echo 'no disk' >&2; exit 7");
    let error = soon(client.call::<i64>("add", (1, 2))).await.unwrap_err();
    assert_eq!(transport_kind(&error), Some(TransportErrorKind::Lost));
    let text = error.to_string();
    assert!(text.contains("exit status: 7") && text.contains("first | no disk"), "{text}");
    // Whoever comes later is told the same.
    let text = soon(client.call::<i64>("add", (1, 2))).await.unwrap_err().to_string();
    assert!(text.contains("exit status: 7") && text.contains("no disk"), "{text}");
}

#[tokio::test]
async fn a_child_that_never_reads_is_no_exception() {
    let client = shell("echo 'what now?' >&2; exit 3");
    // Much more than a pipe holds, so that writing fails, not reading only.
    let error = soon(client.call::<i64>("add", ("x".repeat(1 << 20),))).await.unwrap_err();
    let text = error.to_string();
    assert!(text.contains("exit status: 3") && text.contains("what now?"), "{text}");
}

#[tokio::test]
async fn a_child_that_is_killed_tells_by_which_signal() {
    let client = shell("read -r line; kill -TERM $$");
    let text = soon(client.call::<i64>("add", (1, 2))).await.unwrap_err().to_string();
    assert!(text.contains("signal: 15"), "{text}");
}

#[tokio::test]
async fn a_child_that_ignores_the_end_of_its_input_is_killed_with_its_children() {
    let folder = Folder::new();
    let (number, inner) = (folder.path("number"), folder.path("inner"));
    let script = format!(
        "trap '' TERM HUP; sleep 1000 & echo $! > {}; echo $$ > {}; {ANSWERS}; while :; do sleep 1000; done",
        inner.display(),
        number.display()
    );
    let client = shell(&script);
    adds(&client).await;
    let (process, inner) = (number_in(&number).await, number_in(&inner).await);
    soon(client.close()).await;
    gone(process).await;
    gone(inner).await;
}

/// Until then nobody else can get its number, which is that of the group that is killed in the end.
#[tokio::test]
async fn a_child_that_has_ended_is_reaped_when_its_children_have_been_killed() {
    let folder = Folder::new();
    let (number, inner) = (folder.path("number"), folder.path("inner"));
    let script = format!("sleep 1000 2>/dev/null & echo $! > {}; echo $$ > {}", inner.display(), number.display());
    let client = shell(&script);
    let (process, inner) = (number_in(&number).await, number_in(&inner).await);
    gone(process).await;
    let listed = Path::new("/proc").join(process.to_string());
    for _ in 0..10 {
        // Somebody else's child that has ended later and been reaped shows that this one's end has been seen.
        let status = soon(tokio::process::Command::new("true").status()).await.unwrap();
        assert!(status.success() && listed.exists() && is_running(inner));
    }
    drop(client);
    gone(inner).await;
    soon(async {
        while listed.exists() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await;
}

#[tokio::test]
async fn a_child_does_not_outlive_a_client_that_is_dropped() {
    let folder = Folder::new();
    let number = folder.path("number");
    let client = shell(&format!("echo $$ > {}; trap '' TERM; while :; do sleep 1000; done", number.display()));
    let process = number_in(&number).await;
    drop(client);
    gone(process).await;
}

#[test]
fn a_child_does_not_outlive_the_runtime() {
    let folder = Folder::new();
    let (number, inner) = (folder.path("number"), folder.path("inner"));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (client, processes) = runtime.block_on(async {
        let script = format!("sleep 1000 & echo $! > {}; echo $$ > {}; wait", inner.display(), number.display());
        let client = shell(&script);
        (client, [number_in(&number).await, number_in(&inner).await])
    });
    drop(runtime);
    drop(client);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    for process in processes {
        runtime.block_on(gone(process));
    }
}

#[tokio::test]
async fn a_child_that_floods_its_standard_error_is_read_on() {
    let client = shell(&format!("yes 'a line that nobody needs' | head -c 3000000 >&2; {ANSWERS}"));
    adds(&client).await;
}

#[tokio::test]
async fn what_cannot_be_started() {
    let error = Client::connect("exec:/no/such/program --at all").await.unwrap_err();
    assert_eq!(error.kind(), TransportErrorKind::Unreachable);
    assert!(error.to_string().contains("/no/such/program --at all"), "{error}");
}
