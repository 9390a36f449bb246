//! What a connection holds on which nothing happens.

use std::io::{Read as _, Write as _};

use tokio::io::AsyncWriteExt as _;
use tokio::runtime::Builder;
use tokio::task::spawn_blocking;

use crate::support::{ADD, Server, THREE, frame, request, soon};

/// Reads until the server has said this.
fn expect(client: &mut std::net::TcpStream, end: &[u8]) {
    let (mut seen, mut space) = (Vec::new(), [0; 1_000]);
    while !seen.ends_with(end) {
        let length = client.read(&mut space).unwrap();
        assert_ne!(length, 0, "{seen:?}");
        seen.extend_from_slice(&space[..length]);
    }
}

#[test]
fn it_holds_no_read_buffer() {
    const COUNT: usize = 100;
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    let server = runtime.block_on(Server::start());
    let address = server.address;
    let mut idle = Vec::with_capacity(2 * COUNT);
    let mut connect = || {
        for _ in 0..COUNT {
            // What the client needs is counted for another thread.
            let client = spawn_blocking(move || {
                let mut client = std::net::TcpStream::connect(address).unwrap();
                client.write_all(format!("{}\r\n", request("/")).as_bytes()).unwrap();
                expect(&mut client, b"\r\n\r\n");
                client.write_all(&frame(true, 1, ADD)).unwrap();
                expect(&mut client, THREE);
                client
            });
            idle.push(runtime.block_on(soon(client)).unwrap());
        }
    };
    let _guard = runtime.enter();
    // The first ones make what all share.
    connect();
    let ((), counts) = tinyrpc_alloc_counter::measure(connect);
    let held = counts.held / COUNT as i64;
    println!("{held} bytes for each idle connection");
    assert!(held > 1_000, "{held} bytes: is anything counted?");
    assert!(held < 6_000, "{held} bytes");
}

/// Letting go of the reader must not lose what it knows.
#[tokio::test]
async fn pieces_with_pauses_make_a_message() {
    let server = Server::start().await;
    let mut raw = server.connect().await;
    let (head, tail) = ADD.split_at(20);
    let whole = [frame(false, 1, head), frame(true, 9, b"!"), frame(true, 0, tail)].concat();
    for byte in whole {
        raw.0.write_all(&[byte]).await.unwrap();
        // The server gets to see the byte alone.
        tokio::task::yield_now().await;
    }
    assert_eq!(raw.receive().await, (10, b"!".to_vec()));
    assert_eq!(raw.receive().await, (1, THREE.to_vec()));
    // It rests between these.
    for _ in 0..3 {
        raw.send(1, ADD).await;
        assert_eq!(raw.receive().await, (1, THREE.to_vec()));
    }
}
