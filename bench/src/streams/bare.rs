//! The least that one can do: tokio-websockets and serde_json, one loop at either end.

use super::{Flow, bursts};
use crate::Failure;
use crate::link::client::Wire as _;
use crate::link::client::sockets::Wire;
use futures_util::{FutureExt, SinkExt, StreamExt};
use serde::{Deserialize, Serialize};
use tokio::io::BufWriter;
use tokio::net::{TcpListener, TcpStream};
use tokio_websockets::{Message, ServerBuilder, WebSocketStream};

#[derive(Serialize, Deserialize)]
struct Request<'a> {
    jsonrpc: &'a str,
    method: &'a str,
    params: (u64,),
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<u64>,
}

#[derive(Serialize, Deserialize)]
struct Reply<'a> {
    jsonrpc: &'a str,
    id: u64,
    result: u64,
}

#[derive(Serialize, Deserialize)]
struct Item<'a> {
    jsonrpc: &'a str,
    method: &'a str,
    params: Numbered,
}

#[derive(Serialize, Deserialize)]
struct Numbered {
    subscription: u64,
    result: u64,
}

pub(super) async fn serve(listener: TcpListener) -> Result<(), Failure> {
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        tokio::spawn(answer(stream));
    }
}

/// What has come is answered together, with a buffer below the frames.
async fn answer(stream: TcpStream) -> Result<(), Failure> {
    let stream = BufWriter::with_capacity(16 << 10, stream);
    let (_, mut socket) = ServerBuilder::new().accept(stream).await?;
    // The answer to the handshake.
    socket.flush().await?;
    let (mut messages, mut ticks) = (Vec::new(), 0);
    while let Some(message) = socket.next().await {
        messages.push(message?);
        while let Some(Some(message)) = socket.next().now_or_never() {
            messages.push(message?);
        }
        for message in messages.drain(..).filter(Message::is_text) {
            let request: Request<'_> = serde_json::from_slice(message.as_payload())?;
            let (count,) = request.params;
            match (request.method, request.id) {
                ("tick", _) => ticks += count,
                ("ticks", Some(id)) => {
                    let result = std::mem::take(&mut ticks);
                    say(&mut socket, &Reply { jsonrpc: "2.0", id, result }).await?;
                }
                ("subscribe_numbers", Some(id)) => {
                    say(&mut socket, &Reply { jsonrpc: "2.0", id, result: 1 }).await?;
                    for result in 0..count {
                        let params = Numbered { subscription: 1, result };
                        say(&mut socket, &Item { jsonrpc: "2.0", method: "numbers", params }).await?;
                    }
                }
                (method, _) => return Err(format!("no method {method}").into()),
            }
        }
        socket.flush().await?;
    }
    Ok(())
}

async fn say(socket: &mut WebSocketStream<BufWriter<TcpStream>>, what: &impl Serialize) -> Result<(), Failure> {
    Ok(socket.feed(Message::text(serde_json::to_vec(what)?)).await?)
}

pub(super) struct Client(Wire);

impl Client {
    pub(super) async fn connect(address: &str) -> Result<Client, Failure> {
        Ok(Client(Wire::open(address).await?))
    }

    fn push(&mut self, method: &str, count: u64, id: Option<u64>) -> Result<(), Failure> {
        self.0.push(serde_json::to_vec(&Request { jsonrpc: "2.0", method, params: (count,), id })?)
    }

    async fn items(&mut self, count: u64) -> Result<(), Failure> {
        self.push("subscribe_numbers", count, Some(1))?;
        self.0.flush().await?;
        let (mut opened, mut next) = (false, 0);
        while next < count {
            self.0
                .receive(|message| {
                    if !opened {
                        opened = true;
                        let Reply { .. } = serde_json::from_slice(message)?;
                        return Ok(());
                    }
                    let Item { params, .. } = serde_json::from_slice(message)?;
                    if params.result != next {
                        return Err(format!("item {} instead of {next}", params.result).into());
                    }
                    next += 1;
                    Ok(())
                })
                .await?;
        }
        Ok(())
    }

    async fn notifications(&mut self, count: u64) -> Result<(), Failure> {
        for burst in bursts(count) {
            for _ in 0..burst {
                self.push("tick", 1, None)?;
            }
            self.0.flush().await?;
        }
        self.push("ticks", 0, Some(1))?;
        self.0.flush().await?;
        let mut answered = false;
        while !answered {
            self.0
                .receive(|message| {
                    let Reply { result, .. } = serde_json::from_slice(message)?;
                    answered = true;
                    if result == count { Ok(()) } else { Err(format!("{result} of {count} have come").into()) }
                })
                .await?;
        }
        Ok(())
    }
}

impl super::Mover for Client {
    async fn go(&mut self, flow: Flow, count: u64) -> Result<(), Failure> {
        match flow {
            Flow::Items => self.items(count).await,
            Flow::Notifications => self.notifications(count).await,
            Flow::Calls | Flow::Nested => Err("left to link-client".into()),
        }
    }
}
