//! A language server over standard input and output, with `Content-Length` before each message.

use tinyrpc_interop::{Row, installed};

#[path = "../../../tinyrpc/examples/language_server.rs"]
mod example;

#[tokio::test]
async fn a_document_is_checked() {
    let Some(server) = installed("pylsp") else { return };
    let row = Row::new("stdio", "jsonrpc", "our client, language server");
    let command = format!("'{}'", server.display());
    let text = "import os\nprint(undefined)\nprint(\"Grüße, 世界 🦀\")\n";
    let found = example::check(&command, "python", text).await.expect("the server does its work and ends");
    assert!(found.iter().any(|message| message.contains("undefined name 'undefined'")), "{found:?}");
    assert!(found.iter().any(|message| message.contains("'os' imported but unused")), "{found:?}");
    row.passed("initialise, open, diagnostics, shut down");
}
