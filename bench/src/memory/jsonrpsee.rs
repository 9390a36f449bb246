//! jsonrpsee's own two ways of answering without a socket.
//!
//! Fair because both are polled by hand with a waker that does nothing, so no executor is charged to it, and the
//! methods are the sync ones, which it runs without boxing a future. `Module` is its in-memory path proper, which takes
//! single calls only. `Service` is what its server runs behind hyper: the only one that reads batches and
//! notifications; its number holds the making of an `http::Request` with one header and the reply's body.

use super::{Peer, ready};
use crate::Failure;
use crate::case::{Case, Wire};
use crate::server::jsonrpsee::module;
use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use jsonrpsee_core::middleware::RpcServiceBuilder;
use jsonrpsee_server::{
    ConnectionGuard, ConnectionState, Methods, RpcModule, ServerConfig, StopHandle, http::call_with_service_builder,
    stop_channel,
};

/// `RpcModule::raw_json_request`.
pub(super) struct Module {
    module: RpcModule<()>,
}

impl Module {
    pub(super) fn new(case: Case) -> Result<Module, Failure> {
        match case {
            Case::Batch100 | Case::Notify => Err("single calls only".into()),
            _ => Ok(Module { module: module()? }),
        }
    }
}

impl Peer for Module {
    const WIRE: Wire = Wire::Json;

    fn answer(&mut self, request: &[u8], sink: &mut dyn FnMut(&[u8])) {
        let Ok(request) = std::str::from_utf8(request) else { return };
        if let Some(Ok((reply, _))) = ready(self.module.raw_json_request(request, 1)) {
            sink(reply.get().as_bytes());
        }
    }
}

/// `call_with_service_builder` without any middleware of ours.
pub(super) struct Service {
    methods: Methods,
    config: ServerConfig,
    connections: ConnectionGuard,
    stop: StopHandle,
}

impl Service {
    pub(super) fn new() -> Result<Service, Failure> {
        Ok(Service {
            methods: module()?.into(),
            config: ServerConfig::default(),
            connections: ConnectionGuard::new(1),
            stop: stop_channel().0,
        })
    }

    async fn call(&self, request: &[u8]) -> Option<Bytes> {
        // A server gets its body as `Bytes` from the socket; the copy stands for that.
        let body = Full::new(Bytes::copy_from_slice(request));
        let request =
            http::Request::post("/").header(http::header::CONTENT_TYPE, "application/json").body(body).ok()?;
        let connection = ConnectionState::new(self.stop.clone(), 0, self.connections.try_acquire()?);
        let reply = call_with_service_builder(
            request,
            self.config.clone(),
            connection,
            self.methods.clone(),
            RpcServiceBuilder::new(),
        );
        Some(reply.await.into_body().collect().await.ok()?.to_bytes())
    }
}

impl Peer for Service {
    const WIRE: Wire = Wire::Json;

    fn answer(&mut self, request: &[u8], sink: &mut dyn FnMut(&[u8])) {
        if let Some(Some(reply)) = ready(self.call(request)) {
            sink(&reply);
        }
    }
}
