//! The methods that open and end subscriptions, made from a function that returns a stream.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use tinyrpc_core::call::DetachedReply;
use tinyrpc_core::dispatch::{
    ArgumentCheck, Arguments, FromCall, FromParams, IntoHandler, MissingState, Shape, States, from_fn,
};
use tinyrpc_core::{Call, Handler, Id, Outcome, Protocol, RpcError};

use super::Offer;
use super::items::{IntoItems, Items, Kind, Opened};
use super::pump;
use crate::peer::Peer;
use crate::peer::outlets::{Form, Subscription, needs_link};

/// A function that can be registered as a handler of subscriptions; `Via` is always inferred.
///
/// It takes what [a handler](IntoHandler) takes, and returns [what has items](IntoItems).
#[diagnostic::on_unimplemented(
    message = "this cannot be registered as a handler of subscriptions",
    note = "it is a function or closure such as `|(from, to): (u64, u64)| stream::iter(from..to)`, optionally with `Context` or `State<S>` before its one argument",
    note = "it returns a `Send` stream, a `Result` of one whose error converts into `RpcError`, or a `Send` future of either"
)]
pub trait IntoSubscription<Via>: Sized {
    /// Makes what opens streams.
    ///
    /// # Errors
    /// When it wants state that there is not.
    fn into_subscription(self, states: &States, check: ArgumentCheck) -> Result<Opener, MissingState>;
}

/// Opens streams for calls.
pub struct Opener {
    shape: Shape,
    open: Box<Open>,
}

type Open = dyn Fn(&Call<'_>) -> Result<Opened, RpcError> + Send + Sync;

impl fmt::Debug for Opener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Opener").field("shape", &self.shape).finish_non_exhaustive()
    }
}

macro_rules! subscriptions {
    ($(($($taken:ident),*) $via:ident);* $(;)?) => {$(
        /// Takes what stands before the argument, and the argument.
        #[derive(Debug)]
        pub struct $via<$($taken,)* A, ViaA, ViaR>(PhantomData<fn($($taken,)* A, ViaA, ViaR)>);

        #[allow(non_snake_case, unused_parens)]
        impl<Function, $($taken,)* A, R, ViaA, ViaR> IntoSubscription<$via<$($taken,)* A, ViaA, ViaR>> for Function
        where
            Function: Fn($($taken,)* A) -> R + Send + Sync + 'static,
            $($taken: FromCall + 'static,)*
            A: FromParams<ViaA> + 'static,
            R: IntoItems<ViaR>,
        {
            fn into_subscription(self, states: &States, check: ArgumentCheck) -> Result<Opener, MissingState> {
                $(let $taken = $taken::prepare(states)?;)*
                let _ = states;
                let wanted = Arguments::new(A::shape(), check);
                let shape = wanted.shape.clone();
                let open = move |call: &Call<'_>| {
                    let argument = A::from_params(call.params, &wanted)?;
                    $(let $taken = <$taken as FromCall>::from_call(&$taken, call);)*
                    Ok(self($($taken,)* argument).into_items())
                };
                Ok(Opener { shape, open: Box::new(open) })
            }
        }
    )*};
}

subscriptions! {
    () ViaArgument;
    (B) ViaOneBefore;
    (B, C) ViaTwoBefore;
}

/// Takes nothing.
#[derive(Debug)]
pub struct ViaNothing<ViaR>(PhantomData<fn(ViaR)>);

impl<Function, R, ViaR> IntoSubscription<ViaNothing<ViaR>> for Function
where
    Function: Fn() -> R + Send + Sync + 'static,
    R: IntoItems<ViaR>,
{
    fn into_subscription(self, states: &States, check: ArgumentCheck) -> Result<Opener, MissingState> {
        IntoSubscription::<ViaArgument<(), _, ViaR>>::into_subscription(move |(): ()| self(), states, check)
    }
}

/// The method that opens subscriptions.
pub(super) struct Opens<H> {
    pub(super) offer: Arc<Offer>,
    pub(super) handler: H,
}

impl<H: IntoSubscription<Via>, Via> IntoHandler<Opens<Via>> for Opens<H> {
    fn into_handler(self, states: &States, check: ArgumentCheck) -> Result<Box<dyn Handler>, MissingState> {
        let opener = self.handler.into_subscription(states, check)?;
        Ok(Box::new(OpensHandler { offer: self.offer, opener }))
    }
}

struct OpensHandler {
    offer: Arc<Offer>,
    opener: Opener,
}

impl Handler for OpensHandler {
    fn call(&self, call: Call<'_>) -> Outcome {
        let Some(peer) = call.origin.extension::<Peer>().cloned() else {
            return needs_link().into();
        };
        let Some(id) = call.reply.id().map(|id| id.clone().into_owned()) else {
            return RpcError::invalid_request("a subscription is opened by a call, whose reply tells its id").into();
        };
        let opened = match (self.opener.open)(&call) {
            Ok(opened) => opened,
            Err(error) => return error.into(),
        };
        let start =
            Start { peer, call: id, protocol: Arc::clone(call.reply.protocol()), offer: Arc::clone(&self.offer) };
        match opened.0 {
            Kind::Now(items) => match items.and_then(|items| start.start(items)) {
                Ok(id) => Outcome::Done(call.reply.send(&id)),
                Err(error) => error.into(),
            },
            Kind::Later(later) => {
                let reply: DetachedReply = call.reply.detach();
                Outcome::Future(Box::pin(async move { reply.send(&start.start(later.await?)?) }))
            }
        }
    }

    fn shape(&self) -> Shape {
        self.opener.shape.clone()
    }
}

/// What is known of a subscription before its stream is there.
struct Start {
    peer: Peer,
    call: Id<'static>,
    protocol: Arc<dyn Protocol>,
    offer: Arc<Offer>,
}

impl Start {
    /// Starts it, and gives its id.
    fn start(self, items: Box<dyn Items>) -> Result<Subscription, RpcError> {
        let Self { peer, call, protocol, offer } = self;
        let (method, hex, tells_end) = (Arc::clone(&offer.notification), offer.hex_ids, offer.tells_end);
        let form = |id| Form { protocol, method, id, hex, tells_end };
        peer.open_outlet(call, offer.bounds, form, |peer, outlet| pump::run(peer, outlet, items))
    }
}

/// The method that unsubscribes: takes an id, and gives whether there was such a subscription on the link.
pub(super) fn unsubscribes() -> Box<dyn Handler> {
    from_fn(|call| {
        let Some(peer) = call.origin.extension::<Peer>() else {
            return needs_link().into();
        };
        let id = match call.params.argument(0, "subscription").or_else(|_| call.params.argument(0, "id")) {
            Ok(id) => id,
            Err(error) => return error.into(),
        };
        let ended = Subscription::number(&id).is_some_and(|id| peer.close_outlet(id));
        Outcome::Done(call.reply.send(&ended))
    })
}
