//! What `#[tinyrpc::service]`, `#[tinyrpc::method]` and `#[derive(RpcError)]` write.

mod bank;
mod errors;
mod instances;
mod more;
mod traits;
