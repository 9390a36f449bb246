//! Serves the bank at a URL: `bank URL`.

use tinyrpc::{JsonRpc, MessagePackRpc, Server, Service};
use tinyrpc_interop::bank::{Bank as _, Vault};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let url = std::env::args().nth(1).ok_or("usage: bank URL")?;
    let service = Service::new(JsonRpc::new(), Vault::default().into_dispatcher()).with_protocol(MessagePackRpc::new());
    Server::new(service).bind(&url).await?.run().await?;
    Ok(())
}
