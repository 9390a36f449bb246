//! What handlers can ask for besides their arguments: the context, and shared state.

use std::any::{Any, TypeId, type_name};
use std::collections::HashMap;
use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use crate::call::{Call, Context};

/// The values that a dispatcher shares with its handlers, by type.
#[derive(Clone, Default)]
pub struct States(HashMap<TypeId, Arc<dyn Any + Send + Sync>>);

impl States {
    /// Adds a value; an earlier one of the same type is replaced.
    pub fn insert<S: Send + Sync + 'static>(&mut self, state: S) {
        self.0.insert(TypeId::of::<S>(), Arc::new(state));
    }

    /// The value of type `S`.
    #[must_use]
    pub fn find<S: Send + Sync + 'static>(&self) -> Option<Arc<S>> {
        self.0.get(&TypeId::of::<S>()).cloned().and_then(|state| state.downcast().ok())
    }
}

impl fmt::Debug for States {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "States({})", self.0.len())
    }
}

/// A handler wants state of a type that the dispatcher does not have.
#[derive(Debug)]
pub struct MissingState(&'static str);

impl fmt::Display for MissingState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the handler wants state of type `{}`: give it to the dispatcher with `with_state` first", self.0)
    }
}

impl std::error::Error for MissingState {}

/// A type that a handler can take before its argument.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot stand before the argument of a handler",
    note = "only `Context` and `State<S>` can; several arguments of a call are one tuple, such as `|(a, b): (i64, i64)|`"
)]
pub trait FromCall: Sized + Send {
    /// What is looked up once, when the handler is registered.
    type Source: Send + Sync + 'static;

    /// Looks up what is the same for every call.
    ///
    /// # Errors
    /// When the dispatcher lacks state that is asked for.
    fn prepare(states: &States) -> Result<Self::Source, MissingState>;

    /// Makes the value for one call.
    fn from_call(source: &Self::Source, call: &Call<'_>) -> Self;
}

impl FromCall for Context {
    type Source = ();

    fn prepare(_: &States) -> Result<(), MissingState> {
        Ok(())
    }

    fn from_call((): &(), call: &Call<'_>) -> Self {
        call.context()
    }
}

/// State that the dispatcher shares with its handlers, given to it with `with_state`.
#[derive(Debug)]
pub struct State<S>(pub Arc<S>);

impl<S> Clone for State<S> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<S> Deref for State<S> {
    type Target = S;

    fn deref(&self) -> &S {
        &self.0
    }
}

impl<S: Send + Sync + 'static> FromCall for State<S> {
    type Source = Arc<S>;

    fn prepare(states: &States) -> Result<Arc<S>, MissingState> {
        states.find().ok_or(MissingState(type_name::<S>()))
    }

    fn from_call(source: &Arc<S>, _: &Call<'_>) -> Self {
        State(Arc::clone(source))
    }
}

impl<A: FromCall, B: FromCall> FromCall for (A, B) {
    type Source = (A::Source, B::Source);

    fn prepare(states: &States) -> Result<Self::Source, MissingState> {
        Ok((A::prepare(states)?, B::prepare(states)?))
    }

    fn from_call(source: &Self::Source, call: &Call<'_>) -> Self {
        (A::from_call(&source.0, call), B::from_call(&source.1, call))
    }
}
