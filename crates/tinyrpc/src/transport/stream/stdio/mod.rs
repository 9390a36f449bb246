//! A link on this process's own standard input and output.

mod input;
mod output;

use std::sync::atomic::{AtomicBool, Ordering};

use tinyrpc_core::Origin;
use tinyrpc_core::call::BoxFuture;
use tokio::sync::oneshot;

use super::{Framings, link};
use crate::peer::PeerSettings;
use crate::service::Service;
use crate::transport::{Link, ServerTransport, Shutdown, TransportError, TransportErrorKind};
use input::Input;
use output::Output;

/// Both belong to one link.
static TAKEN: AtomicBool = AtomicBool::new(false);

/// A link that reads messages of at most `longest` bytes from standard input, and writes to standard output. Nothing else
/// may use them from now on; what is to be said goes to standard error.
///
/// # Errors
/// With [`Setup`](TransportErrorKind::Setup) when there is such a link already: a process has one, once.
pub fn stdio(framings: &Framings, longest: usize) -> Result<Link, TransportError> {
    take()?;
    open(framings, longest)
}

fn take() -> Result<(), TransportError> {
    if TAKEN.swap(true, Ordering::SeqCst) {
        let what = "standard input and output are in use already";
        return Err(TransportError::new(TransportErrorKind::Setup, what));
    }
    Ok(())
}

fn open(framings: &Framings, longest: usize) -> Result<Link, TransportError> {
    let thread = |error| TransportError::new(TransportErrorKind::Setup, "cannot start a thread").with_source(error);
    let (open, closed) = oneshot::channel();
    let input = Input::new(std::io::stdin(), closed).map_err(thread)?;
    let output = Output::new(std::io::stdout(), open).map_err(thread)?;
    Ok(link(input, output, framings, longest))
}

/// Serves whoever started this process, over its standard input and output, until the input ends. Calls that run then are
/// still answered.
#[derive(Debug)]
pub struct StdioServer {
    framings: Option<Framings>,
    peer: PeerSettings,
}

impl StdioServer {
    /// Takes standard input and output.
    ///
    /// # Errors
    /// With [`Setup`](TransportErrorKind::Setup) when something uses them already: a process has them once.
    pub fn new() -> Result<Self, TransportError> {
        take()?;
        Ok(Self { framings: None, peer: PeerSettings::new().with_answers_after_end(true) })
    }

    /// How the streams are cut into messages; default: what is [usual](Framings::usual) for the protocol.
    #[must_use]
    pub fn with_framing(mut self, framings: Framings) -> Self {
        self.framings = Some(framings);
        self
    }

    /// The settings of the link; by default calls are still answered when the input has ended.
    #[must_use]
    pub fn with_peer_settings(mut self, settings: PeerSettings) -> Self {
        self.peer = settings;
        self
    }
}

impl ServerTransport for StdioServer {
    fn endpoint(&self) -> String {
        match &self.framings {
            Some(framings) => format!("stdio:?framing={}", framings.name()),
            None => "stdio:".to_owned(),
        }
    }

    fn serve(self: Box<Self>, service: Service, shutdown: Shutdown) -> BoxFuture<'static, Result<(), TransportError>> {
        Box::pin(async move {
            let framings = self.framings.unwrap_or_else(|| Framings::usual(&*service.protocols()[0]));
            let link = open(&framings, self.peer.limits_or(service.limits()).message())?;
            service.link_until(&shutdown, Origin::new("stdio"), link, self.peer).await;
            Ok(())
        })
    }
}
