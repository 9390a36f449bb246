//! Reads the URLs that name endpoints.

use std::sync::Arc;

use tinyrpc_core::Protocol;

use crate::peer::{Cancel, Cancelling};
use crate::transport::{TransportError, TransportErrorKind};

/// An endpoint's URL, taken apart.
#[derive(Clone, Debug)]
pub(crate) struct Endpoint {
    /// Such as `http`.
    pub(crate) scheme: String,
    /// The URL without the parameters that are for us.
    pub(crate) url: String,
    /// What `?protocol=` says.
    pub(crate) protocol: Option<Arc<dyn Protocol>>,
    /// What `?framing=` says, for streams of bytes.
    #[cfg_attr(not(feature = "tcp"), allow(dead_code))]
    pub(crate) framing: Option<String>,
    /// What `?cancel=` says, for links.
    pub(crate) cancel: Option<Cancelling>,
    /// What `?metadata=` says, where nothing travels beside a message: whether it is in the message.
    pub(crate) metadata: Option<bool>,
}

/// Where a message has no framing of its own.
const STREAMS: [&str; 4] = ["tcp", "unix", "stdio", "exec"];

/// The other links.
const LINKS: [&str; 5] = ["ws", "wss", "zmq+tcp", "zmq+ipc", "inproc"];

impl Endpoint {
    /// Reads a URL such as `http://127.0.0.1:5000/?protocol=msgpack`.
    pub(crate) fn parse(url: &str) -> Result<Self, TransportError> {
        let Some((scheme, _)) = url.split_once(':') else {
            return Err(setup(format!("`{url}` is no URL: it should look like `http://127.0.0.1:5000/`")));
        };
        let scheme = scheme.to_ascii_lowercase();
        let is_stream = STREAMS.contains(&scheme.as_str());
        let (base, query) = match scheme.as_str() {
            // A command may hold question marks of its own.
            "cgi" | "exec" => url.rsplit_once('?').filter(|(_, query)| query.split('&').all(is_ours)),
            _ => url.split_once('?'),
        }
        .unwrap_or((url, ""));
        let is_link = is_stream || LINKS.contains(&scheme.as_str());
        let has_headers = has_headers(&scheme);
        let (mut protocol, mut framing, mut cancel, mut metadata, mut kept) = (None, None, None, None, Vec::new());
        for parameter in query.split('&').filter(|parameter| !parameter.is_empty()) {
            match parameter.split_once('=') {
                Some(("protocol", name)) => protocol = Some(protocol_named(name)?),
                Some(("framing", name)) if is_stream => framing = Some(name.to_owned()),
                Some(("cancel", form)) if is_link => cancel = Some(cancelling(form)?),
                Some(("metadata", "on")) if !has_headers => metadata = Some(true),
                Some(("metadata", "off")) if !has_headers => metadata = Some(false),
                Some(("metadata", other)) if !has_headers => {
                    return Err(setup(format!("there is no `metadata={other}`; there are on and off")));
                }
                _ => kept.push(parameter),
            }
        }
        if let (true, Some(unknown)) = (is_stream || scheme == "cgi", kept.first()) {
            return Err(setup(format!("`{scheme}:` endpoints have no parameter `{unknown}`")));
        }
        let url = if kept.is_empty() { base.to_owned() } else { format!("{base}?{}", kept.join("&")) };
        Ok(Self { scheme, url, protocol, framing, cancel, metadata })
    }

    /// Whether messages have something beside them that carries metadata.
    pub(crate) fn has_headers(&self) -> bool {
        has_headers(&self.scheme)
    }

    /// The protocol as `?metadata=` wants it.
    ///
    /// # Errors
    /// When it is to carry metadata and has no place for it.
    pub(crate) fn carrying(&self, protocol: Arc<dyn Protocol>) -> Result<Arc<dyn Protocol>, TransportError> {
        let Some(yes) = self.metadata else { return Ok(protocol) };
        match protocol.carrying_metadata(yes) {
            Some(carrying) => Ok(carrying),
            // It carries none anyway.
            None if !yes => Ok(protocol),
            None => Err(setup(format!(
                "`metadata=on` cannot be had: the calls of {} have no place for a deadline or a trace",
                protocol.name()
            ))),
        }
    }

