//! Reads what the server answered, within bounds.

use std::fmt;

use bytes::{Bytes, BytesMut};
use http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use http::response::Parts;
use http::{HeaderValue, Response, StatusCode};
use http_body_util::BodyExt;
use hyper::body::{Body, Incoming};
use tinyrpc_core::Metadata;

use super::fault;
use super::refusal;
use crate::transport::{Expect, TransportError, TransportErrorKind};

/// How much is read of an answer that is no reply.
const EXCERPT: usize = 4 << 10;

/// How much memory an announced length gets before its bytes are there.
const AHEAD: usize = 64 << 10;

/// What the caller waits for.
#[derive(Debug)]
pub(super) struct Wanted {
    pub(super) expect: Expect,
    /// The media type of the message that was sent.
    pub(super) content_type: HeaderValue,
    /// The longest reply, in bytes.
    pub(super) limit: usize,
    /// What travels beside the message.
    pub(super) metadata: Metadata,
}

/// The reply that an answer holds; `None` when it is empty.
pub(super) async fn read(
    answer: Response<Incoming>,
    wanted: &Wanted,
    peer: impl fmt::Display,
) -> Result<Option<Bytes>, TransportError> {
    let (head, body) = answer.into_parts();
    if !may_hold_reply(&head, &wanted.content_type) {
        // Some servers call their error replies text; a short one comes along whole.
        let said = beginning(body).await.freeze();
        return Err(refusal::error(&head, &said, peer).with_body(said));
    }
    if wanted.expect == Expect::Nothing {
        let said = beginning(body).await;
        if said.is_empty() && !head.status.is_success() {
            return Err(refusal::error(&head, &said, peer));
        }
        if !said.is_empty() {
            tracing::debug!(
                %peer, status = head.status.as_u16(), said = refusal::excerpt(&said),
                "a notification was answered"
            );
        }
        return Ok(None);
    }
    if let Some(encoding) = head.headers.get(CONTENT_ENCODING).filter(|encoding| *encoding != "identity") {
        let what = format!("{peer} encoded its reply as {encoding:?}, which was not asked for");
        return Err(TransportError::new(TransportErrorKind::Invalid, what));
    }
    let reply = whole(body, wanted.limit, &peer).await?;
    match (reply.is_empty(), head.status.is_success()) {
        (false, true) => Ok(Some(reply)),
        (true, true) => Ok(None),
        // The status counts only if the body is no reply, which the client finds out.
        (_, false) => Err(refusal::error(&head, &reply, peer).with_body(reply)),
    }
}

/// Whether the head leaves it possible that the body is a message. Protocols put their errors under many a status.
fn may_hold_reply(head: &Parts, sent: &HeaderValue) -> bool {
    if head.status.is_success() {
        return true;
    }
    if head.status.is_redirection()
        || [StatusCode::UNAUTHORIZED, StatusCode::PROXY_AUTHENTICATION_REQUIRED].contains(&head.status)
    {
        return false;
    }
    let Some(media_type) = head.headers.get(CONTENT_TYPE) else { return true };
    let essence = essence(media_type);
    essence == self::essence(sent) || essence.contains("json") || essence.contains("msgpack")
}

/// A media type without its parameters.
fn essence(media_type: &HeaderValue) -> String {
    let text = String::from_utf8_lossy(media_type.as_bytes());
    text.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// All of a body that has at most so many bytes.
async fn whole(mut body: Incoming, limit: usize, peer: &impl fmt::Display) -> Result<Bytes, TransportError> {
    let announced = body.size_hint().lower();
    if announced > limit as u64 {
        return Err(too_large(peer, limit));
    }
    let Some(first) = next(&mut body).await.map_err(|error| fault::after_sending(error, peer))? else {
        return Ok(Bytes::new());
    };
    if body.is_end_stream() && first.len() <= limit {
        return Ok(first);
    }
    let mut all = BytesMut::with_capacity(usize::try_from(announced).unwrap_or(limit).min(AHEAD).max(first.len()));
    let mut part = Some(first);
    while let Some(bytes) = part {
        if bytes.len() > limit - all.len() {
            return Err(too_large(peer, limit));
        }
        all.extend_from_slice(&bytes);
        part = next(&mut body).await.map_err(|error| fault::after_sending(error, peer))?;
    }
    Ok(all.freeze())
}

/// The beginning of a body, as far as it can be read.
async fn beginning(mut body: Incoming) -> BytesMut {
    let mut said = BytesMut::new();
    while said.len() < EXCERPT
        && let Ok(Some(part)) = next(&mut body).await
    {
        let room = EXCERPT - said.len();
        said.extend_from_slice(part.get(..room).unwrap_or(&part));
    }
    said
}

/// The next bytes of a body; `None` at its end. Trailers say nothing to us.
async fn next(body: &mut Incoming) -> Result<Option<Bytes>, hyper::Error> {
    while let Some(frame) = body.frame().await {
        if let Ok(data) = frame?.into_data() {
            return Ok(Some(data));
        }
    }
    Ok(None)
}

fn too_large(peer: &impl fmt::Display, limit: usize) -> TransportError {
    TransportError::new(TransportErrorKind::TooLarge, format!("the reply of {peer} is longer than {limit} bytes"))
}
