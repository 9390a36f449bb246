//! Makes a client from a URL and the options of the command line.

use std::sync::Arc;
use std::time::Duration;

use tinyrpc::client::Connector;
use tinyrpc::codec::Json;
use tinyrpc::transport::http::HttpClient;
use tinyrpc::transport::tls::TlsClient;
use tinyrpc::{Client, JsonRpc, Limits, MessagePackRpc, Payload};

use crate::args::ClientOptions;
use crate::exit::{Failure, chain};
use crate::signals::Signals;
use crate::{json, trace};

/// Replies up to 64 MiB, and as deep as can be: the user asked for them.
fn limits() -> Limits {
    Limits::default().with_message(64 << 20).with_nesting(1_024).with_batch(100_000)
}

/// A client of the endpoint at `url`.
pub(crate) async fn client(url: &str, options: &ClientOptions) -> Result<Client, Failure> {
    let connecting = async {
        if !options.header.is_empty() {
            let (base, in_url) = split_protocol(url);
            return with_headers(&base, protocol(in_url, options)?, options);
        }
        let mut connector = Connector::new().with_limits(limits());
        if options.cacert.is_some() {
            connector = connector.with_tls(tls(options)?);
        }
        let connector = match (&options.protocol, options.ascii) {
            (None, false) => connector,
            _ => match protocol(split_protocol(url).1, options)? {
                Spoken::Json(json) => connector.with_protocol(Arc::new(json)),
                Spoken::MessagePack(packed) => connector.with_protocol(Arc::new(packed)),
            },
        };
        Ok(connector.connect(url).await?)
    };
    let client = tokio::time::timeout(options.timeout, connecting)
        .await
        .unwrap_or_else(|_| Err(Failure::NoConnection(format!("no connection within {:?}", options.timeout))))?;
    let client = client.with_timeout(options.timeout);
    Ok(if options.trace { client.with_trace(trace::client) } else { client })
}

/// The protocol that the options ask for, or else the URL.
fn protocol(in_url: Option<&str>, options: &ClientOptions) -> Result<Spoken, Failure> {
    let name = options.protocol.as_deref().or(in_url).unwrap_or("jsonrpc");
    let json = |protocol: JsonRpc| Ok(Spoken::Json(protocol.with_ascii_only(options.ascii)));
    match name {
        "jsonrpc" => json(JsonRpc::new()),
        "jsonrpc1" => json(JsonRpc::v1()),
        _ if options.ascii => Err(Failure::Usage(format!("{name} is no JSON: --ascii cannot be used with it"))),
        "msgpack" => Ok(Spoken::MessagePack(MessagePackRpc::new())),
        other => Err(Failure::Usage(format!("there is no protocol `{other}`"))),
    }
}

/// A protocol that a client can speak.
enum Spoken {
    Json(JsonRpc),
    MessagePack(MessagePackRpc),
}

/// Does what a command does with its client, unless the user wants to stop first. What was started for it is not left behind
/// then: a signal that ends this process does not reach it.
pub(crate) async fn until_stopped<T>(url: &str, work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    if !starts_program(url) {
        // The signal ends it by itself.
        return work.await;
    }
    let mut signals =
        Signals::listen().map_err(|error| Failure::NoConnection(format!("cannot listen for signals: {error}")))?;
    tokio::select! {
        done = work => done,
        () = signals.next() => Err(Failure::Stopped),
    }
}

/// Whether the endpoint is a program that is started.
fn starts_program(url: &str) -> bool {
    url.split_once(':').is_some_and(|(scheme, _)| ["exec", "cgi"].iter().any(|own| scheme.eq_ignore_ascii_case(own)))
}

/// Lets what was sent go out, and a command that was started end, but does not wait long for the other side.
pub(crate) async fn leave(client: Client) {
    const PATIENCE: Duration = Duration::from_secs(1);
    // Whatever is left is dropped with the runtime.
    let _ = tokio::time::timeout(PATIENCE, client.close()).await;
}

fn tls(options: &ClientOptions) -> Result<TlsClient, Failure> {
    match &options.cacert {
        // Whatever is wrong with it, it is for the user to name another one.
        Some(file) => TlsClient::new().with_ca_file(file).map_err(|error| Failure::Usage(chain(&error))),
        None => Ok(TlsClient::new()),
    }
}

fn with_headers(url: &str, protocol: Spoken, options: &ClientOptions) -> Result<Client, Failure> {
    if !url.starts_with("http://") && !url.starts_with("https://") {
        return Err(Failure::Usage("only HTTP has headers".to_owned()));
    }
    let mut transport = HttpClient::new(url)?.with_tls(tls(options)?);
    for (name, value) in &options.header {
        transport = transport.with_header(name, value)?;
    }
    let client = match protocol {
        Spoken::Json(json) => Client::new(transport, json),
        Spoken::MessagePack(packed) => Client::new(transport, packed),
    };
    Ok(client.with_limits(limits()))
}

/// The URL without its `protocol=`, and that protocol.
fn split_protocol(url: &str) -> (String, Option<&str>) {
    // A command may hold question marks of its own.
    let parts = if starts_program(url) { url.rsplit_once('?') } else { url.split_once('?') };
    let Some((base, query)) = parts else { return (url.to_owned(), None) };
    let mut protocol = None;
    let mut kept = Vec::new();
    for parameter in query.split('&').filter(|parameter| !parameter.is_empty()) {
        match parameter.strip_prefix("protocol=") {
            // In quotes it is a part of the command.
            Some(name) if !name.ends_with(['\'', '"']) => protocol = Some(name),
            _ => kept.push(parameter),
        }
    }
    let url = if kept.is_empty() { base.to_owned() } else { format!("{base}?{}", kept.join("&")) };
    (url, protocol)
}

/// Refuses arguments that the client's protocol could not carry without changing them.
pub(crate) fn check_numbers(client: &Client, params: Option<&Payload>) -> Result<(), Failure> {
    let text = params.and_then(|params| std::str::from_utf8(params.raw()).ok());
    match text.and_then(json::beyond_64_bits) {
        Some(number) if !client.protocol().codec().is_same(&Json) => Err(Failure::Usage(format!(
            "{} cannot carry {number}: it has 64 bits for a number",
            client.protocol().name()
        ))),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::split_protocol;

    #[test]
    fn the_protocol_is_taken_out_of_the_url() {
        assert_eq!(split_protocol("http://x/"), ("http://x/".to_owned(), None));
        assert_eq!(split_protocol("http://x/?protocol=msgpack"), ("http://x/".to_owned(), Some("msgpack")));
        assert_eq!(split_protocol("http://x/?a=1&protocol=b&c"), ("http://x/?a=1&c".to_owned(), Some("b")));
        assert_eq!(split_protocol("exec:a '?b'?protocol=c").1, Some("c"));
        assert_eq!(split_protocol("exec:a 'stdio:?protocol=c'").1, None);
    }
}
