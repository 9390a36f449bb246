//! Handlers, and the functions that are one.

use std::fmt;
use std::sync::Arc;

use super::args::{Arguments, FromParams};
use super::check::ArgumentCheck;
use super::describe::Description;
use super::extract::{FromCall, MissingState, States};
use super::result::{IntoReply, IntoResult};
use super::shape::Shape;
use crate::call::{Call, Outcome};

/// Runs a method.
///
/// Called at once for every call, from any thread. It must not block: what takes long goes into the future or the
/// closure that the outcome holds.
pub trait Handler: Send + Sync + 'static {
    /// Runs the method, or starts to.
    fn call(&self, call: Call<'_>) -> Outcome;

    /// The arguments it takes, for listings.
    fn shape(&self) -> Shape {
        Shape::Any
    }

    /// What it says about itself, for listings.
    fn description(&self) -> Option<Arc<Description>> {
        None
    }
}

struct FromFn<F> {
    function: F,
    shape: Shape,
}

impl<F: Fn(Call<'_>) -> Outcome + Send + Sync + 'static> Handler for FromFn<F> {
    #[inline]
    fn call(&self, call: Call<'_>) -> Outcome {
        (self.function)(call)
    }

    fn shape(&self) -> Shape {
        self.shape.clone()
    }
}

/// A handler from a function that works on the call itself.
pub fn from_fn(function: impl Fn(Call<'_>) -> Outcome + Send + Sync + 'static) -> Box<dyn Handler> {
    Box::new(FromFn { function, shape: Shape::Any })
}

/// What can be registered as a handler; `Via` is always inferred.
///
/// Functions and closures, synchronous or returning a future, with
/// - nothing: `|| …`,
/// - one argument that serde decodes from the call's arguments: `|(a, b): (i64, i64)| …`, `|who: Person| …`,
/// - up to two of [`Context`](crate::Context) and [`State`](super::State) before it.
///
/// Wrapped in [`blocking`] they run where they may block.
#[diagnostic::on_unimplemented(
    message = "this cannot be registered as a handler",
    note = "a handler is a function or closure such as `|(a, b): (i64, i64)| a + b`, optionally with `Context` or `State<S>` before its one argument",
    note = "for a function `add` with several arguments, put `#[tinyrpc::method]` on it and register `AddMethod`",
    note = "it returns a value that implements `Serialize`, a `Result` of one whose error converts into `RpcError`, or a `Send` future of either"
)]
pub trait IntoHandler<Via> {
    /// Makes the handler.
    ///
    /// # Errors
    /// When it wants state that there is not.
    fn into_handler(self, states: &States, check: ArgumentCheck) -> Result<Box<dyn Handler>, MissingState>;
}

/// A handler is one already.
impl IntoHandler<()> for Box<dyn Handler> {
    fn into_handler(self, _: &States, _: ArgumentCheck) -> Result<Box<dyn Handler>, MissingState> {
        Ok(self)
    }
}

