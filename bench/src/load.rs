//! Loads an HTTP server from raw sockets, so that the load costs little beside the server on the same machine.

use crate::Failure;
use crate::case::{Case, Wire};
use std::cell::Cell;
use std::rc::Rc;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::LocalSet;

/// Sends `requests` calls of `add` over `connections` kept-alive connections, one in flight on each.
///
/// The first reply on each connection is checked whole; of the others the status and the length.
///
/// # Errors
/// When a connection or a reply is not what it should be.
pub async fn run(address: &str, connections: u64, requests: u64) -> Result<(), Failure> {
    let body = Case::Add.request(Wire::Json).ok_or("no request")?;
    let head = format!(
        "POST / HTTP/1.1\r\nhost: {address}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    let request: Rc<[u8]> = [head.into_bytes(), body].concat().into();
    let left = Rc::new(Cell::new(requests));
    let tasks = LocalSet::new();
    let mut running = Vec::new();
    for _ in 0..connections {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        running.push(tasks.spawn_local(work(stream, Rc::clone(&request), Rc::clone(&left))));
    }
    tasks.await;
    for task in running {
        task.await??;
    }
    Ok(())
}

async fn work(mut stream: TcpStream, request: Rc<[u8]>, left: Rc<Cell<u64>>) -> Result<(), Failure> {
    let mut buffer = vec![0; 4096];
    let mut usual = None;
    while left.get() > 0 {
        left.set(left.get() - 1);
        stream.write_all(&request).await?;
        let reply = read_reply(&mut stream, &mut buffer).await?;
        match usual {
            None => Case::Add.check(Wire::Json, Some(reply.body))?,
            Some(usual) if usual == reply.body.len() => {}
            Some(usual) => return Err(format!("{} bytes instead of {usual}", reply.body.len()).into()),
        }
        usual = Some(reply.body.len());
    }
    Ok(())
}

struct Reply<'b> {
    body: &'b [u8],
}

/// Reads one reply that has a `Content-Length` and fits the buffer; nothing else is understood.
async fn read_reply<'b>(stream: &mut TcpStream, buffer: &'b mut [u8]) -> Result<Reply<'b>, Failure> {
    let mut filled = 0;
    let (start, end) = loop {
        let read = stream.read(&mut buffer[filled..]).await?;
        if read == 0 {
            return Err("closed, or a reply longer than the buffer".into());
        }
        filled += read;
        if let Some(head) = find(&buffer[..filled], b"\r\n\r\n") {
            let length = content_length(&buffer[..head])?;
            let start = head + 4;
            if filled >= start + length {
                break (start, start + length);
            }
        }
    };
    if filled != end {
        return Err("bytes after the reply".into());
    }
    Ok(Reply { body: &buffer[start..end] })
}

fn find(text: &[u8], part: &[u8]) -> Option<usize> {
    text.windows(part.len()).position(|window| window == part)
}

fn content_length(head: &[u8]) -> Result<usize, Failure> {
    let head = std::str::from_utf8(head)?;
    if !head.starts_with("HTTP/1.1 200 ") {
        return Err(head.lines().next().unwrap_or_default().into());
    }
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse().ok())?
    });
    length.ok_or_else(|| "no content-length".into())
}
