//! The client end: starts a CGI program for each message, as a web server would.

mod answer;
mod run;

use std::ffi::{OsStr, OsString};
use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use tinyrpc_core::call::BoxFuture;
use tokio::process::Command;
use tokio::sync::Semaphore;

use super::request;
use crate::transport::{ClientTransport, Outgoing, TransportError, TransportErrorKind, program};

/// How many processes may run at the same time.
const PROCESSES: usize = 16;

/// Calls a CGI program without a web server: starts it anew for each message (RFC 3875), with the message on its standard
/// input, and reads the response from its standard output.
///
/// What the program writes to standard error goes to the log, line by line, at level `info`; when it ends without a
/// response, its last lines and its exit status are part of the error. It is killed when the future of its call is dropped,
/// and 2 s after its response if it does not end by itself; on unix so is whatever it has started and left behind in its
/// process group. Its environment is this process's, with the variables of the request in place of such that are there already.
///
/// Must be used within a tokio runtime.
///
/// ```no_run
/// # async fn call() -> Result<(), Box<dyn std::error::Error>> {
/// use tinyrpc::{Client, JsonRpc, transport::cgi::CgiClient};
///
/// let program = CgiClient::new("/usr/lib/cgi-bin/rpc").with_variable("PATH_INFO", "/accounts");
/// let client = Client::new(program, JsonRpc::new());
/// let sum: i64 = client.call("add", (1, 2)).await?;
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct CgiClient {
    program: OsString,
    arguments: Vec<OsString>,
    variables: Vec<(OsString, OsString)>,
    places: Arc<Semaphore>,
}

impl CgiClient {
    /// A client of the program at this path, or of this name on the search path.
    #[must_use]
    pub fn new(program: impl Into<OsString>) -> Self {
        Self {
            program: program.into(),
            arguments: Vec::new(),
            variables: Vec::new(),
            places: Arc::new(Semaphore::new(PROCESSES)),
        }
    }

    /// Adds an argument, which no web server would give; a CGI program knows its request by variables.
    #[must_use]
    pub fn with_argument(mut self, argument: impl Into<OsString>) -> Self {
        self.arguments.push(argument.into());
        self
    }

    /// Sets a variable of each request, such as `PATH_INFO` or `HTTP_AUTHORIZATION`, or any other of the environment.
    #[must_use]
    pub fn with_variable(mut self, name: impl Into<OsString>, value: impl Into<OsString>) -> Self {
        self.variables.push((name.into(), value.into()));
        self
    }

    /// How many processes run at the same time, at least 1; default 16. Further calls wait for one to end.
    #[must_use]
    pub fn with_processes(mut self, processes: usize) -> Self {
        self.places = Arc::new(Semaphore::new(processes.clamp(1, Semaphore::MAX_PERMITS)));
        self
    }

    /// The program that a URL such as `cgi:PROGRAM ARG…` names.
    pub(crate) fn from_url(url: &str) -> Result<Self, TransportError> {
        let line = url.split_once(':').map_or(url, |(_, line)| line);
        let command = program::command("cgi", line)?;
        let client = Self::new(command.get_program());
        Ok(command.get_args().fold(client, Self::with_argument))
    }

    /// The command for one message.
    fn command(&self, length: usize, content_type: &str) -> Command {
        let mut command = Command::new(&self.program);
        command.args(&self.arguments);
        for (name, _) in std::env::vars_os().filter(|(name, _)| request::is_of_request(&name.to_string_lossy())) {
            command.env_remove(name);
        }
        let length = length.to_string();
        let usual: [(&str, &str); 11] = [
            ("CONTENT_LENGTH", &length),
            ("CONTENT_TYPE", content_type),
            ("GATEWAY_INTERFACE", "CGI/1.1"),
            ("QUERY_STRING", ""),
            ("REMOTE_ADDR", "127.0.0.1"),
            ("REQUEST_METHOD", "POST"),
            ("SCRIPT_NAME", "/"),
            ("SERVER_NAME", "localhost"),
            ("SERVER_PORT", "80"),
            ("SERVER_PROTOCOL", "HTTP/1.1"),
            ("SERVER_SOFTWARE", concat!("tinyrpc/", env!("CARGO_PKG_VERSION"))),
        ];
        command.envs(usual).envs(self.variables.iter().map(|(name, value)| (name, value)));
        command
    }
}

impl ClientTransport for CgiClient {
    fn exchange(&self, outgoing: Outgoing<'_>) -> BoxFuture<'_, Result<Option<Bytes>, TransportError>> {
        let command = self.command(outgoing.message.len(), outgoing.content_type);
        let Outgoing { message, expect, limit, .. } = outgoing;
        Box::pin(async move {
            let Ok(_place) = self.places.acquire().await else {
                return Err(TransportError::new(TransportErrorKind::Closed, "no more programs are started"));
            };
            run::run(command, message, expect, limit).await
        })
    }
}

impl fmt::Debug for CgiClient {
    /// Without the variables, as some hold secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words: Vec<&OsStr> =
            std::iter::once(&self.program).chain(&self.arguments).map(OsString::as_os_str).collect();
        f.debug_struct("CgiClient").field("command", &words).finish_non_exhaustive()
    }
}
