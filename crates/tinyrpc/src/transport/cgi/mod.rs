//! CGI: a web server starts the program anew for each request (RFC 3875).
//!
//! One process answers one POST, which carries one message. Its protocol is told by the content type, as over HTTP. Errors
//! of a call come with status 200; other statuses say why a request held no message: 400, 405, 411, 413 (with a reply in
//! the message's protocol) and 415.
//!
//! ```no_run
//! use tinyrpc::{Dispatcher, JsonRpc, Service, transport::cgi};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! async fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     let mut dispatcher = Dispatcher::new();
//!     dispatcher.register("add", |(a, b): (i64, i64)| a + b)?;
//!     Ok(cgi::run(Service::new(JsonRpc::new(), dispatcher)).await?)
//! }
//! ```
//!
//! Whatever the program prints on standard output besides breaks the response; standard error is the web server's log. Some
//! hosts pass the words of a query without `=` as arguments (RFC 3875 §4.4), so a CGI program must not trust its arguments.

mod body;
mod client;
mod request;
mod response;
mod settings;

use std::io::{self, Read, Write as _};
use std::sync::Arc;

use tinyrpc_core::{Id, Origin, Protocol, RpcError, code};

pub use super::web::{Cors, NothingOwed};
pub use client::CgiClient;
pub use request::CgiRequest;
pub use response::CgiResponse;
pub use settings::CgiSettings;

use super::web;
use crate::service::{Answered, Service};
use body::Trouble;

/// Answers the request that this process was started for, as the default settings say.
///
/// # Errors
/// As [`run_with`].
pub async fn run(service: Service) -> io::Result<()> {
    run_with(service, &CgiSettings::default()).await
}

/// Answers the request that this process was started for: it is described by environment variables, its body comes on
/// standard input, and the response goes to standard output. Notifications have run when this returns.
///
/// It blocks its thread while it reads and writes. It needs tokio for handlers that are not synchronous.
///
/// # Errors
/// With [`InvalidInput`](io::ErrorKind::InvalidInput) when no web server started this process, since there is no
/// `REQUEST_METHOD`; otherwise when the response cannot be written. What is wrong with the request stands in the response.
pub async fn run_with(service: Service, settings: &CgiSettings) -> io::Result<()> {
    let request = CgiRequest::from_env();
    if request.variable("REQUEST_METHOD").is_none() {
        let what = "there is no REQUEST_METHOD: a web server has to start this as a CGI program";
        return Err(io::Error::new(io::ErrorKind::InvalidInput, what));
    }
    let response = respond(&service, settings, request, io::stdin()).await;
    let mut stdout = io::stdout();
    response.write_to(&mut stdout)?;
    stdout.flush()
}

/// Answers one request, whose body is read from `body`, on the calling thread.
///
/// Handlers find the [`CgiRequest`] with [`Context::extension`](crate::Context::extension). Their caller's address is
/// `REMOTE_ADDR`. Never fails: what is wrong with the request stands in the response.
pub async fn respond(
    service: &Service,
    settings: &CgiSettings,
    request: CgiRequest,
    body: impl Read + Send,
) -> CgiResponse {
    let allowance = settings.answering.cors.allow(|| request.header("Origin").map(str::as_bytes));
    let origin = request.header("Origin").map(str::to_owned);
    let response = answer(service, settings, request, body).await;
    response.allowing(allowance, origin)
}

async fn answer(service: &Service, settings: &CgiSettings, request: CgiRequest, body: impl Read + Send) -> CgiResponse {
    let protocol = match admit(service, settings, &request) {
        Ok(protocol) => protocol,
        Err(refusal) => return refusal,
    };
    let limit = service.limits().message();
    let message = match body::read(&request, body, limit) {
        Ok(message) if settings.percent_decoding => body::percent_decoded(message),
        Ok(message) => message,
        Err(Trouble::TooLarge) => return too_large(&**protocol, limit),
        Err(Trouble::NoLength) => return CgiResponse::text(411, "a request needs a Content-Length\n"),
        Err(Trouble::WrongLength) => return CgiResponse::text(400, "the Content-Length is no number\n"),
        Err(Trouble::Broken) => return CgiResponse::text(400, "the body of the request broke off\n"),
    };
    let origin = Origin::new("cgi");
    let origin = match request.variable("REMOTE_ADDR") {
        Some(address) => origin.with_address(address),
        None => origin,
    };
    let mut out = Vec::new();
    match service.answer(protocol, &Arc::new(origin.with_extension(request)), &message, &mut out) {
        Answered::Nothing => {}
        Answered::Written => return CgiResponse::reply(200, protocol.content_type(), out),
        Answered::Later(pending) => out = pending.await,
    }
    match (out.is_empty(), settings.answering.nothing_owed) {
        (false, _) => CgiResponse::reply(200, protocol.content_type(), out),
        (true, NothingOwed::Ok) => CgiResponse::empty(200),
        (true, NothingOwed::NoContent) => CgiResponse::empty(204),
        (true, NothingOwed::Accepted) => CgiResponse::empty(202),
    }
}

/// The protocol of the request's message, or the answer to a request that holds no message for us.
fn admit<'s>(
    service: &'s Service,
    settings: &CgiSettings,
    request: &CgiRequest,
) -> Result<&'s Arc<dyn Protocol>, CgiResponse> {
    match request.variable("REQUEST_METHOD") {
        Some("POST") => {}
        Some("OPTIONS") => return Err(CgiResponse::empty(204).with("Allow", web::METHODS).answering_preflight()),
        _ => return Err(CgiResponse::text(405, "only POST is served here\n").with("Allow", web::METHODS)),
    }
    let encoding = request.header("Content-Encoding").unwrap_or_default();
    if !encoding.is_empty() && !encoding.eq_ignore_ascii_case("identity") {
        let what = "compressed messages are not accepted: send it without Content-Encoding\n";
        return Err(CgiResponse::text(415, what).with("Accept-Encoding", "identity"));
    }
    let header = |name| request.header(name).map(str::as_bytes);
    let known = match request.variable("CONTENT_TYPE").filter(|name| !name.is_empty()) {
        // Browsers let a page send such a request to any address, without asking it first.
        None if !settings.answering.cors.admits(header("Origin"), header("Host")) => None,
        content_type => service.protocol_for(content_type),
    };
    let any = || service.protocols().first().filter(|_| settings.answering.any_content_type);
    known.or_else(any).ok_or_else(|| {
        let names: Vec<_> = service.protocols().iter().map(|protocol| protocol.content_type()).collect();
        let what = format!("the Content-Type of a message must be one of: {}\n", names.join(", "));
        CgiResponse::text(415, what).with("Accept-Post", names.join(", "))
    })
}

/// The refusal of a message over the limit, in the words of its own protocol.
fn too_large(protocol: &dyn Protocol, limit: usize) -> CgiResponse {
    let what = format!("Invalid Request: a message may have {limit} bytes at most");
    let mut body = Vec::new();
    protocol.write_error(&Id::Null, &RpcError::new(code::INVALID_REQUEST, what), &mut body);
    CgiResponse::reply(413, protocol.content_type(), body)
}
