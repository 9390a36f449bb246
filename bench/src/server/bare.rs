//! The floor: hyper reads the request's body and sends a fixed one, and nobody looks at either.

use super::{Request, Response, json};
use http_body_util::BodyExt;
use std::convert::Infallible;

/// The reply to `add(1, 2)` with the id that the load generator sends.
const REPLY: &[u8] = br#"{"jsonrpc":"2.0","result":3,"id":7}"#;

pub(super) async fn answer(request: Request) -> Result<Response, Infallible> {
    // Every server of calls must at least take the body from the wire.
    let _ = request.into_body().collect().await;
    Ok(json(REPLY))
}
