//! What a client's calls inherit from the call that they are made for: its deadline and its trace.

use std::time::{Duration, Instant};

use tinyrpc_core::{Context, TraceContext};

use super::Client;

impl Client {
    /// When the calls must have ended, besides their timeout; default `None`: no such time. It travels with them in
    /// the headers of HTTP and RabbitMQ, and elsewhere in their messages if the protocol
    /// [carries it](tinyrpc_core::Capabilities::metadata).
    #[must_use]
    pub fn with_deadline(mut self, deadline: Option<Instant>) -> Self {
        self.deadline = deadline;
        self
    }

    /// The trace that the calls belong to; default none. It travels with them in the headers of HTTP and RabbitMQ, and
    /// elsewhere in their messages if the protocol [carries it](tinyrpc_core::Capabilities::metadata).
    #[must_use]
    pub fn with_trace_context(mut self, trace: Option<TraceContext>) -> Self {
        self.trace_context = trace;
        self
    }

    /// The same client for calls that a handler makes for its own call: they end at that one's deadline at the latest, and
    /// belong to its trace. When the handler is dropped, so are they.
    ///
    /// ```
    /// use tinyrpc::{Client, Context, RpcError, State};
    ///
    /// async fn price(cx: Context, stock: State<Client>, (item,): (String,)) -> Result<u64, RpcError> {
    ///     (*stock).clone().within(&cx).call("price", (item,)).await.map_err(RpcError::internal)
    /// }
    /// ```
    #[must_use]
    pub fn within(self, context: &Context) -> Self {
        let deadline = self.deadline.into_iter().chain(context.deadline()).min();
        self.with_deadline(deadline).with_trace_context(context.trace().cloned())
    }

    /// How long a call that begins now may take.
    pub(super) fn patience(&self) -> Duration {
        match self.deadline {
            None => self.timeout,
            Some(deadline) => {
                let now = tokio::time::Instant::now().into_std();
                self.timeout.min(deadline.saturating_duration_since(now))
            }
        }
    }
}
