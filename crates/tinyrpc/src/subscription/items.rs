//! Turns what a handler returns into a stream of encoded items.

use std::fmt;
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use futures_util::stream::Stream;
use serde::Serialize;
use tinyrpc_core::RpcError;
use tinyrpc_core::call::BoxFuture;

use crate::peer::outlets::Outlet;

/// An item of a stream: anything that serde can encode, or a `Result` of it with an error that converts into
/// [`RpcError`]. `Via` is always inferred.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be an item of a subscription",
    note = "an item implements `Serialize`, or is a `Result` of one whose error converts into `RpcError`"
)]
pub trait IntoItem<Via>: Send {
    /// What is encoded.
    type Value: Serialize;

    /// The item, or why the stream ends here.
    ///
    /// # Errors
    /// When this is an error itself.
    fn into_item(self) -> Result<Self::Value, RpcError>;
}

/// An item that serde encodes.
#[derive(Debug)]
pub struct ViaValue;
/// An item, or an error that ends the stream.
#[derive(Debug)]
pub struct ViaResult;

impl<T: Serialize + Send> IntoItem<ViaValue> for T {
    type Value = T;

    fn into_item(self) -> Result<T, RpcError> {
        Ok(self)
    }
}

impl<T: Serialize + Send, E: Into<RpcError> + Send> IntoItem<ViaResult> for Result<T, E> {
    type Value = T;

    fn into_item(self) -> Result<T, RpcError> {
        self.map_err(Into::into)
    }
}

/// What a handler of subscriptions can return: a [`Stream`], a `Result` of one, or a future of either. `Via` is always
/// inferred.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be returned by a handler of subscriptions",
    note = "return a `Send` stream of items that implement `Serialize`, a `Result` of one whose error converts into `RpcError`, or a `Send` future of either"
)]
pub trait IntoItems<Via> {
    /// The stream, as far as it is there.
    fn into_items(self) -> Opened;
}

/// What a handler of subscriptions has returned.
pub struct Opened(pub(super) Kind);

pub(super) enum Kind {
    Now(Result<Box<dyn Items>, RpcError>),
    Later(BoxFuture<'static, Result<Box<dyn Items>, RpcError>>),
}

impl fmt::Debug for Opened {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Opened")
    }
}

/// A stream.
#[derive(Debug)]
pub struct Now<Via>(Via);
/// A stream or an error.
#[derive(Debug)]
pub struct Fallible<Via>(Via);
/// A future of something else.
#[derive(Debug)]
pub struct Later<Via>(Via);

impl<S, Via: 'static> IntoItems<Now<Via>> for S
where
    S: Stream<Item: IntoItem<Via>> + Send + 'static,
{
    fn into_items(self) -> Opened {
        Opened(Kind::Now(Ok(Box::new(Encoded { stream: Box::pin(self), via: PhantomData::<fn() -> Via> }))))
    }
}

impl<S: IntoItems<Now<Via>>, E: Into<RpcError>, Via> IntoItems<Fallible<Via>> for Result<S, E> {
    fn into_items(self) -> Opened {
        match self {
            Ok(stream) => stream.into_items(),
            Err(error) => Opened(Kind::Now(Err(error.into()))),
        }
    }
}

impl<F, Via> IntoItems<Later<Via>> for F
where
    F: Future<Output: IntoItems<Via>> + Send + 'static,
{
    fn into_items(self) -> Opened {
        Opened(Kind::Later(Box::pin(async move {
            match self.await.into_items().0 {
                Kind::Now(items) => items,
                // A future of a future.
                Kind::Later(later) => later.await,
            }
        })))
    }
}

/// A stream whose items are encoded as they are taken.
pub(super) trait Items: Send {
    /// The next message, and how many dropped ones it tells of.
    fn poll_write(&mut self, cx: &mut Context<'_>, outlet: &Outlet) -> Poll<Option<Result<(Bytes, u64), RpcError>>>;
}

struct Encoded<S, Via> {
    stream: Pin<Box<S>>,
    via: PhantomData<fn() -> Via>,
}

impl<S, Via> Items for Encoded<S, Via>
where
    S: Stream<Item: IntoItem<Via>> + Send,
{
    fn poll_write(&mut self, cx: &mut Context<'_>, outlet: &Outlet) -> Poll<Option<Result<(Bytes, u64), RpcError>>> {
        let Some(item) = ready!(self.stream.as_mut().poll_next(cx)) else { return Poll::Ready(None) };
        let written = item.into_item().and_then(|item| {
            let dropped = outlet.take_dropped();
            let message = outlet.form.item(&item, dropped).map_err(RpcError::internal)?;
            Ok((message, dropped))
        });
        Poll::Ready(Some(written))
    }
}
