//! Calls of every kind, and notifications.

use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tinyrpc::RpcError;
use tinyrpc::client::{CallError, Entry};
use tinyrpc::transport::TransportErrorKind;
use tokio::task::yield_now;

use crate::ledger::{End, Ledger};
use crate::members::{Member, TIMEOUT};
use crate::plan::Random;
use crate::services::{FAILS, NOT_CALLED_BACK, answer};
use crate::world::Quota;

/// How much later than its timeout a call may end on a busy machine.
const SLACK: Duration = Duration::from_secs(10);

/// Fails instead of hanging.
pub(crate) async fn within<T>(ledger: &Ledger, what: &str, limit: Duration, future: impl Future<Output = T>) -> T {
    let begun = Instant::now();
    let ended = tokio::time::timeout(limit + 2 * SLACK, future).await;
    let ended = ended.unwrap_or_else(|_| panic!("{what} hangs"));
    let took = begun.elapsed();
    if took > limit + SLACK {
        ledger.wrong(format!("{what} took {took:?} instead of {limit:?}"));
    }
    ended
}

/// What an error of the connection means; what else it is must not be.
pub(crate) fn end_of(ledger: &Ledger, what: &str, error: &CallError) -> End {
    let kind = error.transport_error().map(|error| error.kind());
    match kind {
        None if error.is_timeout() => End::Timeout,
        Some(TransportErrorKind::Lost) => End::Lost,
        Some(TransportErrorKind::Unreachable) => End::Unsent,
        _ => {
            ledger.wrong(format!("{what}: {error:?}"));
            End::Lost
        }
    }
}

struct Calls<'m> {
    ledger: &'m Ledger,
    member: &'m Member,
    random: Random,
}

/// Makes calls as long as there is a quota.
pub(crate) async fn calls(ledger: Ledger, member: Arc<Member>, random: Random, quota: Arc<Quota>) {
    let batches = member.client().await.protocol().capabilities().batch.is_some();
    let mut calls = Calls { ledger: &ledger, member: &member, random };
    while quota.take(1) {
        match calls.random.below(16) {
            0..=3 => calls.echo(false).await,
            4 | 5 => calls.echo(true).await,
            6 | 7 => calls.fail().await,
            8 | 9 => calls.nested().await,
            10 | 11 => calls.tell().await,
            12 => calls.slow().await,
            13 => calls.hasty().await,
            14 => calls.given_up().await,
            // It is three calls.
            _ if batches && quota.take(2) => calls.batch().await,
            _ => calls.echo(false).await,
        }
    }
}

