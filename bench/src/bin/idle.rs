//! `idle [CONNECTIONS]…`: what an idle connection costs a server, after it has carried one call; default 1,000 and 10,000.
//!
//! Each peer serves in a process of its own on one thread. The driver opens the connections one after the other, makes one
//! call on each and keeps it open; then it reads how much the server's resident memory has grown. The first connection does
//! not count: it pays for what all share.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use tinyrpc::transport::stream::TcpServer;
use tinyrpc::transport::ws::WsServer;
use tinyrpc::{JsonRpc, Server, Service};
use tinyrpc_bench::{Failure, memory, server};
use tokio::net::TcpListener;

const PEERS: [&str; 7] = ["tcp", "ws", "http", "bare hyper", "jsonrpsee http", "jsonrpsee ws", "tungstenite"];
const CALL: &str = r#"{"jsonrpc":"2.0","method":"add","params":[1,2],"id":7}"#;

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [word, peer] = arguments.as_slice()
        && word == "serve"
    {
        return serve(peer);
    }
    let mut counts = arguments.iter().map(|count| count.parse()).collect::<Result<Vec<usize>, _>>()?;
    if counts.is_empty() {
        counts = vec![1_000, 10_000];
    }
    println!("KiB per idle connection\n{:16}{}", "", counts.iter().map(|n| format!("{n:>10}")).collect::<String>());
    for peer in PEERS {
        let mut line = format!("{peer:16}");
        for count in &counts {
            line += &format!("{:>10.1}", measure(peer, *count)?);
        }
        println!("{line}");
    }
    Ok(())
}

fn measure(peer: &str, count: usize) -> Result<f64, Failure> {
    let mut child = Command::new(std::env::current_exe()?)
        .args(["serve", peer])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    let measured = measure_child(&mut child, peer, count);
    // Its standard input ends here, and so does it.
    child.kill()?;
    child.wait()?;
    measured
}

fn measure_child(child: &mut Child, peer: &str, count: usize) -> Result<f64, Failure> {
    let mut line = String::new();
    BufReader::new(child.stdout.take().ok_or("no output")?).read_line(&mut line)?;
    let address = line.trim();
    let mut open = vec![connection(peer, address)?];
    let before = resident(child.id())?;
    for _ in 0..count {
        open.push(connection(peer, address)?);
    }
    // Lets the server come to rest after the last reply.
    std::thread::sleep(Duration::from_millis(300));
    let after = resident(child.id())?;
    Ok((after as f64 - before as f64) / count as f64)
}

/// The resident memory of a process, in KiB.
fn resident(pid: u32) -> Result<u64, Failure> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).ok_or("no VmRSS")?;
    Ok(line.trim().trim_end_matches(" kB").parse()?)
}

/// A connection that has carried one call.
fn connection(peer: &str, address: &str) -> Result<TcpStream, Failure> {
    let mut tcp = TcpStream::connect(address)?;
    tcp.set_nodelay(true)?;
    match peer {
        "tcp" => {
            tcp.write_all(format!("{CALL}\n").as_bytes())?;
            until(&mut tcp, |seen| seen.ends_with(b"\n"))?;
        }
        "ws" | "jsonrpsee ws" | "tungstenite" => {
            let request = format!(
                "GET / HTTP/1.1\r\nHost: {address}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
                 Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
            );
            tcp.write_all(request.as_bytes())?;
            until(&mut tcp, |seen| seen.ends_with(b"\r\n\r\n"))?;
            let length = u8::try_from(CALL.len())?;
            // A mask of zeros leaves the text as it is.
            tcp.write_all(&[&[0x81, 0x80 | length, 0, 0, 0, 0], CALL.as_bytes()].concat())?;
            until(&mut tcp, |seen| seen.len() > 2 && seen.len() == 2 + usize::from(seen[1]))?;
        }
        _ => {
            let request = format!(
                "POST / HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{CALL}",
                CALL.len()
            );
            tcp.write_all(request.as_bytes())?;
            until(&mut tcp, |seen| seen.ends_with(b"}"))?;
        }
    }
    Ok(tcp)
}

/// Reads until `done` says so.
fn until(tcp: &mut TcpStream, done: impl Fn(&[u8]) -> bool) -> Result<(), Failure> {
    let mut seen = Vec::new();
    let mut space = [0; 1_024];
    while !done(&seen) {
        match tcp.read(&mut space)? {
            0 => return Err(format!("the server hung up after {:?}", String::from_utf8_lossy(&seen)).into()),
            length => seen.extend_from_slice(&space[..length]),
        }
    }
    Ok(())
}

fn serve(peer: &str) -> Result<(), Failure> {
    std::thread::spawn(|| {
        let _ = std::io::stdin().read_to_end(&mut Vec::new());
        std::process::exit(0);
    });
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        println!("{}", listener.local_addr()?);
        let service = Service::new(JsonRpc::new(), server::ours::dispatcher()?);
        let ours = Server::new(service);
        match peer {
            "tcp" => ours.with_transport(TcpServer::from_listener(listener)?.with_connections(20_000)).run().await?,
            "ws" => ours.with_transport(WsServer::from_listener(listener)?.with_connections(20_000)).run().await?,
            "http" => {
                let http = tinyrpc::transport::http::HttpServer::from_listener(listener)?;
                ours.with_transport(http.with_connections(20_000)).run().await?;
            }
            "bare hyper" => server::serve("bare", listener).await?,
            "jsonrpsee http" | "jsonrpsee ws" => {
                let config = jsonrpsee_server::ServerConfig::builder().max_connections(20_000).build();
                let server = jsonrpsee_server::Server::builder().set_config(config);
                let server = server.build_from_tcp(listener.into_std()?)?;
                server.start(server::jsonrpsee::module()?).stopped().await;
            }
            "tungstenite" => tungstenite(listener).await?,
            _ => return Err(format!("no server {peer}").into()),
        }
        Ok(())
    })
}

/// Answers by hand over tokio-tungstenite as it comes.
async fn tungstenite(listener: TcpListener) -> Result<(), Failure> {
    loop {
        let (tcp, _) = listener.accept().await?;
        tcp.set_nodelay(true)?;
        tokio::spawn(async move {
            let Ok(mut socket) = tokio_tungstenite::accept_async(tcp).await else { return };
            while let Some(Ok(message)) = socket.next().await {
                let mut out = Vec::new();
                memory::handwritten::answer(&message.into_data(), &mut out);
                let text = String::from_utf8(out).unwrap_or_default();
                if socket.send(text.into()).await.is_err() {
                    return;
                }
            }
        });
    }
}
