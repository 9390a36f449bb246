//! An editor that speaks MessagePack-RPC over a unix socket, and calls back.

use std::process::Command;

use serde::Deserialize;
use tinyrpc::client::{Caller, Connector};
use tinyrpc::codec::MessagePack;
use tinyrpc::{Client, Dispatcher, MessagePackRpc, Payload, RpcError, Service, protocol_named};
use tinyrpc_interop::{Peer, Row, installed};
use tokio::sync::mpsc;

#[path = "../../../tinyrpc/examples/neovim.rs"]
mod example;

/// The editor reads errors of two kinds, 0 and 1, and calls any other code an unknown error.
const NVIM_EXCEPTION: i64 = 0;

/// An editor of the test's own that listens at a socket of its own.
fn editor(name: &str) -> Option<Peer> {
    let program = installed("nvim")?;
    let socket = std::env::temp_dir().join(format!("tinyrpc-nvim-{}-{name}.sock", std::process::id()));
    let socket = socket.to_str().expect("a path in UTF-8");
    let ready = format!("lua io.stdout:write('listening on unix://{socket}\\n') io.stdout:flush()");
    Some(Peer::start(Command::new(program).args(["--headless", "--clean", "--listen", socket, "-c", &ready])))
}

#[tokio::test]
async fn the_example_runs() {
    let Some(editor) = editor("example") else { return };
    example::run(editor.url()).await.expect("the editor does as it is told");
}

/// Connects, with `dispatcher` for what the editor calls; gives the number of its channel to us as well.
async fn connect(editor: &Peer, dispatcher: Dispatcher) -> (Client, u64) {
    let client = Connector::new()
        .with_protocol(protocol_named("msgpack").expect("it is built in"))
        .with_service(Service::new(MessagePackRpc::new(), dispatcher))
        .connect(editor.url())
        .await
        .expect("the editor listens");
    let (channel, _) = client.call::<(u64, serde::de::IgnoredAny)>("nvim_get_api_info", ()).await.expect("its API");
    (client, channel)
}

#[derive(Deserialize)]
struct Depth {
    depth: u32,
    channel: u64,
}

/// Each end waits for the other, many levels deep.
async fn descend(nvim: Caller, Depth { depth, channel }: Depth) -> Result<u32, RpcError> {
    if depth == 0 {
        return Ok(0);
    }
    let script = "local channel, depth = ...; return vim.rpcrequest(channel, 'descend', depth, channel) + 1";
    nvim.call("nvim_exec_lua", (script, (channel, depth - 1))).await.map_err(RpcError::from)
}

#[tokio::test]
async fn the_editor_and_we_call_each_other_many_levels_deep() {
    let Some(editor) = editor("deep") else { return };
    let row = Row::new("unix", "msgpack", "Neovim, both ways");
    let mut dispatcher = Dispatcher::new();
    dispatcher.register("descend", descend).expect("a new name");
    dispatcher.register("fail", || Err::<(), _>(RpcError::new(NVIM_EXCEPTION, "not here"))).expect("a new name");
    let (nvim, channel) = connect(&editor, dispatcher).await;

    let script = "local channel = ...; return vim.rpcrequest(channel, 'descend', 20, channel)";
    let levels: u32 = nvim.call("nvim_exec_lua", (script, (channel,))).await.expect("no deadlock");
    assert_eq!(levels, 20);

    // Its own calls get our errors, and its errors are read, which have no code.
    let script = "local ok, error = pcall(vim.rpcrequest, ..., 'fail'); return {ok, tostring(error)}";
    let (ok, error): (bool, String) = nvim.call("nvim_exec_lua", (script, (channel,))).await.expect("a result");
    assert!(!ok && error.contains("not here"), "{error}");
    let error = nvim.call::<()>("nvim_command", ("frobnicate",)).await.expect_err("no such command");
    assert!(error.to_string().contains("Not an editor command: frobnicate"), "{error}");
    assert_eq!(error.rpc_error().map(RpcError::code), Some(NVIM_EXCEPTION));
    row.passed("20 calls deep, errors both ways");
}

/// Lines are bytes to the editor, whatever their encoding, and buffers are values of a type of its own.
#[tokio::test]
async fn values_that_are_not_text_come_back_as_they_are() {
    let Some(editor) = editor("values") else { return };
    let (nvim, _) = connect(&editor, Dispatcher::new()).await;

    let buffer = nvim.call_payload("nvim_get_current_buf", None).await.expect("a buffer");
    let mut call = vec![0x91];
    call.extend_from_slice(buffer.raw());
    let call = Payload::new(call.into(), &MessagePack);
    let count = nvim.call_payload("nvim_buf_line_count", Some(&call)).await.expect("the editor knows its buffer");
    assert_eq!(count.decode::<u32>().expect("a number"), 1);

    nvim.call::<()>("nvim_exec_lua", ("vim.api.nvim_buf_set_lines(0, 0, -1, false, {'a\\255b'})", [0; 0]))
        .await
        .expect("a line");
    let lines = nvim.call_payload("nvim_buf_get_lines", None).await.expect_err("arguments are missing");
    assert!(lines.is_remote(), "{lines:?}");
    let arguments = Payload::encode(&(0, 0, -1, false), &MessagePack).expect("arguments");
    let lines = nvim.call_payload("nvim_buf_get_lines", Some(&arguments)).await.expect("the lines");
    assert_eq!(&lines.raw()[..], b"\x91\xa3a\xffb");
    assert_eq!(
        nvim.call::<(serde_bytes::ByteBuf,)>("nvim_buf_get_lines", (0, 0, -1, false)).await.expect("bytes").0.as_ref(),
        b"a\xffb"
    );
}

/// The editor tells of changes in the order in which they are made.
#[tokio::test]
async fn its_notifications_are_heard_in_order() {
    let Some(editor) = editor("events") else { return };
    let (sender, mut heard) = mpsc::unbounded_channel();
    let mut dispatcher = Dispatcher::new();
    dispatcher
        .register("tick", move |(number,): (u32,)| {
            let _ = sender.send(number);
        })
        .expect("a new name");
    let (nvim, channel) = connect(&editor, dispatcher).await;

    let script = "for number = 1, 1000 do vim.rpcnotify(..., 'tick', number) end";
    nvim.call::<()>("nvim_exec_lua", (script, (channel,))).await.expect("a result");
    for number in 1..=1000 {
        assert_eq!(heard.recv().await, Some(number));
    }
}
