//! Frames: kinds, fragments, pings, and what is too long or wrong.

use tinyrpc::transport::ws::WsSettings;
use tokio::io::AsyncWriteExt;

use crate::support::{ADD, BINARY, CLOSE, CONTINUATION, NOTE, PING, PONG, Raw, Server, TEXT, THREE, frame, soon};

#[tokio::test]
async fn either_kind_is_taken_and_json_comes_as_text() {
    let server = Server::start().await;
    let mut raw = server.connect().await;
    for kind in [TEXT, BINARY] {
        raw.send(kind, ADD).await;
        assert_eq!(raw.receive().await, (TEXT, THREE.to_vec()));
    }
}

/// Python tinyrpc's client sends everything as text.
#[tokio::test]
async fn message_pack_may_come_as_text_and_is_answered_in_binary() {
    let server = Server::packed(WsSettings::new()).await;
    let mut raw = server.connect().await;
    // [0, 200, "echo", ["é" of 200 letters]]: neither the head nor the lengths are UTF-8.
    let mut call = b"\x94\x00\xcc\xc8\xa4echo\x91\xda\x01\x90".to_vec();
    call.extend("é".repeat(200).bytes());
    let mut reply = b"\x94\x01\xcc\xc8\xc0\xda\x01\x90".to_vec();
    reply.extend("é".repeat(200).bytes());
    for kind in [TEXT, BINARY] {
        raw.send(kind, &call).await;
        assert_eq!(raw.receive().await, (BINARY, reply.clone()));
    }
    for piece in call.chunks(1) {
        let first = piece.as_ptr() == call.as_ptr();
        raw.part(false, if first { TEXT } else { CONTINUATION }, piece).await;
    }
    raw.send(CONTINUATION, b"").await;
    assert_eq!(raw.receive().await, (BINARY, reply));
}

#[tokio::test]
async fn text_that_is_not_utf8_ends_a_connection_of_text() {
    let server = Server::start().await;
    let mut raw = server.connect().await;
    raw.send(TEXT, b"\xff").await;
    raw.closed(1007).await;
    raw.ended().await;
}

#[tokio::test]
async fn fragments_make_one_message_with_pings_between_them() {
    let server = Server::start().await;
    let mut raw = server.connect().await;
    raw.part(false, TEXT, &ADD[..10]).await;
    raw.send(PING, b"here?").await;
    raw.part(false, CONTINUATION, b"").await;
    raw.part(false, CONTINUATION, &ADD[10..20]).await;
    raw.send(CONTINUATION, &ADD[20..]).await;
    assert_eq!(raw.receive().await, (PONG, b"here?".to_vec()));
    assert_eq!(raw.receive().await, (TEXT, THREE.to_vec()));
}

#[tokio::test]
async fn a_byte_at_a_time_is_enough() {
    let server = Server::start().await;
    let mut raw = server.connect().await;
    raw.0.set_nodelay(true).unwrap();
    for byte in frame(true, TEXT, ADD) {
        raw.0.write_all(&[byte]).await.unwrap();
        tokio::task::yield_now().await;
    }
    assert_eq!(raw.receive().await, (TEXT, THREE.to_vec()));
}

#[tokio::test]
async fn empty_messages_and_nonsense_cost_nothing() {
    let server = Server::start().await;
    let mut raw = server.connect().await;
    raw.send(TEXT, b"").await;
    raw.send(BINARY, b"").await;
    raw.send(TEXT, b"nonsense").await;
    let (kind, reply) = raw.receive().await;
    assert!(kind == TEXT && reply.windows(6).any(|part| part == b"-32700"), "{}", String::from_utf8_lossy(&reply));
    raw.send(TEXT, ADD).await;
    assert_eq!(raw.receive().await.1, THREE);
}

/// An error that belongs to no call, since nobody has looked for its id.
async fn refused(raw: &mut Raw) {
    let (opcode, reply) = raw.receive().await;
    let reply = String::from_utf8(reply).unwrap();
    assert!(opcode == TEXT && reply.contains("\"id\":null") && reply.contains("-32600"), "{reply}");
}

#[tokio::test]
async fn a_message_that_is_too_long_costs_itself_alone() {
    let server = Server::limited(100).await;
    let mut raw = server.connect().await;
    // Between others, in one piece with them and far longer than any buffer.
    for length in [101, 100_000] {
        let all = [frame(true, TEXT, ADD), frame(true, TEXT, &vec![b' '; length]), frame(true, TEXT, ADD)].concat();
        raw.0.write_all(&all).await.unwrap();
        assert_eq!(raw.receive().await, (TEXT, THREE.to_vec()));
        refused(&mut raw).await;
        assert_eq!(raw.receive().await, (TEXT, THREE.to_vec()));
    }
}

