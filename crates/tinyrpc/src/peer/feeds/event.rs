//! Reads what a notification says about a subscription.

use std::borrow::Cow;

use bytes::Bytes;
use tinyrpc_core::codec::Items;
use tinyrpc_core::message::Params;
use tinyrpc_core::{Codec, Id, Payload, RpcError};

use crate::progress::ProgressForm;

/// What a notification says.
pub(super) struct Event<'m> {
    pub(super) key: Id<'static>,
    pub(super) what: What<'m>,
    /// How many items the other side says that it has dropped before this.
    pub(super) missed: u64,
}

pub(super) enum What<'m> {
    Item(&'m [u8]),
    End(Option<RpcError>),
}

/// What the arguments of a notification look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// An item of a subscription.
    Subscription,
    /// How far a call has come.
    Progress(ProgressForm),
}

/// Reads `{"subscription": id, "result": item}`, the same with `error` for an end, either of them as the only entry of
/// an array, and `[id, item]` where the `method` is known to be one of a subscription.
pub(super) fn read<'m>(params: Params<'m>, known: Option<Shape>) -> Option<Event<'m>> {
    let codec = params.codec();
    let shape = known.unwrap_or(Shape::Subscription);
    let named = |raw: &'m [u8], members: &[(Cow<'m, str>, &'m [u8])]| named(shape, raw, members, codec);
    match codec.items(params.raw()).ok()? {
        Items::Map(members) => named(params.raw(), &members),
        Items::Array(items) => match items.as_slice() {
            [one] => match codec.items(one).ok()? {
                Items::Map(members) => named(one, &members),
                _ => None,
            },
            [id, item] if known.is_some() => Some(Event { key: key(id, codec)?, what: What::Item(item), missed: 0 }),
            _ => None,
        },
        _ => None,
    }
}

fn named<'m>(
    shape: Shape,
    raw: &'m [u8],
    members: &[(Cow<'m, str>, &'m [u8])],
    codec: &'static dyn Codec,
) -> Option<Event<'m>> {
    let member = |name: &str| members.iter().find(|(member, _)| member == name).map(|(_, value)| *value);
    if let Shape::Progress(form) = shape {
        let key = key(member(form.token())?, codec)?;
        let what = What::Item(form.value().map_or(Some(raw), member)?);
        return Some(Event { key, what, missed: 0 });
    }
    let key = key(member("subscription")?, codec)?;
    let missed = member("dropped").and_then(|count| codec.from_raw(count).ok()).unwrap_or(0);
    let what = match (member("result"), member("error")) {
        (Some(item), _) => What::Item(item),
        (None, Some(error)) => What::End(error_of(error, codec)),
        (None, None) => return None,
    };
    Some(Event { key, what, missed })
}

/// The error that ends a subscription; `None` for null: it was done.
fn error_of(raw: &[u8], codec: &'static dyn Codec) -> Option<RpcError> {
    if codec.from_raw::<()>(raw).is_ok() {
        return None;
    }
    let payload = |raw: &[u8]| Payload::new(Bytes::copy_from_slice(raw), codec);
    if let Ok(Items::Map(members)) = codec.items(raw) {
        let member = |name: &str| members.iter().find(|(member, _)| member == name).map(|(_, value)| *value);
        let code = member("code").and_then(|code| codec.from_raw::<i64>(code).ok());
        let message = member("message").and_then(|message| codec.from_raw::<String>(message).ok());
        if let (Some(code), Some(message)) = (code, message) {
            let error = RpcError::new(code, message);
            return Some(match member("data") {
                Some(data) => error.with_payload(payload(data)),
                None => error,
            });
        }
    }
    let message = codec.from_raw::<String>(raw);
    let message = message.unwrap_or_else(|_| "the other side's error is no code and message".to_owned());
    Some(RpcError::new(0, message).with_raw(payload(raw)))
}

/// A subscription's id in a form that can be compared; `None` for what is no number and no string.
pub(super) fn key(raw: &[u8], codec: &'static dyn Codec) -> Option<Id<'static>> {
    if let Ok(number) = codec.from_raw::<u64>(raw) {
        return Some(Id::Number(number));
    }
    if let Ok(text) = codec.from_raw::<String>(raw) {
        return Some(Id::from(text));
    }
    codec.from_raw::<f64>(raw).ok().map(|_| Id::Raw(raw.to_vec().into()))
}

#[cfg(all(test, feature = "jsonrpc", feature = "msgpack"))]
mod tests {
    use tinyrpc_core::codec::{Json, MessagePack};

    use super::*;

    fn said(raw: &[u8], codec: &'static dyn Codec, known: Option<Shape>) -> Option<String> {
        let event = read(Params::new(raw, codec), known)?;
        let what = match event.what {
            What::Item(raw) => format!("{:?}", Payload::new(Bytes::copy_from_slice(raw), codec).decode::<u8>().ok()?),
            What::End(error) => format!("{:?}", error.map(|error| error.message().to_owned())),
        };
        Some(format!("{} {what} {}", event.key, event.missed))
    }

    #[test]
    fn the_forms_that_servers_use_are_read() {
        for (params, known, expected) in [
            (r#"{"subscription":"0xa","result":5}"#, false, Some(r#""0xa" 5 0"#)),
            (r#"{"result":5,"subscription":7,"dropped":2}"#, false, Some("7 5 2")),
            (r#"[{"subscription":7,"result":5}]"#, false, Some("7 5 0")),
            ("[7,5]", true, Some("7 5 0")),
            ("[7,5]", false, None),
            (r#"{"subscription":7,"error":null}"#, false, Some("7 None 0")),
            (r#"{"subscription":7,"error":"full"}"#, false, Some(r#"7 Some("full") 0"#)),
            (r#"{"subscription":7,"error":{"code":1,"message":"no"}}"#, false, Some(r#"7 Some("no") 0"#)),
            (r#"{"subscription":7}"#, true, None),
            (r#"{"subscription":null,"result":5}"#, true, None),
            (r#"{"token":7,"value":5}"#, true, None),
            ("[7]", true, None),
            ("", true, None),
        ] {
            let known = known.then_some(Shape::Subscription);
            assert_eq!(said(params.as_bytes(), &Json, known).as_deref(), expected, "{params}");
        }
        let progress = |form| Some(Shape::Progress(form));
        let lsp = said(br#"{"token":"t","value":5}"#, &Json, progress(ProgressForm::Lsp));
        assert_eq!(lsp.as_deref(), Some(r#""t" 5 0"#));
        let event = read(Params::new(br#"{"progressToken":7,"progress":5}"#, &Json), progress(ProgressForm::Mcp));
        assert!(matches!(event, Some(Event { what: What::Item(raw), .. }) if raw.starts_with(b"{\"progressToken")));
        assert_eq!(said(br#"{"subscription":7,"result":5}"#, &Json, progress(ProgressForm::Lsp)), None);
        assert_eq!(said(b"\x91\x82\xacsubscription\x07\xa6result\x05", &MessagePack, None).as_deref(), Some("7 5 0"));
        assert_eq!(said(b"\x92\xcc\x07\x05", &MessagePack, Some(Shape::Subscription)).as_deref(), Some("7 5 0"));
    }
}
