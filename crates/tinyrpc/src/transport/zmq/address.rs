//! Translates URLs into ZeroMQ's own endpoints and back.

use omq_tokio::Endpoint;

use super::setup;
use crate::transport::TransportError;

/// The endpoint that `zmq+tcp://host:port` or `zmq+ipc:///path` names.
///
/// # Errors
/// When it is none of these.
pub(super) fn parse(url: &str) -> Result<Endpoint, TransportError> {
    let bad = || setup(format!("`{url}` should look like `zmq+tcp://127.0.0.1:5555` or `zmq+ipc:///tmp/socket`"));
    let (scheme, rest) = url.split_once("://").ok_or_else(bad)?;
    let (name, rest) = match scheme.to_ascii_lowercase().as_str() {
        "zmq+tcp" => ("tcp", rest.strip_suffix('/').unwrap_or(rest)),
        "zmq+ipc" => ("ipc", rest),
        _ => return Err(bad()),
    };
    if rest.is_empty() || rest.contains('?') {
        return Err(bad());
    }
    let endpoint: Endpoint = format!("{name}://{rest}").parse().map_err(|error| bad().with_source(error))?;
    match endpoint {
        Endpoint::Tcp { .. } | Endpoint::Ipc(_) => Ok(endpoint),
        _ => Err(bad()),
    }
}

/// The URL of an endpoint.
pub(super) fn url(endpoint: &Endpoint) -> String {
    format!("zmq+{endpoint}")
}

/// The file that listening at this endpoint would replace.
pub(super) fn file(endpoint: &Endpoint) -> Option<&std::path::Path> {
    match endpoint {
        #[cfg(unix)]
        Endpoint::Ipc(omq_tokio::IpcPath::Filesystem(path)) => Some(path),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_and_back() {
        for there in ["zmq+tcp://127.0.0.1:5555", "zmq+tcp://[::1]:5555", "zmq+ipc:///tmp/a socket", "zmq+tcp://a.b:1"]
        {
            assert_eq!(url(&parse(there).unwrap()), there);
        }
        assert_eq!(url(&parse("ZMQ+TCP://127.0.0.1:1/").unwrap()), "zmq+tcp://127.0.0.1:1");
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for bad in
            ["zmq+tcp://", "zmq+tcp://host", "zmq+tcp://host:99999", "zmq+tcp://h:1?x=1", "tcp://h:1", "zmq+udp://h:1"]
        {
            let error = parse(bad).expect_err(bad);
            assert!(error.to_string().contains("should look like"), "{error}");
        }
    }
}
