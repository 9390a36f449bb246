//! The requests that are measured, in both protocols, and what a right answer to each is.

use crate::Failure;
use serde_json::{Value, json};

/// Id of every single request.
pub const ID: u64 = 7;
/// Entries of a batch.
pub const BATCH: u64 = 100;
/// Length of the long text, in bytes.
pub const TEXT: usize = 1_000_000;
/// Elements of the long array.
pub const NUMBERS: i64 = 10_000;

/// One measured request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Case {
    /// `add(1, 2)`.
    Add,
    /// One hundred `add(n, 2)` in one message.
    Batch100,
    /// `echo` of one megabyte of ASCII without anything to escape.
    String1m,
    /// `numbers`, which gives back an array of 10,000 integers of one to seven digits, some negative.
    Numbers10k,
    /// `add(1, 2)` as a notification, so that it differs from [`Case::Add`] only in owing no reply.
    Notify,
}

/// The wire format a peer speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wire {
    /// JSON-RPC 2.0.
    Json,
    /// MessagePack-RPC.
    MsgPack,
}

impl Case {
    /// Every case, in the order of the tables.
    pub const ALL: [Case; 5] = [Case::Add, Case::Batch100, Case::String1m, Case::Numbers10k, Case::Notify];

    /// The name on the command line and in the tables.
    pub fn name(self) -> &'static str {
        match self {
            Case::Add => "add",
            Case::Batch100 => "batch100",
            Case::String1m => "string1m",
            Case::Numbers10k => "numbers10k",
            Case::Notify => "notify",
        }
    }

    /// The case of that name.
    pub fn named(name: &str) -> Option<Case> {
        Case::ALL.into_iter().find(|case| case.name() == name)
    }

    /// The request as a peer of that wire format gets it, or `None` where the format has no such message.
    pub fn request(self, wire: Wire) -> Option<Vec<u8>> {
        match wire {
            Wire::Json => Some(self.json().into_bytes()),
            Wire::MsgPack => self.msgpack(),
        }
    }

    fn json(self) -> String {
        match self {
            Case::Add => add(1, ID),
            Case::Batch100 => {
                let entries: Vec<String> = (0..BATCH).map(|id| add(id, id)).collect();
                format!("[{}]", entries.join(","))
            }
            Case::String1m => call("echo", &json!([text()])),
            Case::Numbers10k => call("numbers", &json!([values()])),
            Case::Notify => r#"{"jsonrpc":"2.0","method":"add","params":[1,2]}"#.to_owned(),
        }
    }

    fn msgpack(self) -> Option<Vec<u8>> {
        match self {
            Case::Add => pack(&(0, ID, "add", (1, 2))),
            Case::Batch100 => None,
            Case::String1m => pack(&(0, ID, "echo", (text(),))),
            Case::Numbers10k => pack(&(0, ID, "numbers", (values(),))),
            Case::Notify => pack(&(2, "add", (1, 2))),
        }
    }

    /// Refuses an answer that is not the one the request asked for: a wrong or failing peer is not measured.
    ///
    /// # Errors
    /// Says what came instead.
    pub fn check(self, wire: Wire, reply: Option<&[u8]>) -> Result<(), Failure> {
        // A peer that owes nothing may say so with an empty message, or as jsonrpsee does with a null.
        let Some(reply) = reply.filter(|reply| !reply.is_empty() && *reply != b"null") else {
            return match self {
                Case::Notify => Ok(()),
                _ => Err(format!("{}: no reply", self.name()).into()),
            };
        };
        let (found, expected) = match wire {
            Wire::Json => (serde_json::from_slice::<Value>(reply)?, self.expected_json()),
            Wire::MsgPack => (rmp_serde::from_slice::<Value>(reply)?, self.expected_msgpack()),
        };
        self.compare(&found, expected.as_ref())
    }

    /// The same for [`Case::Add`] under another id.
    ///
    /// # Errors
    /// Says what came instead.
    pub fn check_as(self, wire: Wire, id: u64, reply: &[u8]) -> Result<(), Failure> {
        let (found, expected) = match wire {
            Wire::Json => (serde_json::from_slice(reply)?, json!({"jsonrpc": "2.0", "result": 3, "id": id})),
            Wire::MsgPack => (rmp_serde::from_slice(reply)?, json!([1, id, null, 3])),
        };
        self.compare(&found, Some(&expected))
    }

    fn compare(self, found: &Value, expected: Option<&Value>) -> Result<(), Failure> {
        if Some(found) == expected {
            return Ok(());
        }
        let shown: String = found.to_string().chars().take(200).collect();
        Err(format!("{}: not the expected reply: {shown}", self.name()).into())
    }

    fn expected_json(self) -> Option<Value> {
        let reply = |result: Value, id: u64| json!({"jsonrpc": "2.0", "result": result, "id": id});
        match self {
            Case::Add => Some(reply(json!(3), ID)),
            Case::Batch100 => Some((0..BATCH).map(|id| reply(json!(id + 2), id)).collect()),
            Case::String1m => Some(reply(json!(text()), ID)),
            Case::Numbers10k => Some(reply(json!(values()), ID)),
            Case::Notify => None,
        }
    }

    fn expected_msgpack(self) -> Option<Value> {
        let reply = |result: Value| json!([1, ID, null, result]);
        match self {
            Case::Add => Some(reply(json!(3))),
            Case::String1m => Some(reply(json!(text()))),
            Case::Numbers10k => Some(reply(json!(values()))),
            Case::Batch100 | Case::Notify => None,
        }
    }
}

fn add(first: u64, id: u64) -> String {
    format!(r#"{{"jsonrpc":"2.0","method":"add","params":[{first},2],"id":{id}}}"#)
}

fn call(method: &str, params: &Value) -> String {
    format!(r#"{{"jsonrpc":"2.0","method":"{method}","params":{params},"id":{ID}}}"#)
}

fn pack(message: &impl serde::Serialize) -> Option<Vec<u8>> {
    rmp_serde::to_vec(message).ok()
}

fn text() -> String {
    let alphabet = "The quick brown fox jumps over the lazy dog, and 0123456789 follow. ";
    alphabet.chars().cycle().take(TEXT).collect()
}

fn values() -> Vec<i64> {
    (0..NUMBERS).map(|n| (n * 7919) % 1_000_003 - 200_000).collect()
}
