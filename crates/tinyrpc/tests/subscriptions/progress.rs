//! Calls that say how far they have come.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use tinyrpc::progress::{Progress, ProgressForm, ProgressToken};
use tinyrpc::transport::memory::Memory;
use tinyrpc::{Client, Context, Dispatcher, JsonRpc, Service};

use crate::support::*;

#[derive(Debug, Deserialize, PartialEq, Serialize)]
struct Step {
    progress: u64,
}

#[derive(Deserialize)]
struct Meta {
    #[serde(rename = "progressToken")]
    token: Option<ProgressToken>,
}

/// Three reports in either form.
fn dispatcher() -> Dispatcher {
    let mut dispatcher = Dispatcher::new();
    dispatcher
        .register("lsp", |cx: Context, (from, token): (u64, Option<ProgressToken>)| async move {
            let progress = Progress::new(&cx, token);
            for step in from..from + 3 {
                progress.report(step).await;
            }
            progress.is_wanted()
        })
        .unwrap()
        .register("mcp", |cx: Context, (meta,): (Meta,)| async move {
            let progress = Progress::new(&cx, meta.token).with_form(ProgressForm::Mcp);
            for step in 0..3 {
                progress.report(Step { progress: step }).await;
            }
        })
        .unwrap();
    dispatcher
}

#[tokio::test]
async fn reports_come_in_order_and_before_the_result() {
    for protocol in protocols() {
        let (client, _trigger) = connect(dispatcher(), protocol);
        let ask = |from: u64| {
            let client = client.clone();
            async move {
                let mut seen = Vec::new();
                let wanted: bool = client
                    .call_with_progress(ProgressForm::Lsp, "lsp", |token| (from, token), |step: u64| seen.push(step))
                    .await
                    .unwrap();
                assert_eq!((wanted, seen), (true, vec![from, from + 1, from + 2]));
            }
        };
        soon(futures_util::future::join3(ask(0), ask(10), ask(20))).await;
        assert!(!soon(client.call::<bool>("lsp", (5, None::<ProgressToken>))).await.unwrap());
    }
    let (client, _trigger) = connect(dispatcher(), Arc::new(JsonRpc::new()));
    let mut seen = Vec::new();
    let arguments = |token| (std::collections::HashMap::from([("progressToken", token)]),);
    let report = |step: Step| seen.push(step.progress);
    soon(client.call_with_progress::<(), _, _>(ProgressForm::Mcp, "mcp", arguments, report)).await.unwrap();
    assert_eq!(seen, [0, 1, 2]);
}

#[tokio::test]
async fn the_forms_are_those_of_language_servers_and_mcp() {
    let (mut other, _trigger) = serve(dispatcher());
    other.send(&[r#"{"jsonrpc":"2.0","method":"lsp","params":[7,"t"],"id":1}"#]).await;
    for step in 7..10 {
        let report = format!(r#"{{"jsonrpc":"2.0","method":"$/progress","params":{{"token":"t","value":{step}}}}}"#);
        other.expect(&report).await;
    }
    other.expect(r#"{"jsonrpc":"2.0","id":1,"result":true}"#).await;
    other.send(&[r#"{"jsonrpc":"2.0","method":"mcp","params":[{"progressToken":9}],"id":2}"#]).await;
    for step in 0..3 {
        let report = r#"{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":9,"progress":"#;
        other.expect(&format!("{report}{step}}}}}")).await;
    }
    other.expect(r#"{"jsonrpc":"2.0","id":2,"result":null}"#).await;
}

#[tokio::test]
async fn without_a_link_the_call_works_without_reports() {
    let client = Client::new(Memory::new(Service::new(JsonRpc::new(), dispatcher())), JsonRpc::new());
    let report = |_: u64| panic!("there is no way for it");
    let wanted: bool =
        soon(client.call_with_progress(ProgressForm::Lsp, "lsp", |token| (0, token), report)).await.unwrap();
    assert!(!wanted);
}

#[tokio::test]
async fn a_lost_link_ends_the_call() {
    let (client, mut other) = client(65_536);
    let calling = tokio::spawn(async move {
        let mut seen = Vec::new();
        let done = client
            .call_with_progress::<(), u64, _>(ProgressForm::Lsp, "index", |token| (token,), |step| seen.push(step))
            .await;
        (done, seen)
    });
    let call = other.receive().await.unwrap();
    let token = call.split('"').nth(11).unwrap();
    let report = |value: &str| {
        format!(r#"{{"jsonrpc":"2.0","method":"$/progress","params":{{"token":"{token}","value":{value}}}}}"#)
    };
    let foreign = r#"{"jsonrpc":"2.0","method":"$/progress","params":{"token":"x","value":5}}"#;
    other.send(&[&report("1"), foreign, &report(r#""odd""#), &report("2")]).await;
    drop(other);
    let (done, seen) = soon(calling).await.unwrap();
    assert!(done.unwrap_err().transport_error().is_some());
    assert_eq!(seen, [1, 2]);
}
