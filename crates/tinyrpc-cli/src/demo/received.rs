//! Remembers the notifications that ran, so that their senders can see that they did.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use tinyrpc::dispatch::{RegisterError, from_fn};
use tinyrpc::{Call, Codec, Dispatcher, EncodeError, Handler, Outcome, Payload, RpcError};

/// The most notifications that are kept.
const MOST: usize = 1_000;
/// The most bytes that their arguments may take together.
const MOST_BYTES: usize = 16 << 20;

/// The newest notifications. Clones share them.
#[derive(Clone, Default)]
pub(super) struct Received(Arc<Mutex<Log>>);

#[derive(Default)]
struct Log {
    entries: VecDeque<(&'static str, Payload)>,
    bytes: usize,
}

impl Received {
    /// Adds the methods that are remembered, and `received`, which lists their calls as `[method, arguments]`.
    pub(super) fn register(self, dispatcher: &mut Dispatcher) -> Result<(), RegisterError> {
        for name in ["update", "notify_hello", "notify_sum"] {
            let received = self.clone();
            dispatcher.register(name, move |arguments: Payload| received.add(name, arguments))?;
        }
        dispatcher.register("received", self.listing())?;
        Ok(())
    }

    fn listing(self) -> Box<dyn Handler> {
        from_fn(move |call: Call<'_>| {
            let codec = call.reply.protocol().codec();
            let mut list = Vec::new();
            match self.write(codec, &mut list) {
                Ok(()) => Outcome::Done(call.reply.send_payload(&Payload::new(list.into(), codec))),
                Err(error) => RpcError::internal(error).into(),
            }
        })
    }

    fn add(&self, name: &'static str, arguments: Payload) {
        let mut log = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        log.bytes += arguments.raw().len();
        log.entries.push_back((name, arguments));
        while log.entries.len() > MOST || log.bytes > MOST_BYTES {
            let Some((_, oldest)) = log.entries.pop_front() else { break };
            log.bytes -= oldest.raw().len();
        }
    }

    /// Writes the list in the encoding of the asker, whichever ones the notifications came in.
    fn write(&self, codec: &'static dyn Codec, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let entries: Vec<_> = {
            let log = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            log.entries.iter().cloned().collect()
        };
        let mut items = Vec::with_capacity(entries.len());
        for (name, arguments) in entries {
            let (mut method, mut given, mut item) = (Vec::new(), Vec::new(), Vec::new());
            codec.to_raw(name, &mut method)?;
            arguments.encode_as(codec, &mut given)?;
            codec.array(&[&method, &given], &mut item)?;
            items.push(item);
        }
        let items: Vec<&[u8]> = items.iter().map(Vec::as_slice).collect();
        codec.array(&items, out)
    }
}

#[cfg(test)]
mod tests {
    use tinyrpc::codec::{Json, MessagePack};

    use super::*;

    fn listed(received: &Received) -> String {
        let mut out = Vec::new();
        received.write(&Json, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn notifications_of_both_protocols_are_listed_in_order() {
        let received = Received::default();
        assert_eq!(listed(&received), "[]");
        received.add("update", Payload::encode(&(1, "a"), &MessagePack).unwrap());
        received.add("notify_sum", Payload::new("[1e400]".into(), &Json));
        assert_eq!(listed(&received), r#"[["update",[1,"a"]],["notify_sum",[1e400]]]"#);
    }

    #[test]
    fn only_the_newest_are_kept() {
        let received = Received::default();
        for number in 0..1_500 {
            received.add("update", Payload::encode(&[number], &Json).unwrap());
        }
        assert_eq!(received.0.lock().unwrap().entries.len(), MOST);
        assert!(listed(&received).starts_with(r#"[["update",[500]],"#));

        let large = Payload::new(vec![b' '; MOST_BYTES / 2].into(), &Json);
        for _ in 0..3 {
            received.add("update", large.clone());
        }
        let log = received.0.lock().unwrap();
        assert!(log.bytes <= MOST_BYTES && log.entries.len() == 2, "{} bytes", log.bytes);
    }
}
