//! hyper's pooled client and serde_json without a library between.
//!
//! Fair because it does what a caller cannot do without: an id of its own for each call, checked in the reply, and
//! an error object told apart from a result. The variant with a timeout adds the one duty that no client should skip.

use super::Caller;
use crate::Failure;
use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

/// How long the variant with a timeout waits for each call.
pub(super) const TIMEOUT: Duration = Duration::from_secs(30);

type Http = hyper_util::client::legacy::Client<HttpConnector, Full<Bytes>>;

#[derive(Serialize)]
struct Request<P> {
    jsonrpc: &'static str,
    method: &'static str,
    params: P,
    id: u64,
}

#[derive(Deserialize)]
struct Reply<'a, R> {
    id: Option<u64>,
    result: Option<R>,
    #[serde(borrow)]
    error: Option<&'a RawValue>,
}

#[derive(Clone)]
pub(super) struct Client {
    http: Http,
    uri: http::Uri,
    next_id: Rc<Cell<u64>>,
    timeout: Option<Duration>,
}

impl Client {
    pub(super) fn new(url: &str, timeout: Option<Duration>) -> Result<Client, Failure> {
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        let http = hyper_util::client::legacy::Client::builder(TokioExecutor::new()).build(connector);
        Ok(Client { http, uri: url.parse()?, next_id: Rc::new(Cell::new(1)), timeout })
    }

    async fn call<P, R>(&self, method: &'static str, params: P) -> Result<R, Failure>
    where
        P: Serialize,
        R: for<'a> Deserialize<'a>,
    {
        let id = self.next_id.get();
        self.next_id.set(id + 1);
        let message = serde_json::to_vec(&Request { jsonrpc: "2.0", method, params, id })?;
        let request = http::Request::post(self.uri.clone())
            .header(http::header::CONTENT_TYPE, http::HeaderValue::from_static("application/json"))
            .body(Full::from(message))?;
        let response = self.http.request(request).await?;
        if response.status() != http::StatusCode::OK {
            return Err(response.status().to_string().into());
        }
        let body = response.into_body().collect().await?.to_bytes();
        match serde_json::from_slice::<Reply<'_, R>>(&body)? {
            Reply { id: Some(found), .. } if found != id => Err(format!("reply to {found}, not {id}").into()),
            Reply { result: Some(result), id: Some(_), .. } => Ok(result),
            Reply { error: Some(error), .. } => Err(error.get().into()),
            _ => Err("neither result nor error".into()),
        }
    }
}

impl Caller for Client {
    async fn add(&self, a: i64, b: i64) -> Result<i64, Failure> {
        match self.timeout {
            Some(timeout) => tokio::time::timeout(timeout, self.call("add", (a, b))).await?,
            None => self.call("add", (a, b)).await,
        }
    }
}
