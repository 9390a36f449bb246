//! Keeps what comes for a subscription before the reply that tells its id, within narrow bounds.

use std::collections::VecDeque;

use tinyrpc_core::{Id, Payload, RpcError};

/// How many items are kept, for all ids together.
const MOST: usize = 256;

/// How many bytes they may have together, with methods and ids; one item may exceed it.
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
    /// How many bytes it keeps, at most.
    pub(super) size: usize,
}

pub(super) enum What {
    Item(Payload),
    End(Option<RpcError>),
    /// Stands where an item stood that there was no room for.
    Dropped,
}

impl Event {
    /// What is left of it without its item.
    fn dropped(self) -> Self {
        let id = match &self.key {
            Id::Text(text) => text.len(),
            Id::Raw(raw) => raw.len(),
            _ => 0,
        };
        Self { what: What::Dropped, size: self.size.min(self.method.len() + id), ..self }
    }
}

impl Early {
    pub(super) fn push(&mut self, event: Event) {
        self.bytes += event.size;
        self.events.push_back(event);
        while self.events.len() > MOST {
            self.shrink(0);
        }
        while self.bytes > MOST_BYTES && self.events.len() > 1 {
            // Items first: an end that is lost would never be told. The newest is the last to go.
            let older = self.events.iter().take(self.events.len() - 1);
            let item = older.map(|event| &event.what).position(|what| matches!(what, What::Item(_)));
            self.shrink(item.unwrap_or(0));
        }
    }

    /// Takes one out, and notes that it is missing.
    fn shrink(&mut self, place: usize) {
        let Some(mut oldest) = self.events.remove(place) else { return };
        self.bytes -= oldest.size;
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
                let gap = oldest.dropped();
                self.bytes += gap.size;
                self.events.insert(place, gap);
            }
            None => {}
        }
    }

    /// Takes what came for this id, of this method or of any, in order.
    pub(super) fn take(&mut self, key: &Id<'_>, method: Option<&str>) -> Vec<Event> {
        let (found, rest) = std::mem::take(&mut self.events)
            .into_iter()
            .partition::<Vec<_>, _>(|event| event.key == *key && method.is_none_or(|method| method == &*event.method));
        self.bytes -= found.iter().map(|event| event.size).sum::<usize>();
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
        let (size, what) = (text.len(), What::Item(Payload::new(text.into(), &Json)));
        Event { method: "tick".into(), key: Id::Number(key), what, missed: 0, size }
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
    fn ids_and_ends_are_bounded_by_their_bytes_too() {
        let size = MOST_BYTES / 2;
        let large: [fn(u64) -> Event; 3] = [
            |key| Event { key: Id::from(format!("{key}{}", "x".repeat(MOST_BYTES / 2))), ..item(0, String::new()) },
            |key| Event { method: format!("{key}{}", "x".repeat(MOST_BYTES / 2)).into(), ..item(0, String::new()) },
            |key| Event { what: What::End(None), ..item(key, String::new()) },
        ];
        for make in large {
            let mut early = Early::default();
            early.push(item(99, String::new()));
            (0..10).for_each(|key| early.push(Event { size, ..make(key) }));
            assert!(early.bytes <= MOST_BYTES && early.events.len() <= 4, "{} bytes", early.bytes);
            assert_eq!(early.bytes, early.events.iter().map(|event| event.size).sum::<usize>());
        }
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