macro_rules! handlers {
    ($(($($taken:ident),*) $via:ident);* $(;)?) => {$(
        /// Takes what stands before the argument, and the argument.
        #[derive(Debug)]
        pub struct $via<$($taken,)* A, ViaA, ViaR>(std::marker::PhantomData<fn($($taken,)* A, ViaA, ViaR)>);

        #[allow(non_snake_case, unused_parens)]
        impl<Function, $($taken,)* A, R, ViaA, ViaR> IntoHandler<$via<$($taken,)* A, ViaA, ViaR>> for Function
        where
            Function: Fn($($taken,)* A) -> R + Send + Sync + 'static,
            $($taken: FromCall + 'static,)*
            A: FromParams<ViaA> + 'static,
            R: IntoReply<ViaR>,
        {
            fn into_handler(self, states: &States, check: ArgumentCheck) -> Result<Box<dyn Handler>, MissingState> {
                $(let $taken = $taken::prepare(states)?;)*
                let _ = states;
                let wanted = Arguments::new(A::shape(), check);
                let shape = wanted.shape.clone();
                let function = move |call: Call<'_>| match A::from_params(call.params, &wanted) {
                    Ok(argument) => {
                        $(let $taken = <$taken as FromCall>::from_call(&$taken, &call);)*
                        self($($taken,)* argument).into_reply(call.reply)
                    }
                    Err(error) => Outcome::from(error),
                };
                Ok(Box::new(FromFn { function, shape }))
            }
        }

        #[allow(non_snake_case)]
        impl<Function, $($taken,)* A, R, ViaA, ViaR> IntoHandler<$via<$($taken,)* A, ViaA, ViaR>> for Blocking<Function>
        where
            Function: Fn($($taken,)* A) -> R + Send + Sync + 'static,
            $($taken: FromCall + 'static,)*
            A: FromParams<ViaA> + 'static,
            R: IntoResult<ViaR>,
        {
            fn into_handler(self, states: &States, check: ArgumentCheck) -> Result<Box<dyn Handler>, MissingState> {
                $(let $taken = $taken::prepare(states)?;)*
                let _ = states;
                let wanted = Arguments::new(A::shape(), check);
                let shape = wanted.shape.clone();
                let function = move |call: Call<'_>| match A::from_params(call.params, &wanted) {
                    Ok(argument) => {
                        $(let $taken = <$taken as FromCall>::from_call(&$taken, &call);)*
                        let (function, reply) = (Arc::clone(&self.0), call.reply.detach());
                        Outcome::Blocking(Box::new(move || {
                            let mut out = reply.buffer();
                            function($($taken,)* argument).into_result(reply.attach(&mut out))?;
                            Ok(out)
                        }))
                    }
                    Err(error) => Outcome::from(error),
                };
                Ok(Box::new(FromFn { function, shape }))
            }
        }
    )*};
}

handlers! {
    () ViaArgument;
    (B) ViaOneBefore;
    (B, C) ViaTwoBefore;
}

/// Takes nothing.
#[derive(Debug)]
pub struct ViaNothing<ViaR>(std::marker::PhantomData<fn(ViaR)>);

impl<Function, R, ViaR> IntoHandler<ViaNothing<ViaR>> for Function
where
    Function: Fn() -> R + Send + Sync + 'static,
    R: IntoReply<ViaR>,
{
    fn into_handler(self, states: &States, check: ArgumentCheck) -> Result<Box<dyn Handler>, MissingState> {
        IntoHandler::<ViaArgument<(), _, ViaR>>::into_handler(move |(): ()| self(), states, check)
    }
}

/// A function that may block, such as one that reads files or computes for long; made by [`blocking`].
pub struct Blocking<Function>(Arc<Function>);

impl<Function> fmt::Debug for Blocking<Function> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Blocking")
    }
}

/// Marks a handler that blocks or computes for long: it runs on a thread where that is allowed, and cannot be cancelled
/// once it runs.
pub fn blocking<Function>(function: Function) -> Blocking<Function> {
    Blocking(Arc::new(function))
}

/// A handler that says what it does; made by [`described`].
pub struct Described<H> {
    handler: H,
    description: Arc<Description>,
}

impl<H> fmt::Debug for Described<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Described").field("description", &self.description).finish_non_exhaustive()
    }
}

/// Tells [`Described`] apart from functions.
#[derive(Debug)]
pub struct ViaDescribed<Via>(std::marker::PhantomData<fn(Via)>);

/// Gives a handler a description, which is there wherever it is registered.
/// [`Dispatcher::describe`](super::Dispatcher::describe) says the same of a method that is registered already.
pub fn described<H>(handler: H, description: impl Into<Arc<Description>>) -> Described<H> {
    Described { handler, description: description.into() }
}

impl<H: IntoHandler<Via>, Via> IntoHandler<ViaDescribed<Via>> for Described<H> {
    fn into_handler(self, states: &States, check: ArgumentCheck) -> Result<Box<dyn Handler>, MissingState> {
        let inner = self.handler.into_handler(states, check)?;
        Ok(Box::new(Described { handler: inner, description: self.description }))
    }
}

impl Handler for Described<Box<dyn Handler>> {
    #[inline]
    fn call(&self, call: Call<'_>) -> Outcome {
        self.handler.call(call)
    }

    fn shape(&self) -> Shape {
        self.handler.shape()
    }

    fn description(&self) -> Option<Arc<Description>> {
        Some(Arc::clone(&self.description))
    }
}
