//! `tinyrpc cgi`: answers one request for a web server that started this process.

use std::ffi::OsString;
use std::io::{self, Write as _};

use tinyrpc::transport::cgi::{self, CgiSettings, Cors};
use tinyrpc::{JsonRpc, MessagePackRpc, Service, protocol_named};

use crate::args::{Cgi, Cli, Command};
use crate::command::demo::discoverable;
use crate::exit::Failure;
use crate::{output, trace};

pub(crate) async fn run(options: &Cgi) -> Result<(), Failure> {
    let mut service = Service::new(JsonRpc::new(), discoverable()).with_protocol(MessagePackRpc::new());
    if let Some(protocol) = &options.protocol {
        service = service.speaking(protocol_named(protocol)?);
    }
    if options.trace {
        service = service.with_trace(trace::server);
    }
    let cors = match &options.allow_origin[..] {
        [] => Cors::off(),
        origins if origins.iter().any(|origin| origin == "*") => Cors::any(),
        origins => Cors::origins(origins.iter().cloned()),
    };
    let settings = CgiSettings::new().with_any_content_type(options.any_content_type).with_cors(cors);
    cgi::run_with(service, &settings).await.map_err(|error| match error.kind() {
        io::ErrorKind::InvalidInput => Failure::Usage(error.to_string()),
        _ => {
            output::complain(&format!("cannot answer: {error}"));
            Failure::Reported
        }
    })
}

/// What the way in which this process was started asks for.
#[derive(Debug, PartialEq)]
enum Start {
    /// Somebody typed or wrote the arguments.
    Arguments,
    /// A web server, with nothing to say.
    Bare,
    /// A web server, with arguments that may be a visitor's.
    Query,
}

/// The command line of a process that a web server started directly, without arguments. Fails if there may be arguments
/// that a visitor chose, which must not become a command.
pub(crate) fn started_by_host() -> Result<Option<Cli>, Failure> {
    let arguments: Vec<OsString> = std::env::args_os().skip(1).collect();
    let hosted = std::env::var_os("GATEWAY_INTERFACE").is_some();
    match start(hosted, &arguments, &std::env::var_os("QUERY_STRING").unwrap_or_default()) {
        Start::Arguments => Ok(None),
        Start::Bare => Ok(Some(Cli { command: Command::Cgi(Cgi::default()) })),
        Start::Query => {
            let what = "a query without `=` is not served here\n";
            let head = "Status: 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8";
            // If nobody takes it, there is nobody to tell.
            let _ = write!(io::stdout(), "{head}\r\nContent-Length: {}\r\n\r\n{what}", what.len());
            output::complain("started by a web server with arguments and a query without `=`: they may be a visitor's");
            Err(Failure::Reported)
        }
    }
}

/// Web servers pass the words of a query without `=` as arguments (RFC 3875 §4.4), some an empty one for no query.
fn start(hosted: bool, arguments: &[OsString], query: &OsString) -> Start {
    if !hosted {
        return Start::Arguments;
    }
    if arguments.iter().all(|argument| argument.is_empty()) {
        return Start::Bare;
    }
    match query.is_empty() || query.to_string_lossy().contains('=') {
        true => Start::Arguments,
        false => Start::Query,
    }
}

#[cfg(test)]
mod tests {
    use super::{Start, start};

    #[test]
    fn a_visitor_cannot_choose_the_arguments() {
        let start = |hosted, arguments: &[&str], query: &str| {
            let arguments: Vec<_> = arguments.iter().map(Into::into).collect();
            start(hosted, &arguments, &query.into())
        };
        assert_eq!(start(false, &["demo"], ""), Start::Arguments);
        assert_eq!(start(false, &[], ""), Start::Arguments);
        assert_eq!(start(true, &[], ""), Start::Bare);
        assert_eq!(start(true, &[""], ""), Start::Bare);
        assert_eq!(start(true, &[], "a=b"), Start::Bare);
        assert_eq!(start(true, &["cgi", "--any-content-type"], ""), Start::Arguments);
        assert_eq!(start(true, &["cgi"], "a=b"), Start::Arguments);
        assert_eq!(start(true, &["call", "http://x/", "y"], "call+http://x/+y"), Start::Query);
        assert_eq!(start(true, &["cgi", "demo"], "demo"), Start::Query);
    }
}
