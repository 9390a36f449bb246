//! How connections are kept and used again.

use std::time::{Duration, Instant};

use tinyrpc::transport::ClientTransport;
use tinyrpc::transport::TransportErrorKind::Lost;
use tokio::task::JoinSet;

use crate::raw::{Connection, Server, assert_error, call, notification, ok, settle, text, within};

#[tokio::test]
async fn a_hundred_calls_in_turn_use_one_connection() {
    let server = Server::bind().await;
    let client = server.client();
    let calls = async {
        for n in 0..100 {
            let n = n.to_string();
            assert_eq!(text(client.exchange(call(&n)).await), n);
        }
        drop(client);
    };
    let serve = async { server.accept().await.echo().await };
    assert_eq!(within(async { tokio::join!(calls, serve).1 }).await, 100);
}

#[tokio::test]
async fn every_kind_of_answer_leaves_the_connection_usable() {
    let answers = [
        "HTTP/1.1 204 No Content\r\n\r\n".to_owned(),
        ok(""),
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n1\r\n0\r\n\r\n".to_owned(),
        "HTTP/1.1 404 Not Found\r\nContent-Type: text/html\r\nContent-Length: 2\r\n\r\nno".to_owned(),
        ok("1"),
    ];
    let server = Server::bind().await;
    let client = server.client();
    let calls = async {
        for _ in &answers {
            let _ = client.exchange(call("?")).await;
            let _ = client.exchange(notification()).await;
        }
    };
    let serve = async {
        let mut connection = server.accept().await;
        for answer in &answers {
            for _ in 0..2 {
                connection.request().await.expect("the same connection");
                connection.send(answer).await;
            }
        }
    };
    within(async { tokio::join!(calls, serve) }).await;
}

async fn answer_one(server: &Server, reply: &str) -> Connection {
    let mut connection = server.accept().await;
    connection.request().await.expect("a request");
    connection.send(ok(reply)).await;
    connection
}

#[tokio::test]
async fn a_connection_closed_while_unused_costs_no_call() {
    let server = Server::bind().await;
    let client = server.client();
    within(async {
        for n in ["1", "2", "3"] {
            let (reply, connection) = tokio::join!(client.exchange(call("?")), answer_one(&server, n));
            assert_eq!(text(reply), n);
            drop(connection);
            settle().await;
        }
    })
    .await;
}

#[tokio::test]
async fn a_request_that_may_have_arrived_is_not_sent_again() {
    let server = Server::bind().await;
    let client = server.client();
    within(async {
        let (reply, mut connection) = tokio::join!(client.exchange(call("?")), answer_one(&server, "1"));
        assert_eq!(text(reply), "1");
        let read_and_close = async {
            connection.request().await.expect("the second request");
            drop(connection);
        };
        assert_error(tokio::join!(client.exchange(call("?")), read_and_close).0, Lost, "broke before the reply");
        // Had it been sent again, there would be one more connection before this one.
        let (reply, _connection) = tokio::join!(client.exchange(call("?")), answer_one(&server, "3"));
        assert_eq!(text(reply), "3");
    })
    .await;
}

#[tokio::test]
async fn unused_connections_are_closed_in_time() {
    let server = Server::bind().await;
    let client = server.client().with_idle_timeout(Duration::from_millis(30));
    within(async {
        let (reply, mut connection) = tokio::join!(client.exchange(call("?")), answer_one(&server, "1"));
        assert_eq!(text(reply), "1");
        connection.closed().await;
        let (reply, _connection) = tokio::join!(client.exchange(call("?")), answer_one(&server, "2"));
        assert_eq!(text(reply), "2");
    })
    .await;
}

/// Runs so many calls at once. Gives how many connections there were at most, and how many were left open afterwards.
async fn at_once(calls: usize, client: tinyrpc::transport::http::HttpClient, server: &Server) -> (usize, usize) {
    let client = std::sync::Arc::new(client);
    let mut running = JoinSet::new();
    for n in 0..calls {
        let client = client.clone();
        running.spawn(async move {
            let n = n.to_string();
            assert_eq!(text(client.exchange(call(&n)).await), n);
        });
    }
    let mut serving = JoinSet::new();
    let mut most = 0;
    let mut open = 0;
    loop {
        tokio::select! {
            biased;
            Some(closed) = serving.join_next() => { closed.expect("served"); open -= 1; }
            connection = server.accept() => { serving.spawn(connection.echo()); open += 1; most = most.max(open); }
            done = running.join_next() => match done {
                Some(done) => done.expect("no panic"),
                None => break,
            }
        }
    }
    // The client closes what it does not keep before a call returns; the server sees it soon.
    settle().await;
    while serving.try_join_next().is_some() {
        open -= 1;
    }
    drop(client);
    serving.join_all().await;
    (most, open)
}

#[tokio::test]
async fn there_are_no_more_connections_than_allowed() {
    let server = Server::bind().await;
    let client = server.client().with_max_connections(3);
    let (most, _) = within(at_once(100, client, &server)).await;
    assert_eq!(most, 3);
}

#[tokio::test]
async fn no_more_unused_connections_are_kept_than_allowed() {
    let server = Server::bind().await;
    let client = server.client().with_max_idle(2);
    let (most, left) = within(at_once(20, client, &server)).await;
    assert!(most > 2, "{most}");
    assert!(left <= 2, "{left}");
}

/// The server writes head and body separately and lets Nagle's algorithm hold the body back until the head was
/// acknowledged. Acknowledgements that are delayed would cost 40 ms a call.
#[tokio::test]
async fn a_reply_in_two_writes_does_not_wait_for_a_delayed_acknowledgement() {
    const CALLS: usize = 100;
    let server = Server::bind().await;
    let client = server.client();
    let calls = async {
        let begun = Instant::now();
        for _ in 0..CALLS {
            assert_eq!(text(client.exchange(call("?")).await), "[1]");
        }
        drop(client);
        begun.elapsed()
    };
    let serve = async {
        let mut connection = server.accept().await;
        connection.stream.set_nodelay(false).expect("set");
        while connection.request().await.is_some() {
            connection.send("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n").await;
            connection.send("Content-Length: 3\r\n\r\n").await;
            connection.send("[1]").await;
        }
    };
    let (took, ()) = within(async { tokio::join!(calls, serve) }).await;
    // A stall, not a speed: it would be 4 s at least.
    assert!(took < Duration::from_secs(2), "{CALLS} calls took {took:?}");
}
