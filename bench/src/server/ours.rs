//! tinyrpc's HTTP server with its defaults, whole and mounted in another.

use crate::{Failure, methods};
use tinyrpc::transport::http::{HttpServer, HttpService};
use tinyrpc::{Dispatcher, JsonRpc, Server, Service};
use tokio::net::TcpListener;

/// The five functions as sync handlers.
///
/// # Errors
/// Never in practice: no name is registered twice.
pub fn dispatcher() -> Result<Dispatcher, Failure> {
    let mut dispatcher = Dispatcher::new();
    dispatcher.register("add", |(a, b): (i64, i64)| methods::add(a, b))?;
    dispatcher.register("subtract", |(a, b): (i64, i64)| methods::subtract(a, b))?;
    dispatcher.register("echo", |(text,): (String,)| methods::echo(text))?;
    dispatcher.register("numbers", |(values,): (Vec<i64>,)| methods::numbers(values))?;
    dispatcher.register("reverse", |(text,): (String,)| methods::reverse(text))?;
    Ok(dispatcher)
}

/// The same as async handlers that never wait.
///
/// # Errors
/// Never in practice.
pub fn asynchronous() -> Result<Dispatcher, Failure> {
    let mut dispatcher = Dispatcher::new();
    dispatcher.register("add", |(a, b): (i64, i64)| async move { methods::add(a, b) })?;
    dispatcher.register("subtract", |(a, b): (i64, i64)| async move { methods::subtract(a, b) })?;
    dispatcher.register("echo", |(text,): (String,)| async move { methods::echo(text) })?;
    dispatcher.register("numbers", |(values,): (Vec<i64>,)| async move { methods::numbers(values) })?;
    dispatcher.register("reverse", |(text,): (String,)| async move { methods::reverse(text) })?;
    Ok(dispatcher)
}

fn service() -> Result<Service, Failure> {
    Ok(Service::new(JsonRpc::new(), dispatcher()?))
}

/// The whole server, with its limits and timeouts.
pub(super) async fn serve(listener: TcpListener) -> Result<(), Failure> {
    Server::new(service()?).with_transport(HttpServer::from_listener(listener)?).run().await?;
    Ok(())
}

/// The service alone, for the same accept loop that the hand-written server has: what is left of the difference between
/// this and the whole server is what our loop costs.
pub(super) fn mounted() -> Result<HttpService, Failure> {
    Ok(HttpService::new(service()?))
}
