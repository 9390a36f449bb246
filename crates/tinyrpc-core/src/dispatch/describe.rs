//! What is known of a method beyond its name, for those who list methods: documentation, arguments, result, errors.

use std::any::type_name;
use std::borrow::Cow;
use std::fmt;

/// What a method says about itself. Nothing in it is needed to call the method.
///
/// `#[tinyrpc::service]` writes it from a function's signature and documentation; for a method registered by hand give it
/// to [`Dispatcher::describe`](super::Dispatcher::describe).
///
/// ```
/// use tinyrpc_core::describe::{Description, Param};
/// use tinyrpc_core::{Dispatcher, type_info};
///
/// let mut dispatcher = Dispatcher::new();
/// dispatcher.register("add", |(a, b): (i64, i64)| a + b)?;
/// dispatcher.describe(
///     "add",
///     Description::new("Adds two numbers.")
///         .with_param(Param::new("a", type_info!(i64)))
///         .with_param(Param::new("b", type_info!(i64)))
///         .with_result(type_info!(i64)),
/// )?;
/// # Ok::<(), tinyrpc_core::dispatch::RegisterError>(())
/// ```
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Description {
    /// Its documentation, in Markdown. The first paragraph is the summary.
    pub docs: Cow<'static, str>,
    /// Its arguments in their order; `None` when nobody has said what they are.
    pub params: Option<Vec<Param>>,
    /// Whether the arguments are to be passed by name, by position, or either way.
    pub structure: ParamStructure,
    /// What it returns; `None` when nobody has said, or when it is a notification.
    pub result: Option<TypeInfo>,
    /// The errors of its own that it may return.
    pub errors: Vec<ErrorInfo>,
    /// Whether it should not be used any more, and what to do instead, if that is said.
    pub deprecated: Option<Cow<'static, str>>,
    /// Whether it is meant to be called without waiting for a reply.
    pub notification: bool,
    /// Calls of it, with their results.
    pub examples: Vec<Example>,
}

impl Description {
    /// A method with this documentation.
    #[must_use]
    pub fn new(docs: impl Into<Cow<'static, str>>) -> Self {
        Self { docs: docs.into(), ..Self::default() }
    }

    /// The first paragraph of the documentation, on one line.
    #[must_use]
    pub fn summary(&self) -> String {
        let lines = self.docs.trim_start().lines().map(str::trim);
        lines.take_while(|line| !line.is_empty()).collect::<Vec<_>>().join(" ")
    }

    /// Adds an argument after those that are there.
    #[must_use]
    pub fn with_param(mut self, param: Param) -> Self {
        self.params.get_or_insert_default().push(param);
        self
    }

    /// Says that there are no arguments but those added.
    #[must_use]
    pub fn with_known_params(mut self) -> Self {
        self.params.get_or_insert_default();
        self
    }

    /// Says how arguments are to be passed; default [`ParamStructure::Either`].
    #[must_use]
    pub fn with_structure(mut self, structure: ParamStructure) -> Self {
        self.structure = structure;
        self
    }

    /// Says what it returns.
    #[must_use]
    pub fn with_result(mut self, result: TypeInfo) -> Self {
        self.result = Some(result);
        self
    }

    /// Adds errors that it may return.
    #[must_use]
    pub fn with_errors(mut self, errors: impl IntoIterator<Item = ErrorInfo>) -> Self {
        self.errors.extend(errors);
        self
    }

    /// Says that it should not be used any more; `note` says what to do instead and may be empty.
    #[must_use]
    pub fn with_deprecated(mut self, note: impl Into<Cow<'static, str>>) -> Self {
        self.deprecated = Some(note.into());
        self
    }

    /// Says that it is called without waiting for a reply.
    #[must_use]
    pub fn with_notification(mut self) -> Self {
        self.notification = true;
        self
    }

    /// Adds an example.
    #[must_use]
    pub fn with_example(mut self, example: Example) -> Self {
        self.examples.push(example);
        self
    }
}

/// How arguments are to be passed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum ParamStructure {
    /// By name or by position.
    #[default]
    Either,
    /// By name only.
    ByName,
    /// By position only.
    ByPosition,
}

/// An argument.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Param {
    /// Its name on the wire.
    pub name: Cow<'static, str>,
    /// What it means, in Markdown; may be empty.
    pub docs: Cow<'static, str>,
    /// Its type.
    pub info: TypeInfo,
    /// Whether calls without it are refused.
    pub required: bool,
}

impl Param {
    /// A required argument.
    #[must_use]
    pub fn new(name: impl Into<Cow<'static, str>>, info: TypeInfo) -> Self {
        Self { name: name.into(), docs: Cow::Borrowed(""), info, required: true }
    }

    /// Says what it means.
    #[must_use]
    pub fn with_docs(mut self, docs: impl Into<Cow<'static, str>>) -> Self {
        self.docs = docs.into();
        self
    }

    /// Says that it may be left out.
    #[must_use]
    pub fn with_default(mut self) -> Self {
        self.required = false;
        self
    }
}

/// An error that a method may return.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ErrorInfo {
    /// Its code.
    pub code: i64,
    /// Its message, or what the message looks like.
    pub message: Cow<'static, str>,
    /// The type of its data, when it has some.
    pub data: Option<TypeInfo>,
}

