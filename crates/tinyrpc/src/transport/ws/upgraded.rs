//! Takes a connection over from the HTTP implementation.

use bytes::Bytes;
use hyper::upgrade::{Parts, Upgraded};
use hyper_util::rt::TokioIo;

use super::frames::Frames;
use super::link::link;
use super::settings::WsSettings;
use super::socket::{End, Socket};
use super::wire::Wire;
use crate::transport::Link;
use crate::transport::maybe_tls::MaybeTls;

/// The link over a connection whose handshake is done. `text` says whether messages are text, `limit` how long they may
/// be, in bytes.
pub(super) fn over(upgraded: Upgraded, end: End, text: bool, limit: usize, settings: &WsSettings) -> Link {
    let frames = Frames::new(!text, limit);
    // A plain socket is used without what HTTP has put around it.
    let wire = match upgraded.downcast::<TokioIo<MaybeTls>>() {
        Ok(Parts { io, read_buf, .. }) => {
            // Even an empty rest holds on to the buffer that it was in.
            let rest = if read_buf.is_empty() { Bytes::new() } else { read_buf };
            Wire::new(Box::new(io.into_inner()), rest, frames)
        }
        Err(upgraded) => Wire::new(Box::new(TokioIo::new(upgraded)), Bytes::new(), frames),
    };
    link(Socket::new(wire, end, text, limit, settings))
}

/// Whether a protocol with this media type is text.
pub(super) fn is_text(content_type: &str) -> bool {
    let media_type = content_type.split(';').next().unwrap_or_default().trim();
    media_type.ends_with("/json") || media_type.ends_with("+json") || media_type.starts_with("text/")
}
