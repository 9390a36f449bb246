//! Batches whose sending waits.

use std::ops::{Deref, DerefMut};

use super::block_on;
use crate::client::{self, CallError, Replies};

/// A batch in the making. Calls and notifications are added as to the async [`Batch`](client::Batch) that it stands for.
///
/// ```
/// # use tinyrpc::{Dispatcher, JsonRpc, Service, blocking::Client, transport::memory::Memory};
/// # let mut dispatcher = Dispatcher::new();
/// # dispatcher.register("add", |(a, b): (i64, i64)| a + b)?;
/// # let client = Client::new(Memory::new(Service::new(JsonRpc::new(), dispatcher)), JsonRpc::new());
/// let mut batch = client.batch();
/// let sum = batch.call::<i64>("add", (1, 2));
/// let mut replies = batch.send()?;
/// assert_eq!(replies.take(sum)?, 3);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
#[must_use = "a batch does nothing until it is sent"]
pub struct Batch<'c>(client::Batch<'c>);

impl<'c> Batch<'c> {
    pub(super) fn new(batch: client::Batch<'c>) -> Self {
        Self(batch)
    }

    /// Sends the batch and waits for all replies.
    ///
    /// # Errors
    /// When the batch as a whole failed, as [`Batch::send`](client::Batch::send) says.
    pub fn send(self) -> Result<Replies, CallError> {
        block_on(self.0.send())
    }
}

impl<'c> Deref for Batch<'c> {
    type Target = client::Batch<'c>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl DerefMut for Batch<'_> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.0
    }
}
