//! Idle connections, ones that do not read, and more of them than are allowed; `links` has many at once.

use std::io::{Read as _, Write as _};
use std::time::Duration;

use tinyrpc::Server;
use tinyrpc::peer::PeerSettings;
use tinyrpc::transport::stream::TcpServer;
use tokio::runtime::Builder;
use tokio::task::spawn_blocking;

use crate::support::{CALL, RESULT, Running, adds, service, soon};

#[test]
fn an_idle_connection_costs_less_than_4_kib() {
    const COUNT: usize = 200;
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    let server = runtime.block_on(Running::anywhere());
    let mut idle = Vec::with_capacity(2 * COUNT);
    let mut connect = || {
        for _ in 0..COUNT {
            let address = server.address().to_owned();
            // What the client needs is counted for another thread.
            let client = spawn_blocking(move || {
                let mut client = std::net::TcpStream::connect(address).unwrap();
                client.write_all(format!("{CALL}\n").as_bytes()).unwrap();
                client.read_exact(&mut vec![0; RESULT.len() + 1]).unwrap();
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
    assert!(held > 500, "{held} bytes: is anything counted?");
    // With what the allocator adds it must stay below 4 KiB.
    assert!(held < 3_600, "{held} bytes");
}

#[tokio::test]
async fn further_connections_wait_until_one_ends() {
    let server = TcpServer::bind("127.0.0.1:0").await.unwrap().with_connections(2);
    let server = Running::tcp(server, service()).await;
    let (mut first, mut second, mut third) = (server.raw().await, server.raw().await, server.raw().await);
    for raw in [&mut first, &mut second, &mut third] {
        raw.send(format!("{CALL}\n")).await;
    }
    first.expect(RESULT).await;
    second.expect(RESULT).await;
    tokio::select! {
        biased;
        line = third.line() => panic!("there should be no room: {line:?}"),
        // The others are served meanwhile, which takes the server several turns.
        () = async {
            for _ in 0..20 {
                first.send(format!("{CALL}\n")).await;
                first.expect(RESULT).await;
            }
        } => {}
    }
    drop(second);
    third.expect(RESULT).await;
}

#[tokio::test]
async fn who_does_not_read_is_given_up_and_keeps_nobody_waiting() {
    let settings =
        PeerSettings::new().with_stall(Duration::from_millis(300)).with_write_buffer(64 << 10).with_backlog(1 << 20);
    let server = TcpServer::bind("127.0.0.1:0").await.unwrap().with_peer_settings(settings);
    let server = Running::tcp(server, service()).await;
    let good = server.client("jsonrpc").await;
    let mut raw = server.raw().await;
    let text = "x".repeat(60_000);
    let call = format!(r#"{{"jsonrpc":"2.0","method":"echo","params":["{text}"],"id":1}}"#) + "\n";
    let flooding = async {
        // 600 MB: the server must stop reading long before, and hang up.
        for _ in 0..10_000 {
            if tokio::io::AsyncWriteExt::write_all(&mut raw.0, call.as_bytes()).await.is_err() {
                return;
            }
        }
        panic!("the server took everything");
    };
    let served = async {
        for _ in 0..50 {
            adds(&good).await;
        }
    };
    soon(async { tokio::join!(flooding, served) }).await;
    adds(&good).await;
}

#[tokio::test]
async fn idle_connections_are_closed_but_not_busy_ones() {
    let server = TcpServer::bind("127.0.0.1:0").await.unwrap();
    let server = Running::tcp(server.with_idle_timeout(Some(Duration::from_millis(200))), service()).await;
    let (mut idle, mut busy) = (server.raw().await, server.raw().await);
    busy.send(r#"{"jsonrpc":"2.0","method":"wait","id":7}"#.to_owned() + "\n").await;
    idle.send(format!("{CALL}\n")).await;
    idle.expect(RESULT).await;
    assert_eq!(idle.line().await, None);
    // Several times the timeout, given by the connections that come and go.
    for _ in 0..3 {
        assert_eq!(server.raw().await.line().await, None);
    }
    adds(&server.client("jsonrpc").await).await;
    soon(server.client("jsonrpc").await.call::<bool>("open", ())).await.unwrap();
    busy.expect(r#"{"jsonrpc":"2.0","id":7,"result":null}"#).await;
    assert_eq!(busy.line().await, None);
}

#[tokio::test]
async fn one_server_has_several_endpoints() {
    let server = Server::new(service()).bind("tcp://127.0.0.1:0").await.unwrap();
    let server = server.bind("tcp://127.0.0.1:0?framing=header&protocol=msgpack").await.unwrap();
    let urls = server.endpoints();
    let server = Running::start(server);
    adds(&soon(tinyrpc::Client::connect(&urls[0])).await.unwrap()).await;
    adds(&soon(tinyrpc::Client::connect(&format!("{}&protocol=msgpack", urls[1]))).await.unwrap()).await;
    server.stop().await;
}
