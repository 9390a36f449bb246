//! A process between a test and itself: what goes through it comes back to the test, which so has both ends of a child's
//! standard input and output.
//!
//! usage: `relay bytes ADDRESS` carries bytes between standard input and output and a TCP connection to ADDRESS;
//! `relay messages ADDRESS FRAMING` does so message by message, over the library's own link on standard input and output;
//! `relay cgi ADDRESS` is a CGI program that sends its variables, each ended by a zero byte, an empty one and its input
//! to ADDRESS, and prints what comes back.

use std::future::poll_fn;
use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpStream};

use tinyrpc::transport::stream::{Framings, stdio, tcp};
use tinyrpc::transport::{MessageSink, MessageSource};

type Error = Box<dyn std::error::Error + Send + Sync>;

/// The longest message.
const LONGEST: usize = 16 << 20;

fn main() -> Result<(), Error> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match args.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["bytes", address] => bytes(TcpStream::connect(address)?),
        ["cgi", address] => cgi(TcpStream::connect(address)?),
        ["messages", address, framing] => {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            runtime.block_on(messages(address, &Framings::named(framing)?))
        }
        _ => Err("usage: relay bytes|cgi ADDRESS, relay messages ADDRESS FRAMING".into()),
    }
}

fn bytes(stream: TcpStream) -> Result<(), Error> {
    stream.set_nodelay(true)?;
    let mut into = stream.try_clone()?;
    std::thread::spawn(move || {
        copy(std::io::stdin().lock(), &mut into);
        // Fails only if the connection is gone already.
        let _ = into.shutdown(Shutdown::Write);
    });
    copy(&stream, &mut std::io::stdout().lock());
    Ok(())
}

/// To the end of either side, each piece as it comes.
fn copy(mut from: impl std::io::Read, to: &mut impl std::io::Write) {
    let mut piece = [0; 16 << 10];
    while let Ok(count @ 1..) = from.read(&mut piece) {
        if to.write_all(&piece[..count]).and_then(|()| to.flush()).is_err() {
            return;
        }
    }
}

fn cgi(mut stream: TcpStream) -> Result<(), Error> {
    let mut request = Vec::new();
    for (name, value) in std::env::vars() {
        request.extend(format!("{name}={value}\0").bytes());
    }
    request.push(0);
    std::io::stdin().read_to_end(&mut request)?;
    stream.write_all(&request)?;
    stream.shutdown(Shutdown::Write)?;
    copy(&stream, &mut std::io::stdout().lock());
    Ok(())
}

async fn messages(address: &str, framings: &Framings) -> Result<(), Error> {
    let (mut near, mut far) = (stdio(framings, LONGEST)?, tcp::connect(address, framings, LONGEST).await?);
    tokio::join!(carry(&mut *near.source, &mut *far.sink), carry(&mut *far.source, &mut *near.sink));
    Ok(())
}

/// One after the other, so that whoever does not read holds up whoever writes.
async fn carry(source: &mut dyn MessageSource, sink: &mut dyn MessageSink) {
    while let Some(Ok(message)) = poll_fn(|cx| source.poll_recv(cx)).await {
        if sink.send(&message).is_err() || poll_fn(|cx| sink.poll_flush(cx)).await.is_err() {
            return;
        }
    }
    // Fails only if it is closed already.
    let _ = poll_fn(|cx| sink.poll_close(cx)).await;
}
