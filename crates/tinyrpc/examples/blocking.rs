//! A program without async: threads that share one client.
//!
//! `cargo run -p tinyrpc --features full --example blocking [URL]`; without a URL it starts a server of its own.

use std::thread;
use std::time::Duration;

use tinyrpc::blocking::{Client, block_on};
use tinyrpc::{CallError, Dispatcher, JsonRpc, RpcError, Server, Service};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let url = std::env::args().nth(1).map_or_else(serve, Ok)?;
    let client = Client::connect(&url)?.with_timeout(Duration::from_secs(5));

    let sum: i64 = client.call("add", (1, 2))?;
    println!("1 + 2 = {sum}");
    assert_eq!(sum, 3);

    let failed: Result<(), CallError> = client.call("fail", (99, "no", ()));
    let error = failed.expect_err("it fails by its nature");
    println!("{error}");
    assert_eq!(error.rpc_error().map(RpcError::code), Some(99));

    let mut batch = client.batch();
    let entries: Vec<_> = (0..3).map(|n| batch.call::<i64>("add", (n, n))).collect();
    let mut replies = batch.send()?;
    for (n, entry) in (0..).zip(entries) {
        assert_eq!(replies.take(entry)?, 2 * n);
    }

    let threads = (0..4).map(|n| {
        let client = client.clone();
        thread::spawn(move || client.call::<i64>("add", (n, 10)))
    });
    for (n, thread) in (0..).zip(threads.collect::<Vec<_>>()) {
        let sum = thread.join().expect("the thread does not panic")?;
        println!("{n} + 10 = {sum}");
        assert_eq!(sum, n + 10);
    }
    client.close();
    Ok(())
}

/// A server in a thread of its own; gives its URL.
fn serve() -> Result<String, Box<dyn std::error::Error>> {
    let mut dispatcher = Dispatcher::new();
    dispatcher.register("add", |(a, b): (i64, i64)| a + b)?;
    dispatcher.register("fail", |(code, message, _data): (i64, String, ())| -> Result<(), RpcError> {
        Err(RpcError::new(code, message))
    })?;
    let server = block_on(Server::new(Service::new(JsonRpc::new(), dispatcher)).bind("tcp://127.0.0.1:0"))?;
    let url = server.endpoints().remove(0);
    thread::spawn(move || block_on(server.run()));
    Ok(url)
}
