//! Keeps what comes for a subscription before the reply that tells its id, within narrow bounds.

use std::collections::VecDeque;

use tinyrpc_core::{Id, Payload, RpcError};

/// How many items are kept, for all ids together.
const MOST: usize = 256;

/// How many bytes they may have together; one item may exceed it.
const MOST_BYTES: usize = 1 << 20;

/// What came too early, of one link.
#[derive(Default)]
pub(super) struct Early {
    events: VecDeque<Event>,
    bytes: usize,
}

pub(super) struct Event {
    pub(super) method: Box<str>,
    pub(super) key: Id<'static>,
    pub(super) what: What,
    pub(super) missed: u64,
}

pub(super) enum What {
    Item(Payload),
    End(Option<RpcError>),
    /// Stands where an item stood that there was no room for.
    Dropped,
}

impl What {
    fn size(&self) -> usize {
        match self {
            Self::Item(item) => item.raw().len(),
            Self::End(_) | Self::Dropped => 0,
        }
    }
}

impl Early {
    pub(super) fn push(&mut self, event: Event) {
        self.bytes += event.what.size();
        self.events.push_back(event);
        while self.events.len() > MOST {
            self.shrink(0);
        }
        while self.bytes > MOST_BYTES && self.events.len() > 1 {
            // What has no size frees nothing.
            self.shrink(self.events.iter().position(|event| event.what.size() > 0).unwrap_or(0));
        }
    }

    /// Takes one out, and notes that it is missing.
    fn shrink(&mut self, place: usize) {
        let Some(mut oldest) = self.events.remove(place) else { return };
        self.bytes -= oldest.what.size();
        if matches!(oldest.what, What::Item(_)) {
            oldest.missed = oldest.missed.saturating_add(1);
        }
        let room = self.events.len() < MOST;
        let mut later = self.events.iter_mut().skip(place);
        let next = later.find(|event| event.key == oldest.key && event.method == oldest.method);
        match next {
            Some(next) => next.missed = next.missed.saturating_add(oldest.missed),
            // It was the only one of its id: the gap is all that is left of it, as long as there is room for that.
            None if matches!(oldest.what, What::Item(_)) && room => {
                self.events.insert(place, Event { what: What::Dropped, ..oldest });
            }
            None => {}
        }
    }

    /// Takes what came for this id, of this method or of any, in order.
    pub(super) fn take(&mut self, key: &Id<'_>, method: Option<&str>) -> Vec<Event> {
        let (found, rest) = std::mem::take(&mut self.events)
            .into_iter()
            .partition::<Vec<_>, _>(|event| event.key == *key && method.is_none_or(|method| method == &*event.method));
        self.bytes -= found.iter().map(|event| event.what.size()).sum::<usize>();
        self.events = rest.into();
        found
    }

    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }
}

#[cfg(all(test, feature = "jsonrpc"))]
mod tests {
    use tinyrpc_core::codec::Json;

    use super::*;

    fn item(key: u64, text: String) -> Event {
        let what = What::Item(Payload::new(text.into(), &Json));
        Event { method: "tick".into(), key: Id::Number(key), what, missed: 0 }
    }

    #[test]
    fn what_is_dropped_is_counted_for_its_id() {
        let mut early = Early::default();
        for number in 0..1_000 {
            early.push(item(number % 2, number.to_string()));
        }
        assert_eq!((early.events.len(), early.bytes), (MOST, MOST * 3));
        assert!(early.take(&Id::Number(0), Some("tock")).is_empty());
        let even = early.take(&Id::Number(0), Some("tick"));
        assert_eq!((even.len(), even.iter().map(|event| event.missed).sum::<u64>()), (128, 500 - 128));
        assert_eq!((even[0].missed, even[1].missed), (500 - 128, 0));
        assert_eq!(early.take(&Id::Number(1), None).len(), 128);
        assert_eq!((early.events.len(), early.bytes), (0, 0));
    }

    #[test]
    fn large_ones_are_bounded_by_their_bytes() {
        let mut early = Early::default();
        for key in 0..10 {
            early.push(item(key, "x".repeat(MOST_BYTES / 2)));
        }
        assert!(early.bytes <= MOST_BYTES, "{}", early.bytes);
        let first = early.take(&Id::Number(0), None);
        assert!(matches!(first[..], [Event { what: What::Dropped, missed: 1, .. }]));
    }
}
