//! A link to a child process, on its standard input and output.

mod end;
mod keeper;

use std::sync::Arc;
use std::time::Duration;

use tokio::process::Command;

use super::{Framings, link};
use crate::transport::program::{self, Group};
use crate::transport::{Link, TransportError, TransportErrorKind};
use end::{Sink, Source};
use keeper::{Bond, Keeper};

/// How long a child may go on when its input has been closed, or it has closed its output itself, before it is killed.
const GRACE: Duration = Duration::from_secs(2);

/// Starts `command` and makes a link on its standard input and output, for messages of at most `longest` bytes.
///
/// What it writes to standard error goes to the log, line by line, at level `info`; when the link is lost, the last lines
/// and the exit status are part of the error. When the link is closed the child's input is closed, and if it has not ended
/// 2 s later, it is killed. On unix it is the leader of a process group, and all that is left of the group is killed in the
/// end. It is killed as well when the runtime ends.
///
/// Must be called within a tokio runtime.
///
/// ```no_run
/// # async fn start() -> Result<(), tinyrpc::transport::TransportError> {
/// use std::process::Command;
/// use tinyrpc::{Client, JsonRpc, transport::stream::{Framings, exec}};
///
/// let mut command = Command::new("language-server");
/// command.arg("--stdio").current_dir("/src");
/// let client = Client::over(exec::start(command, &Framings::named("header")?, 64 << 20)?, JsonRpc::new());
/// # Ok(()) }
/// ```
///
/// # Errors
/// With [`Unreachable`](TransportErrorKind::Unreachable) when the command cannot be started.
pub fn start(command: impl Into<Command>, framings: &Framings, longest: usize) -> Result<Link, TransportError> {
    let mut command = command.into();
    let name = program::shown(command.as_std());
    let (group, stdin, stdout, stderr) = Group::start(&mut command).map_err(|error| {
        TransportError::new(TransportErrorKind::Unreachable, format!("cannot start `{name}`")).with_source(error)
    })?;
    let bond = Arc::new(Bond::default());
    tokio::spawn(Keeper::new(name, group, stderr, Arc::clone(&bond)).keep(GRACE));
    let inner = link(stdout, stdin, framings, longest);
    Ok(Link::new(Sink::new(inner.sink, Arc::clone(&bond)), Source::new(inner.source, bond)))
}

/// The command that `line` says, in words as a shell would split it. Nothing else is done as a shell would.
///
/// # Errors
/// With [`Setup`](TransportErrorKind::Setup) when there is no command, or a quote is not closed.
pub fn command(line: &str) -> Result<std::process::Command, TransportError> {
    program::command("exec", line)
}
