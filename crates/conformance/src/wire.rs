//! Messages of any protocol, written and read.

use std::sync::Arc;

use bytes::Bytes;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tinyrpc::{Id, Incoming, JsonRpc, Limits, Message, MessagePackRpc, Payload, Protocol, RpcError};

/// What one reply says.
pub(crate) type Outcome = Result<Payload, RpcError>;

/// Writes and reads the messages of a protocol.
#[derive(Clone)]
pub(crate) struct Wire(pub(crate) Arc<dyn Protocol>);

impl Wire {
    pub(crate) fn all() -> Vec<Self> {
        vec![Self(Arc::new(JsonRpc::new())), Self(Arc::new(MessagePackRpc::new()))]
    }

    pub(crate) fn name(&self) -> &'static str {
        self.0.name()
    }

    pub(crate) fn call(&self, id: u64, method: &str, params: impl Serialize) -> Bytes {
        self.request(Some(Id::Number(id)), method, &params)
    }

    pub(crate) fn notification(&self, method: &str, params: impl Serialize) -> Bytes {
        self.request(None, method, &params)
    }

    fn request(&self, id: Option<Id<'_>>, method: &str, params: &impl Serialize) -> Bytes {
        let (protocol, mut out) = (&*self.0, Vec::new());
        let written =
            protocol.write_request(id.as_ref(), method, &mut |out| protocol.codec().to_raw(params, out), &mut out);
        written.expect("the suite's arguments can be encoded");
        out.into()
    }

    /// Several messages as one; `None` when the protocol has no batches.
    pub(crate) fn batch(&self, messages: &[Bytes]) -> Option<Bytes> {
        let syntax = self.0.capabilities().batch?;
        let mut out = syntax.open.to_vec();
        for (index, message) in messages.iter().enumerate() {
            out.extend_from_slice(if index == 0 { &[] } else { syntax.separator });
            out.extend_from_slice(message);
        }
        out.extend_from_slice(syntax.close);
        Some(out.into())
    }

    /// The replies in a message, in order.
    pub(crate) fn read(&self, message: &Bytes) -> Vec<(Option<Id<'static>>, Outcome)> {
        let messages = match self.0.read(message, &Limits::default()) {
            Incoming::One(one) => vec![one],
            Incoming::Batch(all) => all,
            other => panic!("what is this? {other:?}"),
        };
        let answers = messages.into_iter().map(|message| match message {
            Message::Answer(answer) => answer,
            other => panic!("this should be a reply: {other:?}"),
        });
        answers
            .map(|answer| {
                let payload = |raw: &[u8]| Payload::new(Bytes::copy_from_slice(raw), self.0.codec());
                (answer.id.map(Id::into_owned), answer.outcome.map(payload))
            })
            .collect()
    }
}

pub(crate) fn value<T: DeserializeOwned>(outcome: Outcome) -> T {
    let payload = outcome.expect("the reply should be a result");
    payload.decode().expect("the result should have the type that was sent")
}
