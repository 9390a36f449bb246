//! Publishes what wants no reply, and tells for sure whether it reached a queue.

use lapin::{BasicProperties, Channel, Confirmation, PublisherConfirm};
use tokio::sync::Mutex;

use super::Settings;
use super::session::publish;

/// A channel on which one message waits for its confirmation at a time. Otherwise one that confirms several would leave
/// open which of them came back, and no reply would tell later.
pub(super) struct Notices(Mutex<Turn>);

struct Turn {
    channel: Channel,
    /// Left behind by a message whose sender did not wait to the end.
    confirm: Option<PublisherConfirm>,
}

impl Notices {
    pub(super) fn new(channel: Channel) -> Self {
        Self(Mutex::new(Turn { channel, confirm: None }))
    }

    pub(super) async fn publish(
        &self,
        settings: &Settings,
        message: &[u8],
        properties: BasicProperties,
    ) -> lapin::Result<Confirmation> {
        let mut turn = self.0.lock().await;
        turn.confirmed().await?;
        turn.confirm = Some(publish(&turn.channel, settings, message, properties).await?);
        turn.confirmed().await
    }
}

impl Turn {
    /// Waits for the confirmation that is still to come, if there is one. Cancel safe.
    async fn confirmed(&mut self) -> lapin::Result<Confirmation> {
        let Some(confirm) = &mut self.confirm else { return Ok(Confirmation::NotRequested) };
        let confirmed = confirm.await;
        self.confirm = None;
        confirmed
    }
}
