//! What `#[tinyrpc::service]`, `#[tinyrpc::method]` and `#[derive(RpcError)]` write.

mod bank;
mod instances;
mod traits;
