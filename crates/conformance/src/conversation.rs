//! What is said over a transport of either kind, and what must come back.

use std::future::Future;

use bytes::Bytes;
use futures_util::future::join_all;
use tinyrpc::code;

use crate::served::Watch;
use crate::soon;
use crate::wire::{Outcome, Wire, value};

/// A way to the suite's service.
pub(crate) trait Way {
    /// Sends a call and gives its reply.
    fn call(&self, id: u64, message: Bytes) -> impl Future<Output = Outcome>;
    /// Sends a notification.
    fn notify(&self, message: Bytes) -> impl Future<Output = ()>;
    /// Sends a batch and gives the replies in the order of the ids.
    fn batch(&self, ids: &[u64], message: Bytes) -> impl Future<Output = Vec<Outcome>>;
    /// Sends what is no message, and makes sure that it is answered as that.
    fn broken(&self, message: Bytes) -> impl Future<Output = ()>;
}

/// Says all of it.
pub(crate) async fn hold(wire: &Wire, way: &impl Way, watch: &Watch) {
    soon("calls", calls(wire, way)).await;
    soon("errors", errors(wire, way)).await;
    soon("values", values(wire, way)).await;
    soon("long values", long(wire, way)).await;
    soon("notifications", notifications(wire, way, watch)).await;
    soon("batches", batches(wire, way, watch)).await;
    soon("broken messages", way.broken(Bytes::from_static(b"\xc1"))).await;
    soon("concurrent calls", concurrent(wire, way, watch)).await;
    soon("cancelled calls", cancelled(wire, way, watch)).await;
    soon("calls at the end", calls(wire, way)).await;
}

async fn calls(wire: &Wire, way: &impl Way) {
    for (id, method) in [(1, "echo"), (2, "later"), (0, "echo"), (u64::from(u32::MAX), "echo")] {
        let reply = way.call(id, wire.call(id, method, [id])).await;
        assert_eq!(value::<u64>(reply), id);
    }
}

async fn errors(wire: &Wire, way: &impl Way) {
    for (method, expected) in [
        ("fail", 99),
        ("unknown", code::METHOD_NOT_FOUND),
        ("echo", code::INVALID_PARAMS),
        ("panic", code::INTERNAL_ERROR),
        ("panic_later", code::INTERNAL_ERROR),
    ] {
        let error = way.call(1, wire.call(1, method, ())).await.expect_err("the reply should be an error");
        assert_eq!(error.code(), expected, "{method}");
        assert!(!error.message().contains("panics"), "what a panic said does not travel");
        assert_eq!(error.message() == "mißlungen", method == "fail", "{method}: {error}");
    }
}

async fn values(wire: &Wire, way: &impl Way) {
    for text in ["", "ä€𝄞", "\0\u{1}\u{7f}\r\n\t\"\\/", "\u{feff}bom", "a%41+b&c=d", "\u{2028}\u{2029}"] {
        for method in ["echo", "later"] {
            assert_eq!(value::<String>(way.call(1, wire.call(1, method, [text])).await), text);
        }
    }
    let extremes = (i64::MIN, u64::MAX, -0.5, true, None::<u8>, [[[[1]]]]);
    let reply = way.call(1, wire.call(1, "echo", [extremes])).await;
    assert_eq!(value::<(i64, u64, f64, bool, Option<u8>, [[[[u8; 1]; 1]; 1]; 1])>(reply), extremes);
}

async fn long(wire: &Wire, way: &impl Way) {
    // Around what buffers and frames commonly hold.
    for length in [100, 125, 126, 4_096, 65_535, 65_536, 1 << 20] {
        for length in [length - 1, length, length + 1] {
            let text = "é".repeat(length / 2) + &"x".repeat(length % 2);
            let reply = way.call(1, wire.call(1, "echo", [&text])).await;
            assert!(value::<String>(reply) == text, "{length} bytes came back changed");
        }
    }
    let reply = way.call(1, wire.call(1, "repeat", ("ab", 1 << 19))).await;
    assert_eq!(value::<String>(reply).len(), 1 << 20);
}

async fn notifications(wire: &Wire, way: &impl Way, watch: &Watch) {
    let before = watch.heard_now();
    for _ in 0..10 {
        way.notify(wire.notification("hear", ())).await;
    }
    watch.heard(before + 10).await;
    for useless in ["fail", "unknown", "panic", "echo"] {
        way.notify(wire.notification(useless, ())).await;
    }
    calls(wire, way).await;
}

async fn batches(wire: &Wire, way: &impl Way, watch: &Watch) {
    let before = watch.heard_now();
    let call = |id: u64, method: &str| wire.call(id, method, [id]);
    let Some(batch) = wire.batch(&[
        call(1, "later"),
        wire.notification("hear", ()),
        call(2, "echo"),
        wire.call(3, "fail", ()),
        wire.call(4, "panic", ()),
        call(5, "unknown"),
    ]) else {
        return;
    };
    let mut replies = way.batch(&[1, 2, 3, 4, 5], batch).await.into_iter();
    for expected in [Ok(1), Ok(2), Err(99), Err(code::INTERNAL_ERROR), Err(code::METHOD_NOT_FOUND)] {
        let reply = replies.next().expect("every call of a batch has a reply");
        assert_eq!(reply.map(|payload| value::<u64>(Ok(payload))).map_err(|error| error.code()), expected);
    }
    let silent = vec![wire.notification("hear", ()); 3];
    let none = way.batch(&[], wire.batch(&silent).unwrap_or_default()).await;
    assert!(none.is_empty());
    watch.heard(before + 4).await;
}

async fn concurrent(wire: &Wire, way: &impl Way, watch: &Watch) {
    let calls = (1..=100).map(|id| async move {
        let method = ["echo", "later"][id as usize % 2];
        let text = "x".repeat(id as usize * 50);
        let reply = way.call(id, wire.call(id, method, [&text])).await;
        assert!(value::<String>(reply) == text, "reply {id} is another one's");
    });
    join_all(calls).await;

    // One call ends only when a later one has run.
    let begun = watch.waiting_now();
    let slow = async { value::<()>(way.call(1, wire.call(1, "wait", ())).await) };
    let fast = async {
        watch.waiting(begun + 1).await;
        value::<()>(way.call(2, wire.call(2, "open", ())).await);
    };
    tokio::join!(slow, fast);
}

async fn cancelled(wire: &Wire, way: &impl Way, watch: &Watch) {
    for id in 10..20 {
        let begun = watch.waiting_now();
        tokio::select! {
            biased;
            _ = way.call(id, wire.call(id, "wait", ())) => panic!("nobody let it return"),
            () = watch.waiting(begun + 1) => {}
        }
        let reply = way.call(1, wire.call(1, "echo", ["still here"])).await;
        assert_eq!(value::<String>(reply), "still here");
        // If the handler has not been cancelled, its late reply must not reach anybody.
        value::<()>(way.call(2, wire.call(2, "open", ())).await);
        assert_eq!(value::<u64>(way.call(3, wire.call(3, "later", [3])).await), 3);
    }
    // Given up before anything could happen.
    for id in 20..30 {
        drop(way.call(id, wire.call(id, "never", ())));
    }
    join_all((30..40).map(|id| async move {
        let call = way.call(id, wire.call(id, "never", ()));
        tokio::select! {
            biased;
            _ = call => panic!("it never returns"),
            () = tokio::task::yield_now() => {}
        }
    }))
    .await;
}
