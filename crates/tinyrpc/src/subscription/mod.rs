//! Streams for the other side: handlers that return one, and the methods to subscribe and unsubscribe.
//!
//! ```
//! use futures_util::stream;
//! use tinyrpc::subscription::RegisterSubscription as _;
//! use tinyrpc::{Client, Dispatcher, JsonRpc, Origin, Service, transport::memory};
//!
//! # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
//! let mut dispatcher = Dispatcher::new();
//! dispatcher.register_subscription("subscribe_numbers", |(from, to): (u64, u64)| stream::iter(from..to))?;
//! let service = Service::new(JsonRpc::new(), dispatcher);
//!
//! let (here, there) = memory::pair(65_536);
//! tokio::spawn(async move { service.link(Origin::new("memory"), there).await });
//! let client = Client::over(here, JsonRpc::new());
//! let mut numbers = client.subscribe::<u64>("subscribe_numbers", (1, 4)).await?;
//! let mut sum = 0;
//! while let Some(number) = numbers.next().await {
//!     sum += number?;
//! }
//! assert_eq!(sum, 6);
//! # Ok::<(), Box<dyn std::error::Error>>(()) }).unwrap();
//! ```
//!
//! On the wire it is the usual form. The result of the call is the id of the subscription, a number that counts on each
//! link. Each item is a notification with `{"subscription": id, "result": item}`; where items were dropped there is a
//! third member, `"dropped"`, with how many since that was told last. At the end comes
//! `{"subscription": id, "error": null}`, or an error's code and message in place of null. MessagePack-RPC and JSON-RPC
//! 1.0, which have no named arguments, carry the same map as their one argument.

mod handler;
mod items;
pub(crate) mod names;
mod offer;
mod pump;

pub use futures_util::stream::Stream;
pub use handler::{IntoSubscription, Opener};
pub use items::{IntoItem, IntoItems, Opened};
pub use offer::Offer;

use tinyrpc_core::dispatch::{Dispatcher, RegisterError};

/// Lets a [`Dispatcher`] serve streams.
pub trait RegisterSubscription {
    /// Makes a stream available by the method that `offer` names, and the method that unsubscribes.
    ///
    /// `handler` is a function or closure as for [`Dispatcher::register`], with up to two of `Context` and `State` before
    /// its one argument. It returns a [`Stream`], or a `Result` of one whose error converts into
    /// [`RpcError`](struct@crate::RpcError) and is the reply, or a future of either. Items are anything that serde can encode;
    /// where they are a `Result` whose error converts into `RpcError`, an error is the last item and becomes the reason of
    /// the end.
    ///
    /// The stream runs in a task of its own, and is dropped when the other side unsubscribes or the link ends. Where there
    /// is no link, as in an HTTP request or for a ZeroMQ REQ, the method fails with code -32601.
    ///
    /// # Errors
    /// When one of the names is taken, empty or reserved, or the handler wants state that the dispatcher has not got.
    /// Nothing has been registered then.
    fn register_subscription<Via>(
        &mut self,
        offer: impl Into<Offer>,
        handler: impl IntoSubscription<Via>,
    ) -> Result<&mut Self, RegisterError>;
}

impl RegisterSubscription for Dispatcher {
    fn register_subscription<Via>(
        &mut self,
        offer: impl Into<Offer>,
        handler: impl IntoSubscription<Via>,
    ) -> Result<&mut Self, RegisterError> {
        let offer = offer.into();
        let (method, unsubscribe) = (offer.method.clone(), offer.unsubscribe.clone());
        self.check_names([&*method].into_iter().chain(unsubscribe.as_deref()))?;
        self.register(&method, handler::Opens { offer: offer.into(), handler })?;
        if let Some(unsubscribe) = unsubscribe {
            self.register(&unsubscribe, handler::unsubscribes())?;
        }
        Ok(self)
    }
}
