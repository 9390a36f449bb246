//! How a command can fail, and the exit status and the words that stand for it.

use std::error::Error;

use tinyrpc::client::CallErrorKind;
use tinyrpc::transport::{TransportError, TransportErrorKind};
use tinyrpc::{CallError, RpcError};

/// Why a command did not succeed.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The call returned an error. Exit status 1.
    Remote(Box<RpcError>),
    /// Something failed that has been printed already. Exit status 1.
    Reported,
    /// The command line or its input makes no sense. Exit status 2.
    Usage(String),
    /// There was no connection, it broke, or the time was up; or a server could not listen. Exit status 3.
    NoConnection(String),
    /// What came back was no reply. Exit status 4.
    BrokenProtocol(String),
    /// The user wanted to stop. Exit status 130, as a shell gives it.
    Stopped,
}

impl Failure {
    /// The exit status.
    pub(crate) fn status(&self) -> u8 {
        match self {
            Self::Remote(_) | Self::Reported => 1,
            Self::Usage(_) => 2,
            Self::NoConnection(_) => 3,
            Self::BrokenProtocol(_) => 4,
            Self::Stopped => 130,
        }
    }
}

impl From<CallError> for Failure {
    fn from(error: CallError) -> Self {
        if let (true, Some(remote)) = (error.is_remote(), error.rpc_error()) {
            return Self::Remote(Box::new(remote.clone()));
        }
        if let Some(error) = error.transport_error() {
            return transport(error);
        }
        match error.kind() {
            CallErrorKind::Arguments => Self::Usage(chain(&error)),
            CallErrorKind::Timeout => Self::NoConnection(chain(&error)),
            _ => Self::BrokenProtocol(chain(&error)),
        }
    }
}

impl From<TransportError> for Failure {
    fn from(error: TransportError) -> Self {
        transport(&error)
    }
}

fn transport(error: &TransportError) -> Failure {
    let what = chain(error);
    // The system refuses an address that is taken; that is no fault of the command line.
    let by_system = causes(error).any(<dyn Error>::is::<std::io::Error>);
    match error.kind() {
        TransportErrorKind::Setup if !by_system => Failure::Usage(what),
        TransportErrorKind::TooLarge | TransportErrorKind::Invalid | TransportErrorKind::Refused => {
            Failure::BrokenProtocol(what)
        }
        _ => Failure::NoConnection(what),
    }
}

/// An error with all its causes, in words.
pub(crate) fn chain(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    for cause in causes(error) {
        text.push_str(": ");
        text.push_str(&cause.to_string());
    }
    text
}

fn causes<'e>(error: &'e (dyn Error + 'static)) -> impl Iterator<Item = &'e (dyn Error + 'static)> {
    let mut next = error.source();
    std::iter::from_fn(move || {
        let cause = next?;
        next = cause.source();
        Some(cause)
    })
}
