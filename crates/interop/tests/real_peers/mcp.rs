//! A server of the Model Context Protocol over standard input and output, one message a line.

use std::time::Duration;

use serde_json::json;
use tinyrpc_interop::{Row, installed};

#[path = "../../../tinyrpc/examples/mcp.rs"]
mod example;

fn command() -> Option<String> {
    let (node, server) = (installed("node")?, installed("@modelcontextprotocol/server-everything/dist/index.js")?);
    Some(format!("'{}' '{}' stdio", node.display(), server.display()))
}

#[tokio::test]
async fn the_example_runs() {
    let Some(command) = command() else { return };
    example::run(&command).await.expect("the server does as it is told");
}

#[tokio::test]
async fn tools_run_tell_of_progress_call_back_and_are_cancelled() {
    let Some(command) = command() else { return };
    let row = Row::new("stdio", "jsonrpc", "MCP server, both ways");
    let mut server = example::connect(&command).await.expect("a server");
    assert_eq!(server.tool("echo", json!({"message": "Grüße 🦀"})).await.expect("a result"), "Echo: Grüße 🦀");

    let asked =
        server.tool("trigger-sampling-request", json!({"prompt": "hi", "maxTokens": 10})).await.expect("a result");
    assert!(asked.contains("you sent 1 message(s)"), "{asked}");

    let done =
        server.tool("trigger-long-running-operation", json!({"duration": 1, "steps": 4})).await.expect("a result");
    assert!(done.contains("completed"), "{done}");
    for step in 1..=4 {
        let progress = server.progress.recv().await.expect("the server is there");
        assert_eq!((progress["progress"].as_u64(), progress["total"].as_u64()), (Some(step), Some(4)));
    }

    // Cancelled, it makes no more steps; the call after it comes through.
    let slow = server.tool("trigger-long-running-operation", json!({"duration": 60, "steps": 60}));
    tokio::time::timeout(Duration::from_millis(300), slow).await.expect_err("a minute has not passed");
    assert_eq!(server.tool("echo", json!({"message": "after"})).await.expect("a result"), "Echo: after");
    let error = server.tool("no such tool", json!({})).await.unwrap_or_else(|error| error.to_string());
    assert!(error.contains("not found"), "{error}");
    server.client.close().await;
    row.passed("tools, progress, sampling, cancellation");
}
