//! hyper and serde_json without a library between: the same function that the in-memory benchmark measures.

use super::{Request, Response, json};
use crate::memory::handwritten::answer as answer_message;
use http_body_util::{BodyExt, Limited};
use hyper::body::Bytes;
use std::convert::Infallible;

/// Room for a small reply, as `serde_json::to_vec` takes it.
const REPLY: usize = 128;
/// Longest body that the limited server takes, in bytes.
const LONGEST: usize = 4 << 20;

/// No limit and no timeout: less than anybody should put on a network, and what the goal is measured against.
pub(super) async fn answer(request: Request) -> Result<Response, Infallible> {
    Ok(match request.into_body().collect().await {
        Ok(body) => respond(&body.to_bytes()),
        Err(_) => status(http::StatusCode::BAD_REQUEST),
    })
}

/// Refuses other methods and long bodies, so that the cost of these duties can be seen.
pub(super) async fn answer_limited(request: Request) -> Result<Response, Infallible> {
    if request.method() != http::Method::POST {
        return Ok(status(http::StatusCode::METHOD_NOT_ALLOWED));
    }
    Ok(match Limited::new(request.into_body(), LONGEST).collect().await {
        Ok(body) => respond(&body.to_bytes()),
        Err(_) => status(http::StatusCode::PAYLOAD_TOO_LARGE),
    })
}

fn respond(message: &[u8]) -> Response {
    let mut out = Vec::with_capacity(REPLY);
    answer_message(message, &mut out);
    json(out)
}

fn status(code: http::StatusCode) -> Response {
    let mut response = json(Bytes::new());
    *response.status_mut() = code;
    response
}
