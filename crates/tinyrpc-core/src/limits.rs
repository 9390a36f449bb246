//! How much a single message may ask of us.

/// Bounds that a protocol checks before it allocates or descends.
///
/// Every bound has a default, so a service is safe from the first day. Reading a message takes, besides the message
/// itself, at most twice its length and 400 bytes for each entry of a batch, and usually nothing. What the arguments of
/// a handler take when they are decoded depends on their types: up to 16 bytes for a byte of the message.
#[derive(Clone, Debug)]
pub struct Limits {
    message: usize,
    batch: usize,
    nesting: usize,
}

/// The deepest nesting that can be allowed: values are decoded by recursion, and this much fits any thread's stack.
const DEEPEST: usize = 1_024;

impl Default for Limits {
    fn default() -> Self {
        Self { message: 4 << 20, batch: 1_000, nesting: 128 }
    }
}

impl Limits {
    /// The longest message that is read, in bytes; default 4 MiB. Transports refuse longer ones before they buffer them.
    #[must_use]
    pub fn with_message(mut self, bytes: usize) -> Self {
        self.message = bytes;
        self
    }

    /// The most entries in one batch; default 1,000. Each costs up to 400 bytes while the batch runs.
    #[must_use]
    pub fn with_batch(mut self, entries: usize) -> Self {
        self.batch = entries;
        self
    }

    /// How many arrays and objects may stand inside each other, the message's own included; default 128, at most 1,024.
    #[must_use]
    pub fn with_nesting(mut self, levels: usize) -> Self {
        self.nesting = levels.min(DEEPEST);
        self
    }

    /// The longest message, in bytes.
    #[must_use]
    pub fn message(&self) -> usize {
        self.message
    }

    /// The most entries in one batch.
    #[must_use]
    pub fn batch(&self) -> usize {
        self.batch
    }

    /// The deepest nesting, in levels.
    #[must_use]
    pub fn nesting(&self) -> usize {
        self.nesting
    }
}
