//! `tinyrpc batch`: several calls in one message.

mod input;

use std::io::Read as _;
use std::path::Path;

use tinyrpc::client::{Entry, Replies};
use tinyrpc::{CallError, Payload};

use crate::args::Batch;
use crate::exit::Failure;
use crate::{connect, json, output};

pub(crate) async fn run(options: &Batch) -> Result<(), Failure> {
    let calls = input::parse(&read(options.file.as_deref())?)?;
    let (mut replies, entries) = connect::until_stopped(&options.url, send(options, &calls)).await?;
    let mut worst: Option<Failure> = None;
    for entry in entries {
        match replies.take_payload(entry) {
            Ok(result) => {
                let result = output::json_text(&result)?;
                output::print(&output::shown(format!(r#"{{"result":{}}}"#, json::compact(&result))))?;
            }
            Err(error) => {
                output::print(&output::shown(format!(r#"{{"error":{}}}"#, error_of(&error))))?;
                let failure = Failure::from(error);
                if worst.as_ref().is_none_or(|worst| worst.status() < failure.status()) {
                    worst = Some(failure);
                }
            }
        }
    }
    match worst {
        None => Ok(()),
        // It stands among the replies.
        Some(Failure::Remote(_)) => Err(Failure::Reported),
        Some(Failure::BrokenProtocol(_)) => {
            Err(Failure::BrokenProtocol("the reply to the batch is not complete".to_owned()))
        }
        Some(failure) => Err(failure),
    }
}

/// Sends the batch, and tells where the replies to its calls stand.
async fn send(options: &Batch, calls: &[input::Entry]) -> Result<(Replies, Vec<Entry<Payload>>), Failure> {
    let client = connect::client(&options.url, &options.client).await?;
    if client.protocol().capabilities().batch.is_none() {
        let name = client.protocol().name();
        return Err(Failure::Usage(format!("{name} has no batches: use `tinyrpc call` for each")));
    }
    let mut batch = client.batch();
    let mut entries = Vec::new();
    for call in calls {
        connect::check_numbers(&client, call.params.as_ref())?;
        if call.notify {
            batch.notify_payload(&call.method, call.params.as_ref())?;
        } else {
            entries.push(batch.call_payload(&call.method, call.params.as_ref()));
        }
    }
    let replies = batch.send().await;
    connect::leave(client).await;
    Ok((replies?, entries))
}

/// An entry's error; what is no error of the other side's has no code.
fn error_of(error: &CallError) -> String {
    match error.rpc_error() {
        Some(error) => output::error_json(error),
        None => format!(r#"{{"message":{}}}"#, json::string(&error.to_string())),
    }
}

fn read(file: Option<&Path>) -> Result<String, Failure> {
    let read = match file {
        Some(path) if path != Path::new("-") => std::fs::read_to_string(path),
        _ => {
            let mut text = String::new();
            std::io::stdin().lock().read_to_string(&mut text).map(|_| text)
        }
    };
    read.map_err(|error| {
        let name = file.map_or("-".into(), Path::to_string_lossy);
        Failure::Usage(format!("cannot read the calls from `{name}`: {error}"))
    })
}