impl ErrorInfo {
    /// An error without data.
    #[must_use]
    pub fn new(code: i64, message: impl Into<Cow<'static, str>>) -> Self {
        Self { code, message: message.into(), data: None }
    }

    /// Says what its data is.
    #[must_use]
    pub fn with_data(mut self, data: TypeInfo) -> Self {
        self.data = Some(data);
        self
    }
}

/// A call and its result, both written as JSON.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Example {
    /// What it shows.
    pub name: Cow<'static, str>,
    /// The arguments: an array or an object.
    pub params: Cow<'static, str>,
    /// The result.
    pub result: Cow<'static, str>,
}

impl Example {
    /// An example called `name`.
    #[must_use]
    pub fn new(
        name: impl Into<Cow<'static, str>>,
        params: impl Into<Cow<'static, str>>,
        result: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self { name: name.into(), params: params.into(), result: result.into() }
    }
}

/// A Rust type as listings show it: its name and, where it has one, its JSON Schema. Made by [`type_info!`](crate::type_info).
#[derive(Clone, Copy)]
pub struct TypeInfo {
    name: &'static str,
    #[cfg(feature = "openrpc")]
    schema: Option<fn(&mut schemars::SchemaGenerator) -> schemars::Schema>,
}

impl TypeInfo {
    /// A type of which nothing but its name in Rust is known.
    #[must_use]
    pub fn named<T: ?Sized>() -> Self {
        Self {
            name: type_name::<T>(),
            #[cfg(feature = "openrpc")]
            schema: None,
        }
    }

    /// A type that has a schema.
    #[cfg(feature = "openrpc")]
    #[must_use]
    pub fn with_schema<T: schemars::JsonSchema + ?Sized>() -> Self {
        Self { name: type_name::<T>(), schema: Some(|generator| generator.subschema_for::<T>()) }
    }

    #[cfg(feature = "openrpc")]
    pub(super) fn from_parts(
        name: &'static str,
        schema: fn(&mut schemars::SchemaGenerator) -> schemars::Schema,
    ) -> Self {
        Self { name, schema: Some(schema) }
    }

    #[cfg(not(feature = "openrpc"))]
    pub(super) fn from_name(name: &'static str) -> Self {
        Self { name }
    }

    /// Its name in Rust, with the path.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Its schema, whose definitions go into `generator`; `None` when the type has none.
    #[cfg(feature = "openrpc")]
    pub fn schema(&self, generator: &mut schemars::SchemaGenerator) -> Option<schemars::Schema> {
        self.schema.map(|schema| schema(generator))
    }
}

impl fmt::Debug for TypeInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TypeInfo({})", self.name)
    }
}

/// The [`TypeInfo`](crate::describe::TypeInfo) of a type: with its schema when the feature `openrpc` is on and the type
/// implements `schemars::JsonSchema`, else with its name only. Whether it does must be known where this is written, so
/// inside of generic code it finds a schema only where a bound says that there is one.
#[macro_export]
macro_rules! type_info {
    ($type:ty) => {{
        #[allow(unused_imports)]
        use $crate::describe::__private::{Named as _, Schemed as _};
        (&&$crate::describe::__private::Probe::<$type>::NEW).info()
    }};
}

/// How [`type_info!`](crate::type_info) finds out whether a type has a schema: of two methods with one name, the
/// compiler takes the one that needs fewer references.
#[doc(hidden)]
pub mod __private {
    use std::marker::PhantomData;

    use super::TypeInfo;

    #[derive(Debug)]
    pub struct Probe<T: ?Sized>(PhantomData<T>);

    impl<T: ?Sized> Probe<T> {
        pub const NEW: Self = Self(PhantomData);
    }

    pub trait Named {
        fn info(&self) -> TypeInfo;
    }

    impl<T: ?Sized> Named for Probe<T> {
        fn info(&self) -> TypeInfo {
            TypeInfo::named::<T>()
        }
    }

    #[cfg(feature = "openrpc")]
    pub trait Schemed {
        fn info(&self) -> TypeInfo;
    }

    #[cfg(feature = "openrpc")]
    impl<T: schemars::JsonSchema + ?Sized> Schemed for &Probe<T> {
        fn info(&self) -> TypeInfo {
            TypeInfo::with_schema::<T>()
        }
    }

    #[cfg(not(feature = "openrpc"))]
    pub trait Schemed {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_summary_is_the_first_paragraph() {
        assert_eq!(Description::new("\n Adds\n two numbers.\n\n More.").summary(), "Adds two numbers.");
        assert_eq!(Description::default().summary(), "");
    }

    #[test]
    fn a_type_without_a_schema_has_a_name() {
        struct Plain;
        let info = type_info!(Plain);
        assert!(info.name().ends_with("Plain"), "{info:?}");
        #[cfg(feature = "openrpc")]
        assert!(info.schema(&mut schemars::SchemaGenerator::default()).is_none());
    }

    #[cfg(feature = "openrpc")]
    #[test]
    fn a_type_with_a_schema_has_it() {
        let schema = type_info!(Vec<u8>).schema(&mut schemars::SchemaGenerator::default()).unwrap();
        assert_eq!(schema.get("type").and_then(|kind| kind.as_str()), Some("array"));
    }
}
