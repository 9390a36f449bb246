//! What the macros write uses this; nobody else should.

pub use serde;
use serde::{Deserialize, Deserializer};
use tinyrpc_core::Dispatcher;
use tinyrpc_core::dispatch::{IntoInstance, IntoResult};

/// An argument that may be left out. Unlike an `Option` it is not null when it is there.
#[derive(Debug)]
pub struct Given<T>(Option<T>);

impl<T> Given<T> {
    /// The argument, or what it is when it is left out.
    #[inline]
    pub fn or_else(self, otherwise: impl FnOnce() -> T) -> T {
        self.0.unwrap_or_else(otherwise)
    }
}

impl<T> Default for Given<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Given<T> {
    #[inline]
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::deserialize(deserializer).map(|value| Self(Some(value)))
    }
}

/// A `Result`, under whatever alias.
pub trait Fallible {
    /// What it is when all went well.
    type Value;
    /// What it is else.
    type Error;
}

impl<T, E> Fallible for Result<T, E> {
    type Value = T;
    type Error = E;
}

/// The methods of `instance`, whose names have been checked when it was compiled.
///
/// # Panics
/// When two methods have one name because `cfg` attributes let both of them stand.
pub fn dispatcher(instance: impl IntoInstance) -> Dispatcher {
    let mut dispatcher = Dispatcher::new();
    match dispatcher.register_instance(instance, "") {
        Ok(_) => dispatcher,
        Err(error) => panic!("{error}"),
    }
}

/// Compiles where `T` can be the result of a method.
#[inline(always)]
pub fn can_be_sent<T: IntoResult<Via>, Via>() {}
