//! Keeps the link to one endpoint up as long as the client lives.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::time::{Instant, sleep, timeout};

use super::backoff::Waits;
use super::endpoint::Dialer;
use super::settings::Reconnect;
use super::state::{Board, Failure, Phase};
use crate::transport::TransportErrorKind;

pub(super) struct Keeper {
    pub(super) index: usize,
    pub(super) url: String,
    pub(super) dialer: Arc<Dialer>,
    pub(super) board: Arc<Board>,
    pub(super) settings: Arc<Reconnect>,
    /// Set when a call has been answered.
    pub(super) answered: Arc<AtomicBool>,
    pub(super) waits: Waits,
}

impl Keeper {
    /// Connects, and connects again whenever the connection breaks, until the board says that all is over.
    pub(super) async fn run(mut self) {
        let (mut attempt, mut last) = (0_u32, None);
        loop {
            attempt = attempt.saturating_add(1);
            if !self.board.set(self.index, Phase::Connecting { attempt, last: last.take() }) {
                return;
            }
            let mut first = None;
            let failure = match timeout(self.settings.patience, self.dialer.open()).await {
                Ok(Ok((peer, driver))) => {
                    self.answered.store(false, Ordering::Relaxed);
                    tracing::debug!(endpoint = self.url, "connected");
                    let since = Instant::now();
                    if !self.board.up(self.index, Some(peer)) {
                        return;
                    }
                    let why = match driver.await {
                        Ok(Ok(())) => "the connection was closed".to_owned(),
                        Ok(Err(error)) => error.to_string(),
                        Err(error) => error.to_string(),
                    };
                    // One that breaks before it was of any use is a failure like another.
                    let useful = self.answered.swap(false, Ordering::Relaxed);
                    if useful || since.elapsed() >= self.settings.backoff.longest() {
                        attempt = 0;
                        first = Some(self.waits.first());
                    }
                    Failure::new(TransportErrorKind::Lost, why)
                }
                Ok(Err(error)) if error.kind() == TransportErrorKind::Setup => {
                    self.board.set(self.index, Phase::Over(Failure::from(&error)));
                    return;
                }
                Ok(Err(error)) => Failure::from(&error),
                Err(_) => {
                    let why = format!("no connection within {:?}", self.settings.patience);
                    Failure::new(TransportErrorKind::Unreachable, why)
                }
            };
            let Some(wait) = first.or_else(|| self.waits.next()) else {
                tracing::warn!(endpoint = self.url, why = &*failure.why, "giving up after {attempt} attempts");
                self.board.set(self.index, Phase::Over(failure));
                return;
            };
            tracing::info!(endpoint = self.url, why = &*failure.why, attempt, ?wait, "not connected; trying again");
            let now = Instant::now();
            let until = now.checked_add(wait).unwrap_or(now);
            if !self.board.set(self.index, Phase::Down { last: failure.clone(), attempt, until }) {
                return;
            }
            last = Some(failure);
            sleep(wait).await;
        }
    }
}
