//! jsonrpsee's server, HTTP only, everything else as its builder makes it.

use crate::{Failure, methods};
use jsonrpsee_server::types::ErrorObjectOwned;
use jsonrpsee_server::{RpcModule, Server, ServerConfig};
use tokio::net::TcpListener;

/// The five functions as sync methods, the cheaper of the kinds that jsonrpsee has.
///
/// # Errors
/// Never in practice: no name is registered twice.
pub fn module() -> Result<RpcModule<()>, Failure> {
    type Answer<T> = Result<T, ErrorObjectOwned>;
    let mut module = RpcModule::new(());
    module.register_method("add", |params, _, _| -> Answer<i64> {
        let (a, b) = params.parse()?;
        Ok(methods::add(a, b))
    })?;
    module.register_method("subtract", |params, _, _| -> Answer<i64> {
        let (a, b) = params.parse()?;
        Ok(methods::subtract(a, b))
    })?;
    module.register_method("echo", |params, _, _| -> Answer<String> {
        let (text,) = params.parse()?;
        Ok(methods::echo(text))
    })?;
    module.register_method("numbers", |params, _, _| -> Answer<Vec<i64>> {
        let (values,) = params.parse()?;
        Ok(methods::numbers(values))
    })?;
    module.register_method("reverse", |params, _, _| -> Answer<String> {
        let (text,) = params.parse()?;
        Ok(methods::reverse(text))
    })?;
    Ok(module)
}

pub(super) async fn serve(listener: TcpListener) -> Result<(), Failure> {
    let config = ServerConfig::builder().http_only().build();
    let server = Server::builder().set_config(config).build_from_tcp(listener.into_std()?)?;
    server.start(module()?).stopped().await;
    Ok(())
}
