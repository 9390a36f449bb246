//! Makes links and servers from URLs: `tcp://host:port`, `unix:///path`, `stdio:` and `exec:COMMAND ARG…`.

use tinyrpc_core::Protocol;

use super::{Framings, StdioServer, TcpServer, exec, stdio, tcp};
#[cfg(unix)]
use super::{UnixServer, unix};
use crate::transport::{Link, ServerTransport, TransportError, TransportErrorKind};

/// The link that a URL without parameters names; `framing` is what its `?framing=` said.
pub(crate) async fn connect(
    url: &str,
    framing: Option<&str>,
    protocol: &dyn Protocol,
    longest: usize,
) -> Result<Link, TransportError> {
    let framings = framing.map_or_else(|| Ok(Framings::usual(protocol)), Framings::named)?;
    match Place::of(url)? {
        Place::Tcp(address) => {
            let connected = tcp::connect(address, &framings, longest).await;
            connected.map_err(|error| about(format!("cannot connect to {url}"), error))
        }
        #[cfg(unix)]
        Place::Unix(path) => unix::connect(path, &framings, longest).await,
        Place::Stdio => stdio(&framings, longest),
        Place::Exec(line) => exec::start(exec::command(line)?, &framings, longest),
    }
}

/// The server that a URL names, as for [`connect`].
pub(crate) async fn bind(url: &str, framing: Option<&str>) -> Result<Box<dyn ServerTransport>, TransportError> {
    let framings = framing.map(Framings::named).transpose()?;
    // Every server has the same setter, but they share no type.
    macro_rules! boxed {
        ($server:expr) => {{
            let server = $server;
            Box::new(match framings {
                Some(framings) => server.with_framing(framings),
                None => server,
            })
        }};
    }
    Ok(match Place::of(url)? {
        Place::Tcp(address) => {
            let bound = TcpServer::bind(address).await;
            boxed!(bound.map_err(|error| about(format!("cannot listen at {url}"), error))?)
        }
        #[cfg(unix)]
        Place::Unix(path) => boxed!(UnixServer::bind(path).await?),
        Place::Stdio => boxed!(StdioServer::new()?),
        Place::Exec(_) => {
            return Err(setup("a command can be called, but nothing can be served at `exec:`".to_owned()));
        }
    })
}

enum Place<'u> {
    Tcp(&'u str),
    #[cfg(unix)]
    Unix(&'u str),
    Stdio,
    Exec(&'u str),
}

impl<'u> Place<'u> {
    fn of(url: &'u str) -> Result<Self, TransportError> {
        let (scheme, rest) = url.split_once(':').unwrap_or((url, ""));
        let should = |form: &str| setup(format!("`{url}` should look like `{form}`"));
        match scheme.to_ascii_lowercase().as_str() {
            "tcp" => {
                let address = rest.strip_prefix("//").map(|address| address.strip_suffix('/').unwrap_or(address));
                let whole = |address: &&str| {
                    address.rsplit_once(':').is_some_and(|(host, port)| !host.is_empty() && port.parse::<u16>().is_ok())
                };
                address.filter(whole).map(Self::Tcp).ok_or_else(|| should("tcp://127.0.0.1:5000"))
            }
            #[cfg(unix)]
            "unix" => {
                let path = match rest.strip_prefix("//") {
                    Some(path) => Some(path).filter(|path| path.starts_with('/')),
                    None => Some(rest).filter(|path| !path.is_empty()),
                };
                path.map(Self::Unix).ok_or_else(|| should("unix:///path/of/socket` or `unix:relative/path"))
            }
            "stdio" if rest.trim_matches('/').is_empty() => Ok(Self::Stdio),
            "stdio" => Err(should("stdio:")),
            "exec" => Ok(Self::Exec(rest)),
            _ => Err(setup(format!("`{url}` cannot be used on this system"))),
        }
    }
}

/// The same error, with what was tried.
fn about(what: String, error: TransportError) -> TransportError {
    TransportError::new(error.kind(), what).with_source(error)
}

fn setup(what: String) -> TransportError {
    TransportError::new(TransportErrorKind::Setup, what)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_urls_name_a_place() {
        for good in ["tcp://h:1", "tcp://[::1]:1/", "TCP://h:1", "stdio:", "stdio://", "exec:", "exec:a b"] {
            assert!(Place::of(good).is_ok(), "{good}");
        }
        for bad in ["tcp:h:1", "tcp://h", "tcp://:1", "tcp://h:x", "tcp://h:1/x", "stdio:x", "other:"] {
            let kind = Place::of(bad).err().map(|error| error.kind());
            assert_eq!(kind, Some(TransportErrorKind::Setup), "{bad}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn unix_paths_are_absolute_or_not() {
        let path = |url| match Place::of(url) {
            Ok(Place::Unix(path)) => Some(path),
            _ => None,
        };
        assert_eq!(path("unix:///a/b"), Some("/a/b"));
        assert_eq!(path("unix:/a"), Some("/a"));
        assert_eq!(path("unix:a/b"), Some("a/b"));
        assert_eq!((path("unix://a/b"), path("unix:"), path("unix://")), (None, None, None));
    }
}
