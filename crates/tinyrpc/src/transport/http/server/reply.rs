//! Responses: replies, and refusals of what is no message at all.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::header::{ACCEPT_ENCODING, ALLOW, CONNECTION, CONTENT_TYPE};
use http::{HeaderName, HeaderValue, Response, StatusCode};
use hyper::body::{Body, Frame, SizeHint};

use super::cors::Grant;
use crate::transport::web;

/// The body of a response: one piece, or nothing.
#[derive(Debug, Default)]
pub struct HttpReplyBody(Bytes);

impl Body for HttpReplyBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let bytes = std::mem::take(&mut self.0);
        Poll::Ready((!bytes.is_empty()).then(|| Ok(Frame::data(bytes))))
    }

    fn is_end_stream(&self) -> bool {
        self.0.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.0.len() as u64)
    }
}

pub(super) type Reply = Response<HttpReplyBody>;

pub(super) fn reply(status: StatusCode, content_type: HeaderValue, body: Vec<u8>) -> Reply {
    let mut response = Response::new(HttpReplyBody(body.into()));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, content_type);
    response
}

pub(super) fn empty(status: StatusCode) -> Reply {
    let mut response = Response::new(HttpReplyBody::default());
    *response.status_mut() = status;
    response
}

/// A refusal that a person may read.
pub(super) fn text(status: StatusCode, text: String) -> Reply {
    reply(status, HeaderValue::from_static("text/plain; charset=utf-8"), text.into_bytes())
}

const METHODS: HeaderValue = HeaderValue::from_static(web::METHODS);

pub(super) fn options(grant: &Grant) -> Reply {
    let mut response = empty(StatusCode::NO_CONTENT);
    response.headers_mut().insert(ALLOW, METHODS);
    grant.apply_to_preflight(response.headers_mut());
    response
}

pub(super) fn wrong_method() -> Reply {
    let mut response = text(StatusCode::METHOD_NOT_ALLOWED, "only POST is served here\n".to_owned());
    response.headers_mut().insert(ALLOW, METHODS);
    response
}

pub(super) fn wrong_path() -> Reply {
    text(StatusCode::NOT_FOUND, "nothing is served under this path\n".to_owned())
}

pub(super) fn wrong_content_type(accepted: &HeaderValue) -> Reply {
    let known = accepted.to_str().unwrap_or_default();
    let mut response =
        text(StatusCode::UNSUPPORTED_MEDIA_TYPE, format!("the Content-Type of a message must be one of: {known}\n"));
    response.headers_mut().insert(HeaderName::from_static("accept-post"), accepted.clone());
    response
}

pub(super) fn compressed() -> Reply {
    let what = "compressed messages are not accepted: send it without Content-Encoding\n";
    let mut response = text(StatusCode::UNSUPPORTED_MEDIA_TYPE, what.to_owned());
    response.headers_mut().insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
    response
}

pub(super) fn slow() -> Reply {
    text(StatusCode::REQUEST_TIMEOUT, "the message did not arrive in time\n".to_owned())
}

pub(super) fn broken() -> Reply {
    text(StatusCode::BAD_REQUEST, "the body of the request broke off\n".to_owned())
}

/// Says that the connection ends with this response, because the rest of the request is not going to be read.
pub(super) fn close(response: &mut Reply) {
    response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
}