    /// The error for a scheme that nothing here serves.
    pub(crate) fn unknown(&self) -> TransportError {
        let scheme = &self.scheme;
        let (http, streams) = (cfg!(any(feature = "http-client", feature = "http-server")), cfg!(feature = "tcp"));
        let streams = STREAMS.map(|name| (name, streams));
        let known = [
            ("http", http),
            ("https", http && cfg!(feature = "tls")),
            ("ws", cfg!(feature = "ws")),
            ("wss", cfg!(all(feature = "ws", feature = "tls"))),
            ("zmq+tcp", cfg!(feature = "zmq")),
            ("zmq+ipc", cfg!(all(feature = "zmq", unix))),
            ("amqp", cfg!(feature = "amqp")),
            ("cgi", cfg!(feature = "cgi")),
            ("amqps", cfg!(all(feature = "amqp", feature = "tls"))),
            ("inproc", true),
        ]
        .into_iter()
        .chain(streams);
        let known: Vec<_> = known.filter(|(_, built)| *built).map(|(name, _)| name).collect();
        setup(format!("`{scheme}:` endpoints cannot be used; those built in are: {}", known.join(", ")))
    }
}

fn has_headers(scheme: &str) -> bool {
    !STREAMS.contains(&scheme) && !LINKS.contains(&scheme) && scheme != "cgi"
}

