//! Talks to Neovim in both directions, in MessagePack-RPC: edits a buffer, hears of the changes, and answers the editor's
//! own calls.
//!
//! `nvim --headless --listen /tmp/nvim.sock`, then
//! `cargo run -p tinyrpc --features full --example neovim unix:///tmp/nvim.sock`; without an argument it starts an editor.

use std::error::Error;

use serde::de::IgnoredAny;
use tinyrpc::client::Connector;
use tinyrpc::{Client, Dispatcher, MessagePackRpc, Service, protocol_named};
use tokio::sync::mpsc;

/// What a buffer tells of each change: buffer, change number, first line, last line, the new lines, whether more follows.
type LinesEvent = (IgnoredAny, Option<u64>, u64, i64, Vec<String>, bool);

pub(crate) async fn run(url: &str) -> Result<(), Box<dyn Error>> {
    // What the editor can call here, and the notifications that it sends.
    let (changes, mut changed) = mpsc::channel(16);
    let mut dispatcher = Dispatcher::new();
    dispatcher.register("count_words", |(text,): (String,)| text.split_whitespace().count())?;
    dispatcher.register("nvim_buf_lines_event", move |(_, _, first, last, lines, _): LinesEvent| {
        let changes = changes.clone();
        async move { drop(changes.send((first, last, lines)).await) }
    })?;
    let nvim = Connector::new()
        .with_protocol(protocol_named("msgpack")?)
        .with_service(Service::new(MessagePackRpc::new(), dispatcher))
        .connect(url)
        .await?;

    // The editor names this connection; its own calls go to that channel. The rest of the answer is its API.
    let (channel, _): (u64, IgnoredAny) = nvim.call("nvim_get_api_info", ()).await?;
    println!("connected as channel {channel}");

    // Attach to the buffer, change it, and hear of the change.
    let attached: bool = nvim.call("nvim_buf_attach", (0, false, Empty {})).await?;
    assert!(attached);
    nvim.call::<()>("nvim_buf_set_lines", (0, 0, -1, false, ["hello from Rust", "and goodbye"])).await?;
    let (first, last, lines) = changed.recv().await.ok_or("the connection is gone")?;
    println!("lines {first} to {last} are now {lines:?}");
    assert_eq!(lines, ["hello from Rust", "and goodbye"]);

    // Buffers are values of a type of the editor's own. As a payload, undecoded, they are given back as they came.
    let buffer = nvim.call_payload("nvim_get_current_buf", None).await?;
    println!("this buffer is {buffer:?}");

    // The editor calls back while our call to it is under way.
    let script =
        "return vim.rpcrequest(..., 'count_words', table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, false), ' '))";
    let words: usize = nvim.call("nvim_exec_lua", (script, [channel])).await?;
    println!("{words} words");
    assert_eq!(words, 5);

    let error = nvim.call::<()>("nvim_command", ("frobnicate",)).await.expect_err("there is no such command");
    println!("{error}");
    quit(nvim).await;
    Ok(())
}

/// An empty map: a buffer is attached to without options.
#[derive(serde::Serialize)]
struct Empty {}

async fn quit(nvim: Client) {
    // It is gone before it can answer.
    let _ = nvim.notify("nvim_command", ("quitall!",)).await;
    nvim.close().await;
}

#[tokio::main]
#[allow(dead_code)] // the tests run the rest of this file against an editor of theirs
async fn main() -> Result<(), Box<dyn Error>> {
    let url = std::env::args().nth(1);
    run(url.as_deref().unwrap_or("exec:nvim --headless --clean --embed")).await
}
