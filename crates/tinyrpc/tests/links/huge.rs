//! Messages of 64 MiB, which are refused without being buffered, by either end of a WebSocket; framings of byte streams
//! have their own tests.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::time::Duration;

use tinyrpc::transport::ws::connect;
use tinyrpc::{Client, JsonRpc};
use tokio::runtime::Builder;
use tokio::task::spawn_blocking;

use crate::support::{Running, adds, soon};

const HUGE: u64 = 64 << 20;
/// The default limit.
const LIMIT: i64 = 4 << 20;

/// The opcode of text, with the bit of a last frame.
const TEXT: u8 = 0x81;
/// The bit that says masked, with the mark of a length of eight bytes.
const MASKED: u8 = 0x80;

/// Writes a message in `frames` frames, for as long as the other side takes it.
fn write(stream: &mut TcpStream, frames: u64, masked: bool) {
    let chunk = vec![b'x'; 1 << 20];
    for frame in 0..frames {
        let last = if frame + 1 == frames { 0x80 } else { 0 };
        let kind = if frame == 0 { TEXT & 0x0f } else { 0 };
        let mut head = vec![last | kind, if masked { MASKED | 127 } else { 127 }];
        head.extend((HUGE / frames).to_be_bytes());
        if masked {
            head.extend([0; 4]);
        }
        if stream.write_all(&head).is_err() {
            return;
        }
        for _ in 0..(HUGE / frames) >> 20 {
            if stream.write_all(&chunk).is_err() {
                return;
            }
        }
    }
}

fn limited(stream: TcpStream) -> TcpStream {
    stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    stream.set_write_timeout(Some(Duration::from_secs(30))).unwrap();
    stream
}

/// The head of what comes.
fn head(stream: &mut TcpStream) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte).unwrap();
        head.push(byte[0]);
    }
    String::from_utf8(head).unwrap()
}

/// A client that sends a message of 64 MiB, and reads until the server has said what it thinks of it.
fn send_huge(address: SocketAddr, frames: u64) {
    let mut stream = limited(TcpStream::connect(address).unwrap());
    let request = "GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
                   Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    stream.write_all(request.as_bytes()).unwrap();
    assert!(head(&mut stream).starts_with("HTTP/1.1 101 "));
    write(&mut stream, frames, true);
    // A reply or a close; a reset may have overtaken it.
    let _ = stream.read(&mut [0; 64]);
}

#[test]
fn a_server_refuses_them() {
    for frames in [1, 64] {
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        let server = runtime.block_on(Running::start("ws://127.0.0.1:0/", "jsonrpc", 0));
        let address = server.address();
        // The server runs in this thread, the client in another one.
        let ((), counts) = tinyrpc_alloc_counter::measure(|| {
            runtime.block_on(async { soon(spawn_blocking(move || send_huge(address, frames))).await }).unwrap();
        });
        println!("{frames} frames: {} bytes at most", counts.peak);
        assert!(counts.peak < 3 * LIMIT, "{} bytes for a message of {frames} frames", counts.peak);
        runtime.block_on(async { adds(&server.client().await).await });
    }
}

/// A server that answers whatever comes with a message of 64 MiB.
fn serve_huge(listener: &TcpListener, frames: u64) {
    let mut stream = limited(listener.accept().unwrap().0);
    let request = head(&mut stream);
    let key = request.lines().find(|line| line.to_ascii_lowercase().starts_with("sec-websocket-key:"));
    let key = key.unwrap().split_once(':').unwrap().1.trim();
    let answer = format!(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Accept: {}\r\n\r\n",
        accept(key)
    );
    stream.write_all(answer.as_bytes()).unwrap();
    // The call.
    let mut call = [0; 6];
    stream.read_exact(&mut call).unwrap();
    write(&mut stream, frames, false);
    // What the client says to it, or that it has gone.
    let _ = stream.read(&mut [0; 64]);
}

/// What proves that a server has read the key.
fn accept(key: &str) -> String {
    use base64::Engine as _;
    let mut hash = sha1_smol::Sha1::new();
    hash.update(key.as_bytes());
    hash.update(b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11");
    base64::engine::general_purpose::STANDARD.encode(hash.digest().bytes())
}

#[test]
fn a_client_refuses_them() {
    for frames in [1, 64] {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("ws://{}/", listener.local_addr().unwrap());
        let serving = std::thread::spawn(move || serve_huge(&listener, frames));
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        let (ended, counts) = tinyrpc_alloc_counter::measure(|| {
            runtime.block_on(async {
                let client = Client::over(connect(&url).await.unwrap(), JsonRpc::new());
                soon(client.call::<i64>("add", (1, 2))).await
            })
        });
        assert!(ended.unwrap_err().transport_error().is_some());
        assert!(counts.peak < 3 * LIMIT, "{} bytes for a message of {frames} frames", counts.peak);
        serving.join().unwrap();
    }
}
