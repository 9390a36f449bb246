//! What typed dispatch costs beside hand-written handlers: answers one call again and again, registered in one of four ways.
//!
//! `valgrind --tool=callgrind --callgrind-out-file=/dev/null target/release/examples/dispatch_cost trait 20000` counts the
//! instructions of 20,000 calls; the difference to 10,000 calls is what 10,000 calls cost.

use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use serde::Deserialize;
use tinyrpc::{Answered, Dispatcher, JsonRpc, MessagePackRpc, Origin, Protocol, RpcError, Service};

#[tinyrpc::service]
trait Calculator {
    fn add(&self, a: i64, b: i64) -> i64;
    async fn later(&self, a: i64, b: i64) -> Result<i64, RpcError>;
}

struct Abacus;

impl Calculator for Abacus {
    fn add(&self, a: i64, b: i64) -> i64 {
        a + b
    }

    async fn later(&self, a: i64, b: i64) -> Result<i64, RpcError> {
        Ok(a + b)
    }
}

#[tinyrpc::service]
impl Abacus {
    #[rpc(name = "add")]
    fn sum(&self, a: i64, b: i64) -> i64 {
        a + b
    }
}

#[tinyrpc::method]
fn add(a: i64, b: i64) -> i64 {
    a + b
}

#[derive(Deserialize)]
struct Two {
    a: i64,
    b: i64,
}

fn dispatcher(way: &str) -> Result<Dispatcher, Box<dyn std::error::Error>> {
    let mut dispatcher = Dispatcher::new();
    match way {
        "closure" => {
            dispatcher.register("add", |(a, b): (i64, i64)| a + b)?;
            dispatcher.register("later", |(a, b): (i64, i64)| async move { Ok::<_, RpcError>(a + b) })?;
        }
        "struct" => {
            let shared = Arc::new(Abacus);
            dispatcher.register("add", |two: Two| two.a + two.b)?;
            dispatcher.register("later", move |two: Two| {
                let shared = Arc::clone(&shared);
                async move { shared.later(two.a, two.b).await }
            })?;
        }
        "trait" => return Ok(Abacus.into_dispatcher()),
        "impl" => drop(dispatcher.register_instance(Abacus, "")?),
        "function" => drop(dispatcher.register("add", AddMethod)?),
        _ => return Err(format!("there is no way {way}; there are closure, struct, trait, impl and function").into()),
    }
    Ok(dispatcher)
}

/// The message of a call, without a client's help.
fn message(protocol: &dyn Protocol, method: &str, named: bool) -> Result<Bytes, Box<dyn std::error::Error>> {
    let mut message = Vec::new();
    let codec = protocol.codec();
    let id = 7.into();
    protocol.write_request(
        Some(&id),
        method,
        &mut |out| {
            if named {
                return codec.to_raw(&std::collections::BTreeMap::from([("a", 1), ("b", 2)]), out);
            }
            codec.to_raw(&(1, 2), out)
        },
        &mut message,
    )?;
    Ok(message.into())
}

fn run(service: &Service, message: &[u8], count: usize) -> Result<(), Box<dyn std::error::Error>> {
    let (protocol, origin) = (Arc::clone(&service.protocols()[0]), Arc::new(Origin::new("example")));
    let mut out = Vec::new();
    for _ in 0..count {
        out.clear();
        match service.answer(&protocol, &origin, message, &mut out) {
            Answered::Later(pending) => {
                let mut pending = pin!(pending);
                let Poll::Ready(reply) = pending.as_mut().poll(&mut Context::from_waker(Waker::noop())) else {
                    return Err("the method waits for something".into());
                };
                out.extend(reply);
            }
            Answered::Written | Answered::Nothing => {}
            other => return Err(format!("{other:?}").into()),
        }
        // The result is the last byte, or the last but a brace.
        if !out.ends_with(b"3}") && !out.ends_with(&[3]) {
            return Err(String::from_utf8_lossy(&out).into());
        }
    }
    Ok(())
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let argument = |index: usize, default: &str| arguments.get(index).map_or(default.to_owned(), Clone::clone);
    let (ways, count) = (argument(0, "closure,struct,trait,impl,function"), argument(1, "1000").parse()?);
    let (method, protocol) = (argument(2, "add"), argument(3, "jsonrpc"));
    let named = argument(4, "positional") == "named";
    let protocol: Arc<dyn Protocol> =
        if protocol == "msgpack" { Arc::new(MessagePackRpc::new()) } else { Arc::new(JsonRpc::new()) };
    for way in ways.split(',') {
        let service = Service::new(JsonRpc::new(), dispatcher(way)?).speaking(Arc::clone(&protocol));
        let message = message(&*protocol, &method, named)?;
        run(&service, &message, count)?;
        println!("{way}: {count} calls");
    }
    Ok(())
}
