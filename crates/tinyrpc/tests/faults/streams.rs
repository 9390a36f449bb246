//! Subscriptions: items in order, and gaps only where the stream says so.

use std::sync::Arc;

use tinyrpc::client::{Subscribe, Subscription, SubscriptionErrorKind};
use tinyrpc::peer::SlowConsumer;

use crate::ledger::{End, Ledger};
use crate::members::{Member, TIMEOUT};
use crate::operations::{end_of, within};
use crate::plan::Random;
use crate::world::Quota;

/// Opens one subscription after the other, and takes their items, as long as there is a quota of these.
pub(crate) async fn streams(ledger: Ledger, member: Arc<Member>, mut random: Random, quota: Arc<Quota>) {
    while !quota.is_used_up() {
        let (client, opening, length) = (member.client().await, ledger.begin(true), random.below(80));
        let to = Subscribe::new("subscribe_ticks");
        let to = match random.below(3) {
            0 => to.with_slow_consumer(SlowConsumer::Wait).with_queue(4),
            1 => to.with_queue(2),
            _ => to,
        };
        let opened = client.subscribe::<(u64, u64)>(to, (opening, length));
        let end = match within(&ledger, "subscribe", TIMEOUT, opened).await {
            Ok(ticks) => {
                let end = take(&ledger, ticks, opening, length, &mut random, &quota).await;
                if end == End::Lost && member.is_kept() {
                    ledger.wrong(format!("stream {opening} did not go on over the next connection"));
                }
                end
            }
            Err(error) => end_of(&ledger, "subscribe", &error),
        };
        if matches!(end, End::Lost | End::Unsent) {
            member.gone();
        }
        ledger.end("subscription", opening, end, 0, 0);
    }
}

async fn take(
    ledger: &Ledger,
    mut ticks: Subscription<(u64, u64)>,
    opening: u64,
    length: u64,
    random: &mut Random,
    quota: &Quota,
) -> End {
    let mut next = 0;
    loop {
        match within(ledger, "an item", TIMEOUT, ticks.next()).await {
            Some(Ok((from, number))) => {
                ledger.count("item", End::Good);
                if (from, number) != (opening, next) {
                    ledger.wrong(format!("item {number} of {from} came instead of {next} of {opening}"));
                }
                next = number + 1;
                quota.take(1);
            }
            Some(Err(error)) => match error.kind() {
                SubscriptionErrorKind::Lagged => next += error.missed().unwrap(),
                SubscriptionErrorKind::Gap => {
                    ledger.count("gap", End::Good);
                    next = 0;
                }
                SubscriptionErrorKind::Lost => return End::Lost,
                _ => ledger.wrong(format!("{error:?}")),
            },
            None => {
                if next != length {
                    ledger.wrong(format!("a stream ended after {next} of {length} items"));
                }
                return End::Good;
            }
        }
        if random.one_in(100) {
            return End::GivenUp;
        }
        if random.one_in(100) {
            if let Err(error) = within(ledger, "unsubscribe", TIMEOUT, ticks.unsubscribe()).await {
                end_of(ledger, "unsubscribe", &error);
            }
            return End::GivenUp;
        }
    }
}
