//! What `#[tinyrpc::service]`, `#[tinyrpc::method]` and `#[derive(RpcError)]` write.

mod bank;
mod errors;
pub mod hygiene;
mod instances;
mod more;
mod traits;