#[tokio::test]
async fn it_is_answered_in_its_turn_where_everything_is() {
    let settings = WsSettings::new().with_empty_reply_to_notifications(true).with_max_message(100);
    let server = Server::with(settings).await;
    let mut raw = server.connect().await;
    let all = [frame(true, TEXT, ADD), frame(true, TEXT, &[b' '; 101]), frame(true, TEXT, NOTE)].concat();
    raw.0.write_all(&all).await.unwrap();
    assert_eq!(raw.receive().await, (TEXT, THREE.to_vec()));
    refused(&mut raw).await;
    assert_eq!(raw.receive().await, (TEXT, Vec::new()));
}

#[tokio::test]
async fn the_limit_covers_all_fragments_together() {
    let server = Server::limited(100).await;
    let mut raw = server.connect().await;
    raw.part(false, TEXT, &[b' '; 46]).await;
    raw.send(CONTINUATION, ADD).await;
    assert_eq!(raw.receive().await, (TEXT, THREE.to_vec()), "exactly the limit");
    raw.part(false, TEXT, &[b' '; 60]).await;
    raw.part(false, CONTINUATION, &[b' '; 41]).await;
    // Control frames between the parts count.
    raw.send(PING, b"1").await;
    assert_eq!(raw.receive().await, (PONG, b"1".to_vec()));
    raw.part(false, CONTINUATION, &[b' '; 1_000]).await;
    raw.send(PING, b"2").await;
    assert_eq!(raw.receive().await, (PONG, b"2".to_vec()));
    raw.send(CONTINUATION, b"").await;
    refused(&mut raw).await;
    raw.send(TEXT, ADD).await;
    assert_eq!(raw.receive().await, (TEXT, THREE.to_vec()));
    raw.part(false, TEXT, &[b' '; 101]).await;
    raw.send(CLOSE, &1000_u16.to_be_bytes()).await;
    raw.closed(1000).await;
    raw.ended().await;
}

#[tokio::test]
async fn a_message_that_never_ends_is_not_buffered() {
    let server = Server::limited(100).await;
    let mut raw = server.connect().await;
    // 2^62 bytes are announced, masked with zeros.
    raw.0.write_all(&[0x81, 0xff, 0x40, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]).await.unwrap();
    for _ in 0..256 {
        raw.0.write_all(&[b' '; 65_536]).await.unwrap();
    }
    drop(raw);
    // Others are served all the while.
    let mut other = server.connect().await;
    other.send(TEXT, ADD).await;
    assert_eq!(other.receive().await, (TEXT, THREE.to_vec()));
}

#[tokio::test]
async fn broken_frames_end_the_connection_with_a_reason() {
    let server = Server::start().await;
    let unmasked = [&[0x81, ADD.len() as u8], ADD].concat();
    let reserved = frame(true, TEXT | 0x40, ADD);
    let unknown = frame(true, 3, b"");
    let long_ping = frame(true, PING, &[0; 126]);
    let cut_ping = frame(false, PING, b"");
    let orphan = frame(true, CONTINUATION, ADD);
    for broken in [unmasked, reserved, unknown, long_ping, cut_ping, orphan] {
        let mut raw = server.connect().await;
        raw.0.write_all(&broken).await.unwrap();
        raw.closed(1002).await;
        raw.ended().await;
    }
}

#[tokio::test]
async fn a_close_is_answered_with_its_code() {
    let server = Server::start().await;
    for code in [1000_u16, 1001, 3000, 4999] {
        let mut raw = server.connect().await;
        raw.send(CLOSE, &code.to_be_bytes()).await;
        raw.closed(code).await;
        raw.ended().await;
    }
}

#[tokio::test]
async fn a_notification_gets_an_empty_message_where_that_is_set() {
    let server = Server::with(WsSettings::new().with_empty_reply_to_notifications(true)).await;
    let mut raw = server.connect().await;
    raw.send(TEXT, NOTE).await;
    raw.send(TEXT, ADD).await;
    assert_eq!(raw.receive().await, (TEXT, Vec::new()));
    assert_eq!(raw.receive().await, (TEXT, THREE.to_vec()));
    // A handler at work does not keep pings from being answered.
    raw.send(TEXT, br#"{"jsonrpc":"2.0","method":"hold","id":8}"#).await;
    soon(server.entered.acquire()).await.unwrap().forget();
    raw.send(PING, b"here?").await;
    assert_eq!(raw.receive().await, (PONG, b"here?".to_vec()));
    server.leave.add_permits(1);
    assert_eq!(raw.receive().await.1, br#"{"jsonrpc":"2.0","id":8,"result":"held"}"#);
    server.trigger.drain();
    raw.closed(1001).await;
}

#[tokio::test]
async fn a_notification_gets_nothing_otherwise() {
    let server = Server::start().await;
    let mut raw: Raw = server.connect().await;
    raw.send(TEXT, NOTE).await;
    raw.send(TEXT, ADD).await;
    assert_eq!(raw.receive().await, (TEXT, THREE.to_vec()));
}