impl Calls<'_> {
    fn end(&self, kind: &'static str, key: u64, end: End, backs: usize, told: u64) {
        if matches!(end, End::Lost | End::Unsent) {
            self.member.gone();
        }
        self.ledger.end(kind, key, end, backs, told);
    }

    /// How a call that gives [`answer`] has ended.
    fn answered(&self, kind: &str, key: u64, result: Result<u64, CallError>) -> End {
        match result {
            Ok(result) => {
                if result != answer(key) {
                    self.ledger.wrong(format!("{kind} {key} got the result of another one"));
                }
                End::Good
            }
            Err(error) => match error.rpc_error().map(RpcError::code) {
                Some(NOT_CALLED_BACK) if ["nested", "tell"].contains(&kind) => End::Failed,
                _ => end_of(self.ledger, kind, &error),
            },
        }
    }

    async fn echo(&mut self, twice: bool) {
        let kind = if twice { "echo twice" } else { "echo" };
        let twice = twice && self.member.is_kept();
        let (client, key) = (self.member.client().await, self.ledger.begin(twice));
        let client = if twice { client.idempotent() } else { client };
        let result = within(self.ledger, kind, TIMEOUT, client.call::<u64>("echo", (key,))).await;
        let end = self.answered(kind, key, result);
        if twice && matches!(end, End::Lost | End::Unsent) {
            self.ledger.wrong(format!("{kind} {key} may be made again, but was {end:?}"));
        }
        self.end(kind, key, end, 0, 0);
    }

    async fn fail(&mut self) {
        let (client, key) = (self.member.client().await, self.ledger.begin(false));
        let error = within(self.ledger, "fail", TIMEOUT, client.call::<()>("fail", (key,))).await.unwrap_err();
        let end = match error.rpc_error() {
            Some(own) if own.code() == FAILS => {
                if own.message() != format!("call {key}") {
                    self.ledger.wrong(format!("fail {key} got the error of another one: {own}"));
                }
                End::Failed
            }
            _ => end_of(self.ledger, "fail", &error),
        };
        self.end("fail", key, end, 0, 0);
    }

    async fn nested(&mut self) {
        let (client, key) = (self.member.client().await, self.ledger.begin(false));
        let result = within(self.ledger, "nested", TIMEOUT, client.call::<u64>("nested", (key,))).await;
        let end = self.answered("nested", key, result);
        self.end("nested", key, end, 1, 0);
    }

    async fn tell(&mut self) {
        let (client, key, times) = (self.member.client().await, self.ledger.begin(false), self.random.below(5));
        let result = within(self.ledger, "tell", TIMEOUT, client.call::<u64>("tell", (key, times))).await;
        let end = self.answered("tell", key, result);
        self.end("tell", key, end, 0, times);
    }

    async fn slow(&mut self) {
        let (client, key, micros) = (self.member.client().await, self.ledger.begin(false), self.random.below(3_000));
        let result = within(self.ledger, "slow", TIMEOUT, client.call::<u64>("slow", (key, micros))).await;
        let end = self.answered("slow", key, result);
        self.end("slow", key, end, 0, 0);
    }

    /// Its time is up before its handler is done.
    async fn hasty(&mut self) {
        let timeout = Duration::from_millis(self.random.below(5));
        let (client, key) = (self.member.client().await.with_timeout(timeout), self.ledger.begin(false));
        let result = within(self.ledger, "hasty", timeout, client.call::<u64>("slow", (key, 60_000_000))).await;
        let end = self.answered("hasty", key, result);
        if end == End::Good {
            self.ledger.wrong(format!("hasty {key} got a result"));
        }
        self.end("hasty", key, end, 0, 0);
    }

    /// Its future is dropped, sooner or later.
    async fn given_up(&mut self) {
        let (client, key, turns) = (self.member.client().await, self.ledger.begin(false), self.random.below(40));
        let enough = async {
            for _ in 0..turns {
                yield_now().await;
            }
        };
        let end = tokio::select! {
            biased;
            result = client.call::<u64>("slow", (key, 60_000_000)) => self.answered("given up", key, result),
            () = enough => End::GivenUp,
        };
        self.end("given up", key, end, 0, 0);
    }

    async fn batch(&mut self) {
        let client = self.member.client().await;
        let mut batch = client.batch();
        let entries: Vec<(u64, Entry<u64>)> = (0..3)
            .map(|_| {
                let key = self.ledger.begin(false);
                (key, batch.call("echo", (key,)))
            })
            .collect();
        match within(self.ledger, "batch", TIMEOUT, batch.send()).await {
            Ok(mut replies) => {
                for (key, entry) in entries {
                    let end = self.answered("batch", key, replies.take(entry));
                    self.end("batch", key, end, 0, 0);
                }
            }
            Err(error) => {
                let end = end_of(self.ledger, "batch", &error);
                for (key, _) in entries {
                    self.end("batch", key, end, 0, 0);
                }
            }
        }
    }
}

/// Sends notifications whose handlers must run in their order and without a gap, as long as a connection lasts.
pub(crate) async fn ordered(ledger: Ledger, member: Arc<Member>, mut random: Random, quota: Arc<Quota>, round: u64) {
    let (mut last, mut next) = (None, 0);
    while quota.take(1) {
        let (client, generation) = member.pinned().await;
        if last != Some(generation) {
            (last, next) = (Some(generation), 0);
        }
        let connection = 16 * generation + round;
        let sent = client.notify("ordered", (member.id, connection, next));
        let end = match within(&ledger, "ordered", TIMEOUT, sent).await {
            Ok(()) => End::Good,
            Err(error) => end_of(&ledger, "ordered", &error),
        };
        ledger.count("ordered", end);
        if end == End::Timeout {
            ledger.wrong("a notification could not be handed over in time");
        }
        if end != End::Good {
            member.gone();
            continue;
        }
        next += 1;
        if random.one_in(4) {
            // What comes after a notification waits for it.
            match within(&ledger, "come", TIMEOUT, client.call::<u64>("come", (member.id, connection))).await {
                Ok(come) if come == next => {}
                Ok(come) => ledger.wrong(format!("{come} of {next} notifications had come when the call ran")),
                Err(error) => {
                    end_of(&ledger, "come", &error);
                    member.gone();
                }
            }
        }
    }
}

/// Sends notifications that go on from one connection to the next.
pub(crate) async fn loose(ledger: Ledger, member: Arc<Member>, quota: Arc<Quota>, numbers: Arc<Quota>) {
    while quota.take(1) {
        let (client, number) = (member.client().await, numbers.count());
        let end = match within(&ledger, "loose", TIMEOUT, client.notify("loose", (member.id, number))).await {
            Ok(()) => End::Good,
            Err(error) => end_of(&ledger, "loose", &error),
        };
        if end == End::Unsent {
            ledger.unsent(member.id, number);
        }
        if end != End::Good {
            member.gone();
        }
        ledger.count("loose", end);
    }
}
