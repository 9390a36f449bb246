//! Layers wrap one call at a time: timeouts, limits, checks, measurements.

mod concurrency;
mod next;
mod spans;
mod timeout;

pub use concurrency::ConcurrencyLimit;
pub use next::Next;
pub use spans::Spans;
pub use timeout::Timeout;
use tinyrpc_core::{Call, Outcome};

/// Something that stands around every call, also around each one in a batch.
///
/// ```
/// use tinyrpc::{Call, Outcome, RpcError, layer::{Layer, Next}};
///
/// /// Lets callers in who know the word.
/// struct Password(&'static str);
///
/// impl Layer for Password {
///     fn call(&self, call: Call<'_>, next: Next<'_>) -> Outcome {
///         match call.origin.extension::<&str>() {
///             Some(word) if *word == self.0 => next.run(call),
///             _ => RpcError::new(-32003, "say the word").into(),
///         }
///     }
/// }
/// ```
pub trait Layer: Send + Sync + 'static {
    /// Handles the call: with [`Next::run`] at once, with [`Next::defer`] after waiting for something, or not at all by
    /// returning an error. The outcome may be changed on its way back. Must not block.
    fn call(&self, call: Call<'_>, next: Next<'_>) -> Outcome;
}