/// Whether a parameter is one of ours and not a part of a command, which may be in quotes.
fn is_ours(parameter: &str) -> bool {
    let (name, value) = parameter.split_once('=').unwrap_or_default();
    matches!(name, "protocol" | "framing" | "cancel" | "metadata")
        && value.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// The protocol that is called so in URLs and on the command line: `jsonrpc`, `jsonrpc1` or `msgpack`.
///
/// # Errors
/// When there is no such protocol, or its feature is not built in.
pub fn protocol_named(name: &str) -> Result<Arc<dyn Protocol>, TransportError> {
    match name {
        #[cfg(feature = "jsonrpc")]
        "jsonrpc" => Ok(Arc::new(tinyrpc_core::JsonRpc::new())),
        #[cfg(feature = "jsonrpc")]
        "jsonrpc1" => Ok(Arc::new(tinyrpc_core::JsonRpc::v1())),
        #[cfg(feature = "msgpack")]
        "msgpack" => Ok(Arc::new(tinyrpc_core::MessagePackRpc::new())),
        _ => Err(setup(format!(
            "there is no protocol `{name}`; there are jsonrpc, jsonrpc1 and msgpack, as far as built in"
        ))),
    }
}

/// How `?cancel=` says that calls are cancelled.
fn cancelling(form: &str) -> Result<Cancelling, TransportError> {
    match form {
        "lsp" => Ok(Some(Cancel::lsp()).into()),
        "mcp" => Ok(Some(Cancel::mcp()).into()),
        "off" => Ok(Cancelling::Off),
        _ => Err(setup(format!("there is no `cancel={form}`; there are lsp, mcp and off"))),
    }
}

/// The protocol for URLs that name none.
pub(crate) fn default_protocol() -> Result<Arc<dyn Protocol>, TransportError> {
    protocol_named(if cfg!(feature = "jsonrpc") { "jsonrpc" } else { "msgpack" })
}

pub(crate) fn setup(what: impl Into<String>) -> TransportError {
    TransportError::new(TransportErrorKind::Setup, what)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_have_a_framing_and_nothing_else() {
        let endpoint = Endpoint::parse("tcp://h:1?framing=length").unwrap();
        assert_eq!((&*endpoint.url, endpoint.framing.as_deref()), ("tcp://h:1", Some("length")));
        assert_eq!(Endpoint::parse("tcp://h:1?a=b").unwrap_err().kind(), TransportErrorKind::Setup);
        let endpoint = Endpoint::parse("http://h/?framing=length").unwrap();
        assert_eq!((&*endpoint.url, endpoint.framing), ("http://h/?framing=length", None));
    }

    #[test]
    #[cfg(all(feature = "zmq", feature = "tcp"))]
    fn what_can_be_used_instead_is_told() {
        let error = Endpoint::parse("foo://h").unwrap().unknown().to_string();
        for scheme in STREAMS.iter().chain(&LINKS).filter(|scheme| !scheme.starts_with("ws")) {
            assert!(error.contains(scheme) || cfg!(not(unix)), "{error}");
        }
    }

    #[test]
    fn links_can_be_told_how_to_cancel() {
        for (url, kept, cancel) in [
            ("ws://h/?a=b&cancel=off", "ws://h/?a=b", Some(Cancelling::Off)),
            ("tcp://h:1?cancel=mcp", "tcp://h:1", Some(Some(Cancel::mcp()).into())),
            ("exec:a b?cancel=lsp", "exec:a b", Some(Some(Cancel::lsp()).into())),
            ("http://h/?cancel=off", "http://h/?cancel=off", None),
        ] {
            let endpoint = Endpoint::parse(url).unwrap();
            assert_eq!((&*endpoint.url, endpoint.cancel), (kept, cancel), "{url}");
        }
        assert_eq!(Endpoint::parse("ws://h/?cancel=no").unwrap_err().kind(), TransportErrorKind::Setup);
    }

    #[test]
    fn calls_can_be_told_to_carry_metadata() {
        for (url, kept, metadata) in [
            ("ws://h/?a=b&metadata=on", "ws://h/?a=b", Some(true)),
            ("tcp://h:1?metadata=off", "tcp://h:1", Some(false)),
            ("exec:a b?metadata=on", "exec:a b", Some(true)),
            ("cgi:a?metadata=on", "cgi:a", Some(true)),
            ("zmq+tcp://h:1", "zmq+tcp://h:1", None),
            // There it travels in headers, and the query is the server's.
            ("http://h/?metadata=on", "http://h/?metadata=on", None),
        ] {
            let endpoint = Endpoint::parse(url).unwrap();
            assert_eq!((&*endpoint.url, endpoint.metadata), (kept, metadata), "{url}");
        }
        assert_eq!(Endpoint::parse("ws://h/?metadata=yes").unwrap_err().kind(), TransportErrorKind::Setup);
    }

    #[test]
    #[cfg(all(feature = "jsonrpc", feature = "msgpack"))]
    fn a_protocol_without_a_place_for_it_cannot_carry_metadata() {
        let carrying = |url: &str, name: &str| Endpoint::parse(url).unwrap().carrying(protocol_named(name).unwrap());
        for (metadata, carried) in [("", false), ("?metadata=off", false), ("?metadata=on", true)] {
            for name in ["jsonrpc", "jsonrpc1"] {
                let protocol = carrying(&format!("tcp://h:1{metadata}"), name).unwrap();
                assert_eq!((protocol.name(), protocol.capabilities().metadata), (name, carried));
            }
            let packed = carrying(&format!("tcp://h:1{metadata}"), "msgpack");
            assert_eq!(packed.is_err(), carried);
        }
    }

    #[test]
    fn commands_keep_their_question_marks() {
        for (url, kept, framing) in [
            ("exec:a ?b=c", "exec:a ?b=c", None),
            ("exec:a 'http://h?b'?framing=json", "exec:a 'http://h?b'", Some("json")),
            ("exec:a 'stdio:?framing=json'", "exec:a 'stdio:?framing=json'", None),
            ("exec:a?framing=json&b=c", "exec:a?framing=json&b=c", None),
            ("cgi:a ?b=c?protocol=jsonrpc", "cgi:a ?b=c", None),
        ] {
            let endpoint = Endpoint::parse(url).unwrap();
            assert_eq!((&*endpoint.url, endpoint.framing.as_deref()), (kept, framing), "{url}");
        }
        // A program that answers once has no framing.
        assert_eq!(Endpoint::parse("cgi:a?framing=line").unwrap_err().kind(), TransportErrorKind::Setup);
    }
}
