//! However a link ends, nobody is left waiting.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use futures_util::future::join_all;
use tinyrpc::peer::{Peer, PeerSettings};
use tinyrpc::transport::memory::pair;
use tinyrpc::transport::{Shutdown, TransportErrorKind};
use tinyrpc::{
    Capabilities, Codec, Dispatcher, EncodeError, Id, Incoming, Limits, Origin, Protocol, RpcError, Service,
};
use tokio::sync::Notify;

use crate::support::*;

fn sleeper() -> (Dispatcher, Arc<Notify>) {
    let mut dispatcher = Dispatcher::new();
    let wake = Arc::new(Notify::new());
    let bell = Arc::clone(&wake);
    dispatcher
        .register("wait", move || {
            let bell = Arc::clone(&bell);
            async move { bell.notified().await }
        })
        .unwrap();
    (dispatcher, wake)
}

#[tokio::test]
async fn a_link_that_is_cut_ends_every_call() {
    for answered in 0..5 {
        let (here, there) = pair(100);
        let (peer, driver) = start(here, json(), None, PeerSettings::new().with_own_calls(8));
        let mut other = Raw(there);
        let calls = join_all((1..=20).map(|id| peer.call(id.into(), call(&*json(), id, "m", ()))));
        let cut = async {
            for id in 1..=answered {
                other.receive().await.unwrap();
                other.send(result(id, "1")).await;
            }
            settle().await;
            drop(other);
        };
        let (replies, ()) = soon(async { tokio::join!(calls, cut) }).await;
        let (good, lost) = replies.split_at(answered as usize);
        assert!(good.iter().all(|reply| matches!(reply, Ok(Ok(_)))));
        for (index, reply) in lost.iter().enumerate() {
            let kind = reply.as_ref().unwrap_err().kind();
            // The capacity holds three calls, and whatever was handed to the link may have been run.
            let possible = [TransportErrorKind::Lost, TransportErrorKind::Unreachable];
            assert_eq!(kind, possible[usize::from(index >= 8)], "{answered} {index}");
        }
        assert!(peer.is_closed());
        soon(peer.closed()).await;
        assert_eq!(kind(peer.call(1.into(), "late".into()).await), TransportErrorKind::Unreachable);
        assert_eq!(peer.notify("late".into()).await.unwrap_err().kind(), TransportErrorKind::Unreachable);
        assert_eq!(
            peer.batch(vec![1.into()], "late".into()).await.unwrap_err().kind(),
            TransportErrorKind::Unreachable
        );
        let _ = soon(driver).await.unwrap();
    }
}

#[tokio::test]
async fn replies_that_came_before_the_cut_are_not_lost() {
    let (here, there) = pair(1_000);
    let (peer, _driver) = start(here, json(), None, PeerSettings::new());
    let mut other = Raw(there);
    let call = peer.call(1.into(), "call".into());
    let cut = async {
        other.receive().await.unwrap();
        other.0.sink.send(result(1, "5").as_bytes()).unwrap();
        other.close().await;
        drop(other);
        // The driver learns all at once: a reply, the end, and that it cannot write.
        soon(peer.notify("more".into())).await
    };
    let (reply, _) = soon(async { tokio::join!(call, cut) }).await;
    assert_eq!(value::<u64>(reply), 5);
}

#[tokio::test]
async fn a_driver_that_is_dropped_ends_every_call() {
    let (here, _there) = pair(1_000);
    let (peer, driver) = start(here, json(), None, PeerSettings::new());
    let (reply, ()) = tokio::join!(peer.call(1.into(), "call".into()), async {
        settle().await;
        driver.abort();
    });
    assert_eq!(kind(reply), TransportErrorKind::Lost);

    let (here, _there) = pair(1_000);
    let (peer, driver) = Peer::new(here, json(), None, Origin::new("test"), PeerSettings::new());
    drop(driver);
    assert_eq!(kind(soon(peer.call(1.into(), "call".into())).await), TransportErrorKind::Unreachable);
    soon(peer.closed()).await;
}

/// Falls over on the first message.
#[derive(Debug)]
struct Fragile;

