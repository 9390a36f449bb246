//! tinyrpc's client over HTTP with its defaults, the 30 s timeout of every call among them.

use super::Caller;
use crate::Failure;
use tinyrpc::JsonRpc;
use tinyrpc::transport::http::HttpClient;

#[derive(Clone)]
pub(super) struct Client(tinyrpc::Client);

impl Client {
    pub(super) fn new(url: &str) -> Result<Client, Failure> {
        Ok(Client(tinyrpc::Client::new(HttpClient::new(url)?, JsonRpc::new())))
    }
}

impl Caller for Client {
    async fn add(&self, a: i64, b: i64) -> Result<i64, Failure> {
        Ok(self.0.call("add", (a, b)).await?)
    }
}
