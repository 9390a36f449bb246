//! jsonrpsee's HTTP client as its builder makes it.

use super::Caller;
use crate::Failure;
use jsonrpsee_core::client::ClientT;
use jsonrpsee_core::rpc_params;
use jsonrpsee_http_client::{HttpClient, HttpClientBuilder};

#[derive(Clone)]
pub(super) struct Client(HttpClient);

impl Client {
    pub(super) fn new(url: &str) -> Result<Client, Failure> {
        Ok(Client(HttpClientBuilder::default().build(url)?))
    }
}

impl Caller for Client {
    async fn add(&self, a: i64, b: i64) -> Result<i64, Failure> {
        Ok(self.0.request("add", rpc_params![a, b]).await?)
    }
}
