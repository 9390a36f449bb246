//! A protocol of one's own: lines like `7 add [1,2]`, answered by `7 ok 3` or `7 error -32601 Method not found`.
//!
//! It runs with every dispatcher and on every transport, here in memory.

use std::borrow::Cow;

use tinyrpc::codec::Json;
use tinyrpc::message::{Answer, Incoming, Message, Params, Rejection, Request};
use tinyrpc::protocol::WriteParams;
use tinyrpc::transport::memory::Memory;
use tinyrpc::{Capabilities, Client, Codec, Dispatcher, EncodeError, Id, Limits, Protocol, RpcError, Service};

#[derive(Debug)]
struct Words;

impl Protocol for Words {
    fn name(&self) -> &'static str {
        "words"
    }

    fn content_type(&self) -> &'static str {
        "text/x-words"
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities::new().with_named_params()
    }

    // Arguments and results are JSON; the envelope is ours.
    fn codec(&self) -> &'static dyn Codec {
        &Json
    }

    fn read<'m>(&self, message: &'m [u8], limits: &Limits) -> Incoming<'m> {
        let refuse = |why: &str| Rejection::owed(Id::Null, RpcError::parse_error(why)).into();
        if message.len() > limits.message() {
            return refuse("the message is too long");
        }
        let Ok(text) = std::str::from_utf8(message) else { return refuse("the message is not UTF-8") };
        let mut words = text.splitn(3, ' ');
        let (Some(id), Some(word)) = (words.next(), words.next()) else { return refuse("expected an id and a word") };
        let id = match id {
            "-" => None,
            "?" => Some(Id::Null),
            number => match number.parse() {
                Ok(number) => Some(Id::Number(number)),
                Err(_) => return refuse("the id must be a number, `-` or `?`"),
            },
        };
        let rest = words.next().unwrap_or("");
        Incoming::One(match word {
            "ok" => Message::Answer(Answer { id, outcome: Ok(rest.as_bytes()) }),
            "error" => {
                let (code, text) = rest.split_once(' ').unwrap_or((rest, ""));
                let error = RpcError::new(code.parse().unwrap_or(0), text.to_owned());
                Message::Answer(Answer { id, outcome: Err(error) })
            }
            method => {
                let params = Params::new(rest.as_bytes(), &Json);
                Message::Request(Request { id, method: Cow::Borrowed(method), params })
            }
        })
    }

    fn write_request(
        &self,
        id: Option<&Id<'_>>,
        method: &str,
        params: &mut WriteParams<'_>,
        out: &mut Vec<u8>,
    ) -> Result<(), EncodeError> {
        if method.contains(' ') || matches!(method, "ok" | "error") {
            return Err(EncodeError::new(format!("`{method}` cannot be a method's name")));
        }
        write_id(id.unwrap_or(&Id::from("-")), out);
        out.extend_from_slice(format!(" {method} ").as_bytes());
        params(out)
    }

    fn open_result(&self, id: &Id<'_>, out: &mut Vec<u8>) {
        write_id(id, out);
        out.extend_from_slice(b" ok ");
    }

    fn close_result(&self, _id: &Id<'_>, _out: &mut Vec<u8>) {}

    fn write_error(&self, id: &Id<'_>, error: &RpcError, out: &mut Vec<u8>) {
        write_id(id, out);
        out.extend_from_slice(format!(" error {} {}", error.code(), error.message()).as_bytes());
    }
}

fn write_id(id: &Id<'_>, out: &mut Vec<u8>) {
    let id = match id {
        Id::Number(number) => number.to_string(),
        Id::Text(text) => text.to_string(),
        _ => "?".to_owned(),
    };
    out.extend_from_slice(id.as_bytes());
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut dispatcher = Dispatcher::new();
    dispatcher.register("add", |(a, b): (i64, i64)| a + b)?;
    let service = Service::new(Words, dispatcher);

    let reply = service.exchange(tinyrpc::Origin::new("example"), "7 add [1,2]").await;
    assert_eq!(reply.as_deref(), Some(&b"7 ok 3"[..]));

    let client = Client::new(Memory::new(service), Words);
    let sum: i64 = client.call("add", (1, 2)).await?;
    println!("1 + 2 = {sum}");
    let error = client.call::<i64>("subtract", (1, 2)).await.expect_err("it should fail");
    println!("{error}");
    assert!(error.is_method_not_found());
    Ok(())
}
