//! The protocol alone: reads a message and answers it by hand, without dispatcher, transport or runtime.

use tinyrpc::message::{Incoming, Message};
use tinyrpc::{JsonRpc, Limits, Protocol, RpcError};

/// Answers one message; `None` when nothing is owed.
fn answer(protocol: &dyn Protocol, message: &[u8]) -> Option<Vec<u8>> {
    let mut reply = Vec::new();
    match protocol.read(message, &Limits::default()) {
        Incoming::One(Message::Request(request)) => {
            // Without an id it is a notification, and nobody waits.
            let id = request.id?;
            match (&*request.method, protocol.codec().from_raw::<(f64, f64)>(request.params.raw())) {
                ("divide", Ok((_, 0.0))) => {
                    protocol.write_error(&id, &RpcError::new(1, "division by zero"), &mut reply)
                }
                ("divide", Ok((a, b))) => {
                    protocol.open_result(&id, &mut reply);
                    protocol.codec().to_raw(&(a / b), &mut reply).ok()?;
                    protocol.close_result(&id, &mut reply);
                }
                ("divide", Err(error)) => protocol.write_error(&id, &RpcError::invalid_params(error), &mut reply),
                _ => protocol.write_error(&id, &RpcError::method_not_found(), &mut reply),
            }
        }
        // What is no request comes with the error that the protocol owes the sender.
        Incoming::One(Message::Rejected(rejection)) if rejection.owed => {
            protocol.write_error(&rejection.id, &rejection.error, &mut reply);
        }
        _ => return None,
    }
    Some(reply)
}

fn main() {
    let protocol = JsonRpc::new();
    for message in [
        r#"{"jsonrpc":"2.0","method":"divide","params":[1,4],"id":1}"#,
        r#"{"jsonrpc":"2.0","method":"divide","params":[1,0],"id":2}"#,
        r#"{"jsonrpc":"2.0","method":"multiply","id":3}"#,
        r#"{"jsonrpc":"2.0","method":"divide","params":[1,4]}"#,
        r#"{"jsonrpc":"2.0","method":"#,
    ] {
        let reply = answer(&protocol, message.as_bytes());
        println!("{message}\n  {}", reply.as_deref().map_or("(nothing)".into(), String::from_utf8_lossy));
    }
    let reply = answer(&protocol, br#"{"jsonrpc":"2.0","method":"divide","params":[1,4],"id":1}"#);
    assert_eq!(reply.as_deref(), Some(&br#"{"jsonrpc":"2.0","id":1,"result":0.25}"#[..]));
}