impl Protocol for Fragile {
    fn name(&self) -> &'static str {
        "fragile"
    }
    fn content_type(&self) -> &'static str {
        "x/y"
    }
    fn capabilities(&self) -> Capabilities {
        Capabilities::new()
    }
    fn codec(&self) -> &'static dyn Codec {
        &tinyrpc::codec::Json
    }
    fn read<'m>(&self, _: &'m [u8], _: &Limits) -> Incoming<'m> {
        panic!("a bug")
    }
    fn write_request(
        &self,
        _: Option<&Id<'_>>,
        _: &str,
        _: &mut tinyrpc::protocol::WriteParams<'_>,
        _: &mut Vec<u8>,
    ) -> Result<(), EncodeError> {
        Ok(())
    }
    fn open_result(&self, _: &Id<'_>, _: &mut Vec<u8>) {}
    fn close_result(&self, _: &Id<'_>, _: &mut Vec<u8>) {}
    fn write_error(&self, _: &Id<'_>, _: &RpcError, _: &mut Vec<u8>) {}
}

#[tokio::test]
async fn a_driver_that_panics_ends_every_call() {
    let (here, there) = pair(1_000);
    let (peer, driver) = start(here, Arc::new(Fragile), None, PeerSettings::new());
    let mut other = Raw(there);
    let (reply, ()) = tokio::join!(peer.call(1.into(), "call".into()), async {
        other.receive().await.unwrap();
        other.send("boo").await;
    });
    assert_eq!(kind(reply), TransportErrorKind::Lost);
    assert!(soon(driver).await.unwrap_err().is_panic());
    assert!(peer.is_closed());
}

#[tokio::test]
async fn closing_sends_what_was_handed_over_and_cancels_the_rest() {
    struct Dropped(Arc<AtomicBool>);
    impl Drop for Dropped {
        fn drop(&mut self) {
            self.0.store(true, Ordering::SeqCst);
        }
    }
    let cancelled = Arc::new(AtomicBool::new(false));
    let mut dispatcher = Dispatcher::new();
    let mark = Arc::clone(&cancelled);
    dispatcher
        .register("wait", move || {
            let dropped = Dropped(Arc::clone(&mark));
            async move {
                std::future::pending::<()>().await;
                drop(dropped);
            }
        })
        .unwrap();
    let (here, there) = pair(1_000);
    let (peer, driver) = start(here, json(), Some(dispatcher), PeerSettings::new());
    let mut other = Raw(there);
    other.send(call(&*json(), 1, "wait", ())).await;
    settle().await;
    let (reply, ()) = tokio::join!(peer.call(1.into(), "call".into()), async {
        settle().await;
        peer.notify("last".into()).await.unwrap();
        peer.close();
        assert!(peer.is_closed());
        assert_eq!(kind(peer.call(2.into(), "late".into()).await), TransportErrorKind::Closed);
    });
    assert_eq!(kind(reply), TransportErrorKind::Closed);
    assert!(cancelled.load(Ordering::SeqCst));
    other.expect("call").await;
    other.expect("last").await;
    assert_eq!(other.receive().await, None);
    // What still comes is read and ignored, until the other side closes as well.
    other.send(result(1, "1")).await;
    assert!(!driver.is_finished());
    drop(other);
    soon(driver).await.unwrap().unwrap();
    soon(peer.closed()).await;
}

#[tokio::test]
async fn a_link_without_a_service_closes_when_nobody_holds_it() {
    let (here, there) = pair(1_000);
    let (peer, driver) = start(here, json(), None, PeerSettings::new());
    let mut other = Raw(there);
    let clone = peer.clone();
    drop(peer);
    settle().await;
    soon(clone.notify("still open".into())).await.unwrap();
    drop(clone);
    other.expect("still open").await;
    assert_eq!(other.receive().await, None);
    drop(other);
    soon(driver).await.unwrap().unwrap();

    let (dispatcher, _) = sleeper();
    let (here, there) = pair(1_000);
    let (peer, _driver) = start(here, json(), Some(dispatcher), PeerSettings::new());
    drop(peer);
    settle().await;
    let mut other = Raw(there);
    other.send(call(&*json(), 1, "unknown", ())).await;
    assert!(other.receive().await.unwrap().contains("-32601"));
}

#[tokio::test]
async fn draining_answers_what_runs_and_refuses_the_rest() {
    let (dispatcher, wake) = sleeper();
    let service = Service::new(tinyrpc::JsonRpc::new(), dispatcher);
    let (trigger, shutdown) = Shutdown::new();
    let (here, there) = pair(1_000);
    let served = tokio::spawn(async move {
        service.link_until(&shutdown, Origin::new("test"), here, PeerSettings::new()).await;
    });
    let mut other = Raw(there);
    other.send(call(&*json(), 1, "wait", ())).await;
    settle().await;
    trigger.drain();
    settle().await;
    other.send(call(&*json(), 2, "wait", ())).await;
    let refused = other.receive().await.unwrap();
    assert!(refused.contains("-32001") && refused.contains("\"id\":2"), "{refused}");
    wake.notify_waiters();
    other.expect(&result(1, "null")).await;
    assert_eq!(other.receive().await, None);
    drop(other);
    soon(served).await.unwrap();
}

#[tokio::test]
async fn the_end_of_the_grace_period_ends_what_runs() {
    let (dispatcher, _wake) = sleeper();
    let service = Service::new(tinyrpc::JsonRpc::new(), dispatcher);
    let (trigger, shutdown) = Shutdown::new();
    let (here, there) = pair(1_000);
    let served = tokio::spawn(async move {
        service.link_until(&shutdown, Origin::new("test"), here, PeerSettings::new()).await;
    });
    let mut other = Raw(there);
    other.send(call(&*json(), 1, "wait", ())).await;
    settle().await;
    trigger.close();
    assert_eq!(other.receive().await, None);
    drop(other);
    soon(served).await.unwrap();
}

#[tokio::test]
async fn a_half_closed_link_can_still_be_answered() {
    for answers in [true, false] {
        let (dispatcher, wake) = sleeper();
        let (here, there) = pair(1_000);
        let settings = PeerSettings::new().with_answers_after_end(answers);
        let (peer, driver) = start(here, json(), Some(dispatcher), settings);
        let mut other = Raw(there);
        other.send(call(&*json(), 1, "wait", ())).await;
        settle().await;
        let (lost, ()) = tokio::join!(peer.call(1.into(), "call".into()), async {
            settle().await;
            other.close().await;
        });
        assert_eq!(kind(lost), TransportErrorKind::Lost);
        wake.notify_waiters();
        other.expect("call").await;
        if answers {
            other.expect(&result(1, "null")).await;
        }
        assert_eq!(other.receive().await, None);
        soon(driver).await.unwrap().unwrap();
    }
}
