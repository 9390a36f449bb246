//! Every call ends, and so does every client, wherever it is dropped.

use std::cell::RefCell;
use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use tinyrpc::blocking::Client;
use tinyrpc::transport::TransportErrorKind;

use crate::support::Running;

/// Fails instead of waiting for ever.
fn in_a_thread(work: impl FnOnce() + Send + 'static) {
    let (sender, ended) = mpsc::channel();
    let thread = std::thread::spawn(move || {
        work();
        sender.send(()).unwrap();
    });
    ended.recv_timeout(Duration::from_secs(30)).expect("it should not wait so long");
    thread.join().unwrap();
}

#[test]
fn a_call_without_a_reply_ends_with_its_timeout() {
    let running = Running::at("inproc://silent");
    let client = Client::connect(&running.url).unwrap().with_timeout(Duration::from_millis(20));
    assert!(client.call::<()>("never", ()).unwrap_err().is_timeout());
}

#[test]
fn closing_ends_the_calls_of_other_threads() {
    let running = Running::at("inproc://closed");
    let client = Client::connect(&running.url).unwrap();
    let waiting = client.clone();
    let waits = std::thread::spawn(move || waiting.call::<()>("never", ()).unwrap_err());
    assert_eq!(client.call::<i64>("add", (1, 2)).unwrap(), 3);
    client.close();
    assert_eq!(waits.join().unwrap().transport_error().unwrap().kind(), TransportErrorKind::Closed);
}

#[test]
fn a_server_that_goes_ends_the_calls() {
    let running = Running::at("inproc://gone");
    let client = Client::connect(&running.url).unwrap();
    let waiting = client.clone();
    let waits = std::thread::spawn(move || waiting.call::<()>("never", ()).unwrap_err());
    assert_eq!(client.call::<i64>("add", (1, 2)).unwrap(), 3);
    drop(running);
    let kind = waits.join().unwrap().transport_error().unwrap().kind();
    assert!(matches!(kind, TransportErrorKind::Lost | TransportErrorKind::Unreachable), "{kind:?}");
    assert!(client.call::<i64>("add", (1, 2)).is_err());
}

#[test]
fn dropping_neither_waits_nor_panics() {
    thread_local!(static KEPT: RefCell<Option<Client>> = const { RefCell::new(None) });
    let running = Running::at("inproc://dropped");
    let client = Client::connect(&running.url).unwrap();
    let clone = client.clone();
    in_a_thread(move || drop(clone));
    // Dropped when the thread is about to end.
    let clone = client.clone();
    in_a_thread(move || KEPT.set(Some(clone)));
    let clone = client.clone();
    in_a_thread(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async move { drop(clone) });
    });
    assert_eq!(client.call::<i64>("add", (1, 2)).unwrap(), 3);
    // The last one, while the server is there and when it is gone.
    in_a_thread(move || KEPT.set(Some(client)));
    let client = Client::connect(&running.url).unwrap();
    drop(running);
    in_a_thread(move || drop(client));
}

#[cfg(feature = "http-client")]
#[test]
fn an_exchange_can_be_dropped_anywhere_too() {
    thread_local!(static KEPT: RefCell<Option<Client>> = const { RefCell::new(None) });
    let running = Running::at("http://127.0.0.1:0/");
    let client = Client::connect(&running.url).unwrap();
    assert_eq!(client.call::<i64>("add", (1, 2)).unwrap(), 3); // leaves a connection open
    in_a_thread(move || KEPT.set(Some(client)));
}

/// What Ctrl-C does to a program that waits for a reply.
#[cfg(unix)]
#[test]
fn an_interrupt_ends_the_program() {
    use std::os::unix::process::ExitStatusExt as _;

    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "ending::waits_for_ever", "--ignored", "--nocapture"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
    assert!(lines.by_ref().take(10).any(|line| line.ends_with("waiting")));
    let killed = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(killed.success());
    assert_eq!(child.wait().unwrap().signal(), Some(2));
}

#[test]
#[ignore = "is a program of its own, which another test starts and interrupts"]
fn waits_for_ever() {
    let running = Running::at("inproc://interrupted");
    let client = Client::connect(&running.url).unwrap().with_timeout(Duration::from_secs(60));
    println!("waiting");
    client.call::<()>("never", ()).unwrap();
}
