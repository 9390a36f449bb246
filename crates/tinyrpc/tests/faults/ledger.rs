//! What has happened on both sides, and what of it must not have.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};

use tokio::sync::watch;

/// How an operation ended for whoever began it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum End {
    Good,
    /// With the error that the method returns.
    Failed,
    /// It may have run.
    Lost,
    /// It surely did not.
    Unsent,
    Timeout,
    /// Its future was dropped.
    GivenUp,
}

/// One call, by its key.
#[derive(Debug, Default)]
struct Entry {
    /// How often its handler ran.
    runs: usize,
    /// How often the caller ran what the handler called back.
    back: usize,
    /// How many of its notifications came, in order.
    told: u64,
    may_repeat: bool,
    ended: Option<End>,
}

/// Shared by all. The records are taken out when a round is over, the counters stay.
#[derive(Clone, Default)]
pub(crate) struct Ledger(Arc<Inner>);

#[derive(Default)]
struct Inner {
    records: Mutex<Records>,
    keys: AtomicU64,
    /// How many handlers and streams there are now.
    live: watch::Sender<usize>,
}

#[derive(Default)]
struct Records {
    calls: HashMap<u64, Entry>,
    /// How many notifications have come from each connection of each client, numbered from 0.
    ordered: HashMap<(usize, u64), u64>,
    /// The last one that came from each client by each connection, where numbers go on from one connection to the next.
    loose: HashMap<(String, usize), u64>,
    /// All of those.
    seen: HashMap<(usize, u64), u64>,
    /// Those that surely were not sent.
    unsent: Vec<(usize, u64)>,
    wrong: Vec<String>,
    tally: HashMap<(&'static str, End), usize>,
}

/// Exists as long as a handler or stream.
pub(crate) struct Live(Ledger);

impl Drop for Live {
    fn drop(&mut self) {
        self.0.0.live.send_modify(|live| *live -= 1);
    }
}

impl Ledger {
    fn records(&self) -> MutexGuard<'_, Records> {
        self.0.records.lock().unwrap()
    }

    pub(crate) fn live(&self) -> Live {
        self.0.live.send_modify(|live| *live += 1);
        Live(self.clone())
    }

    pub(crate) async fn nothing_lives(&self) {
        self.0.live.subscribe().wait_for(|live| *live == 0).await.unwrap();
    }

    /// Something happened that must not.
    pub(crate) fn wrong(&self, what: impl Into<String>) {
        self.records().wrong.push(what.into());
    }

    /// A call begins; it gets a key of its own.
    pub(crate) fn begin(&self, may_repeat: bool) -> u64 {
        let key = self.0.keys.fetch_add(1, Ordering::SeqCst);
        self.records().calls.insert(key, Entry { may_repeat, ..Entry::default() });
        key
    }

    fn with(&self, key: u64, what: &str, change: impl FnOnce(&mut Entry) -> Option<String>) {
        let mut records = self.records();
        let wrong = match records.calls.get_mut(&key) {
            Some(entry) => change(entry),
            None => Some(format!("{what} of a call {key} that nobody made")),
        };
        records.wrong.extend(wrong);
    }

    /// A handler runs.
    pub(crate) fn run(&self, key: u64) {
        self.with(key, "a run", |entry| {
            entry.runs += 1;
            (entry.runs > 1 && !entry.may_repeat).then(|| format!("call {key} ran {} times", entry.runs))
        });
    }

    /// The caller has been called back.
    pub(crate) fn back(&self, key: u64) {
        self.with(key, "a callback", |entry| {
            entry.back += 1;
            (entry.back > entry.runs).then(|| format!("call {key} was called back {} times", entry.back))
        });
    }

    /// The caller has been told number `number` by the handler of this call.
    pub(crate) fn told(&self, key: u64, number: u64) {
        self.with(key, "a notification", |entry| {
            let expected = std::mem::replace(&mut entry.told, number + 1);
            (number != expected).then(|| format!("call {key} was told {number} instead of {expected}"))
        });
    }

    /// A call of this kind has ended. What it must have done by now is checked at once, the rest [later](Self::close).
    pub(crate) fn end(&self, kind: &'static str, key: u64, end: End, backs: usize, told: u64) {
        self.with(key, "an end", |entry| {
            if let Some(before) = entry.ended.replace(end) {
                return Some(format!("call {key} ended as {before:?} and as {end:?}"));
            }
            let done = entry.runs > 0 && entry.back >= backs && entry.told == told;
            (end == End::Good && !done).then(|| format!("{kind} {key} gave a result, but: {entry:?}"))
        });
        *self.records().tally.entry((kind, end)).or_default() += 1;
    }

    /// Something else has ended.
    pub(crate) fn count(&self, kind: &'static str, end: End) {
        *self.records().tally.entry((kind, end)).or_default() += 1;
    }

    /// Number `number` has come from a client's connection.
    pub(crate) fn in_order(&self, client: usize, connection: u64, number: u64) {
        let mut records = self.records();
        let next = records.ordered.entry((client, connection)).or_default();
        let expected = std::mem::replace(next, number + 1);
        if number != expected {
            let what = format!("client {client}, connection {connection}: notification {number} instead of {expected}");
            records.wrong.push(what);
        }
    }

    /// How many came from a client's connection.
    pub(crate) fn come(&self, client: usize, connection: u64) -> u64 {
        self.records().ordered.get(&(client, connection)).copied().unwrap_or(0)
    }

    /// Number `number` of a client has come by a connection from this address. Unix sockets have none, so of these it
    /// is not known which of two came by the same connection.
    pub(crate) fn loose(&self, address: Option<&str>, client: usize, number: u64) {
        let mut records = self.records();
        if let Some(address) = address {
            let before = records.loose.insert((address.to_owned(), client), number);
            if before.is_some_and(|before| before >= number) {
                records.wrong.push(format!("client {client} from {address}: notification {number} after {before:?}"));
            }
        }
        let times = records.seen.entry((client, number)).or_default();
        *times += 1;
        if *times > 1 {
            let what = format!("client {client}: notification {number} came {times} times");
            records.wrong.push(what);
        }
    }

    /// Number `number` of a client surely was not sent, so it must never come.
    pub(crate) fn unsent(&self, client: usize, number: u64) {
        self.records().unsent.push((client, number));
    }

    /// A round is over, and nothing runs any more. Gives how operations ended.
    pub(crate) fn close(&self) -> Vec<((&'static str, End), usize)> {
        let mut records = std::mem::take(&mut *self.records());
        for (key, entry) in &records.calls {
            match entry.ended {
                None => records.wrong.push(format!("call {key} has not ended: {entry:?}")),
                Some(End::Unsent) if entry.runs > 0 => {
                    records.wrong.push(format!("call {key} was said not to be sent: {entry:?}"));
                }
                Some(_) => {}
            }
        }
        for unsent in records.unsent {
            if records.seen.contains_key(&unsent) {
                records.wrong.push(format!("a notification was said not to be sent, but came: {unsent:?}"));
            }
        }
        let count = records.wrong.len();
        records.wrong.truncate(10);
        assert_eq!(count, 0, "such as: {:#?}", records.wrong);
        let mut tally: Vec<_> = records.tally.into_iter().collect();
        tally.sort_unstable();
        tally
    }
}
