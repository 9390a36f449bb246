//! `tinyrpc demo`: serves the sample service until it is told to stop.

use tinyrpc::openrpc::{Discover, Info};
use tinyrpc::{Dispatch, Dispatcher, JsonRpc, MessagePackRpc, Server, Service, protocol_named};

use crate::args::Demo;
use crate::exit::Failure;
use crate::signals::Signals;
use crate::{demo, output, trace};

/// The exit status of a process that Ctrl-C ended.
const INTERRUPTED: i32 = 130;

pub(crate) async fn run(options: &Demo) -> Result<(), Failure> {
    let mut signals =
        Signals::listen().map_err(|error| Failure::NoConnection(format!("cannot listen for signals: {error}")))?;
    let discover = discoverable();
    let servers = discover.servers();
    let mut server = Server::new(match options.no_discover {
        true => service(options, demo::dispatcher())?,
        false => service(options, discover)?,
    });
    for url in &options.listen {
        server = server.bind(url).await?;
    }
    let endpoints = server.endpoints();
    // On its own input and output it serves only whoever asks there.
    endpoints.iter().filter(|endpoint| !endpoint.starts_with("stdio:")).for_each(|endpoint| servers.add(endpoint));
    announce(&endpoints)?;
    let stop = async {
        signals.next().await;
        tokio::spawn(async move {
            signals.next().await;
            std::process::exit(INTERRUPTED);
        });
    };
    Ok(server.run_until(stop).await?)
}

/// The sample service, which answers `rpc.discover` as well.
pub(crate) fn discoverable() -> Discover<Dispatcher> {
    let info =
        Info::new("tinyrpc demo", env!("CARGO_PKG_VERSION")).with_description("A sample service to try things on.");
    Discover::new(demo::dispatcher(), info)
}

/// Prints where the server listens.
fn announce(endpoints: &[String]) -> Result<(), Failure> {
    // Standard output may be an endpoint itself.
    let taken = endpoints.iter().any(|endpoint| endpoint.starts_with("stdio:"));
    for endpoint in endpoints {
        let line = format!("listening on {endpoint}");
        if taken { output::complain(&line) } else { output::print(&line)? }
    }
    Ok(())
}

fn service(options: &Demo, dispatch: impl Dispatch) -> Result<Service, Failure> {
    let mut service = Service::new(JsonRpc::new(), dispatch).with_protocol(MessagePackRpc::new());
    if let Some(protocol) = &options.protocol {
        service = service.speaking(protocol_named(protocol)?);
    }
    if let Some(calls) = options.concurrency {
        service = service.with_concurrency(usize::try_from(calls).unwrap_or(usize::MAX));
    }
    if options.trace {
        service = service.with_trace(trace::server);
    }
    Ok(service)
}
