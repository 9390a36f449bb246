//! Keeps one connection up as long as the client lives, once it has been made.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::watch;
use tokio::task::AbortHandle;

use super::super::backoff::Backoff;
use super::super::error::unreachable;
use super::Settings;
use super::session::Session;
use crate::transport::TransportError;

/// Hands out the connection. Dropping it closes that.
pub(super) struct Keeper {
    settings: Arc<Settings>,
    phase: Arc<watch::Sender<Phase>>,
    task: Mutex<Option<AbortHandle>>,
}

#[derive(Clone)]
enum Phase {
    /// Nobody tries to connect; the error of the last attempt, if there was one.
    Down(Option<Arc<TransportError>>),
    /// Somebody does.
    Trying(Option<Arc<TransportError>>),
    Up(Arc<Session>),
}

impl Keeper {
    pub(super) fn new(settings: Arc<Settings>) -> Self {
        Self { settings, phase: Arc::new(watch::Sender::new(Phase::Down(None))), task: Mutex::default() }
    }

    /// The connection that is up, or that comes up soon. Cancel safe.
    pub(super) async fn session(&self) -> Result<Arc<Session>, TransportError> {
        if let Phase::Up(session) = &*self.phase.borrow() {
            return Ok(Arc::clone(session));
        }
        let mut phase = self.phase.subscribe();
        self.try_to_connect();
        let patience = self.settings.patience;
        let settled = tokio::time::timeout(patience, phase.wait_for(|phase| !matches!(phase, Phase::Trying(_))));
        let error = match settled.await.map(|phase| phase.map(|phase| Phase::clone(&phase))) {
            Ok(Ok(Phase::Up(session))) => return Ok(session),
            Ok(Ok(Phase::Down(error) | Phase::Trying(error))) => error,
            // The sender is here, in `self`.
            Ok(Err(_)) => None,
            Err(_) => match &*self.phase.borrow() {
                Phase::Down(error) | Phase::Trying(error) => error.clone(),
                Phase::Up(session) => return Ok(Arc::clone(session)),
            },
        };
        Err(match error {
            Some(error) => TransportError::new(error.kind(), error.to_string()),
            None => unreachable(format!("no connection to the broker at {} within {patience:?}", self.settings)),
        })
    }

    /// Starts a task that connects, unless there is one.
    fn try_to_connect(&self) {
        let idle = self.phase.send_if_modified(|phase| {
            let idle = matches!(phase, Phase::Down(_));
            if idle {
                *phase = Phase::Trying(None);
            }
            idle
        });
        if idle {
            let task = tokio::spawn(keep(Arc::clone(&self.settings), Arc::clone(&self.phase)));
            *self.task.lock().unwrap_or_else(PoisonError::into_inner) = Some(task.abort_handle());
        }
    }
}

/// Connects, and connects again whenever the connection breaks. Ends if the first attempt fails: then the address may be
/// wrong, and whoever calls shall know at once.
async fn keep(settings: Arc<Settings>, phase: Arc<watch::Sender<Phase>>) {
    let mut backoff = Backoff::new();
    let mut before = false;
    loop {
        match Session::open(&settings).await {
            Ok((session, incoming)) => {
                if before {
                    tracing::info!(broker = %settings, "connected to the broker again");
                }
                let session = Arc::new(session);
                phase.send_replace(Phase::Up(Arc::clone(&session)));
                let why = incoming.run(&session).await;
                tracing::warn!(broker = %settings, why, "lost the connection to the broker; connecting again");
                // First, so that a call that is told of the loss and tries again finds no broken connection.
                phase.send_replace(Phase::Trying(None));
                session.end(&why);
                (before, backoff) = (true, Backoff::new());
            }
            Err(error) if !before => {
                phase.send_replace(Phase::Down(Some(Arc::new(error))));
                return;
            }
            Err(error) => {
                tracing::warn!(broker = %settings, %error, "cannot connect to the broker; trying again");
                phase.send_replace(Phase::Trying(Some(Arc::new(error))));
            }
        }
        tokio::time::sleep(backoff.next()).await;
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        if let Some(task) = self.task.get_mut().unwrap_or_else(PoisonError::into_inner) {
            task.abort();
        }
    }
}

impl fmt::Debug for Keeper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match &*self.phase.borrow() {
            Phase::Down(_) => "Keeper(down)",
            Phase::Trying(_) => "Keeper(trying)",
            Phase::Up(_) => "Keeper(up)",
        })
    }
}
