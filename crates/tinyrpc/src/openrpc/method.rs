//! A method as a document describes it: arguments, result, errors, examples.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::document::{Extensions, ExternalDocs, Server, Tag};
use super::reference::OrRef;

/// A JSON Schema (draft 7): an object, or `true` for any value.
pub type Schema = Value;

/// A method (OpenRPC 1.3, "Method Object").
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Method {
    /// The name it is called by.
    pub name: String,
    /// Words that group it with others.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<OrRef<Tag>>,
    /// What it does, in short.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<String>,
    /// What it does, in Markdown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Where more is written about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external_docs: Option<ExternalDocs>,
    /// Its arguments, in their order.
    pub params: Vec<OrRef<ContentDescriptor>>,
    /// What it returns; `None` for a method that is only notified.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub result: Option<OrRef<ContentDescriptor>>,
    /// Whether it should not be used any more.
    #[serde(default, skip_serializing_if = "is_false")]
    pub deprecated: bool,
    /// Where it is served, if not where the document says.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub servers: Vec<Server>,
    /// Errors of its own that it may return.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<OrRef<ErrorObject>>,
    /// Methods that go well with its result.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub links: Vec<OrRef<Link>>,
    /// How arguments are passed.
    #[serde(default, skip_serializing_if = "ParamStructure::is_either")]
    pub param_structure: ParamStructure,
    /// Calls of it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub examples: Vec<OrRef<ExamplePairing>>,
    /// Whether it takes any arguments, beyond those listed; an extension of tinyrpc's, as OpenRPC cannot say so.
    #[serde(default, rename = "x-any-params", skip_serializing_if = "AnyParams::is_no")]
    pub any_params: AnyParams,
    /// What the specification does not name.
    #[serde(flatten)]
    pub extensions: Extensions,
}

/// Whether a method takes any arguments. Only `true` counts; what other software may mean by a member of that name is kept.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AnyParams(Value);

impl AnyParams {
    pub(super) const YES: Self = Self(Value::Bool(true));

    /// Whether it does.
    #[must_use]
    pub fn is_yes(&self) -> bool {
        self.0 == Value::Bool(true)
    }

    fn is_no(&self) -> bool {
        self.0.is_null()
    }
}

fn is_false(value: &bool) -> bool {
    !value
}

/// How arguments are passed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum ParamStructure {
    /// By name or by position.
    #[default]
    Either,
    /// As an object.
    ByName,
    /// As an array.
    ByPosition,
}

impl ParamStructure {
    #[allow(clippy::trivially_copy_pass_by_ref)] // serde wants a reference
    fn is_either(&self) -> bool {
        *self == Self::Either
    }
}

/// An argument or a result (OpenRPC 1.3, "Content Descriptor Object").
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ContentDescriptor {
    /// Its name; for arguments the one on the wire.
    pub name: String,
    /// What it means, in short.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<String>,
    /// What it means, in Markdown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Whether calls must have it.
    #[serde(default, skip_serializing_if = "is_false")]
    pub required: bool,
    /// What values it has.
    pub schema: Schema,
    /// Whether it should not be used any more.
    #[serde(default, skip_serializing_if = "is_false")]
    pub deprecated: bool,
    /// What the specification does not name.
    #[serde(flatten)]
    pub extensions: Extensions,
}

impl ContentDescriptor {
    /// One of these values.
    #[must_use]
    pub fn new(name: impl Into<String>, schema: Schema) -> Self {
        Self { name: name.into(), schema, ..Self::default() }
    }
}

/// An error that a method may return (OpenRPC 1.3, "Error Object").
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ErrorObject {
    /// Its code.
    pub code: i64,
    /// Its message.
    pub message: String,
    /// More about it. The specification leaves open what: documents made here have the schema of the data there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<Value>,
    /// What the specification does not name.
    #[serde(flatten)]
    pub extensions: Extensions,
}

/// A call and its result (OpenRPC 1.3, "Example Pairing Object").
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ExamplePairing {
    /// What it shows.
    #[serde(default)]
    pub name: String,
    /// The same, in Markdown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The arguments.
    #[serde(default)]
    pub params: Vec<OrRef<Example>>,
    /// The result; none for a notification.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub result: Option<OrRef<Example>>,
    /// What the specification does not name.
    #[serde(flatten)]
    pub extensions: Extensions,
}

/// A value in an example (OpenRPC 1.3, "Example Object").
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Example {
    /// Its name; of an argument, that of the argument.
    #[serde(default)]
    pub name: String,
    /// What it shows, in short.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<String>,
    /// What it shows, in Markdown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The value.
    #[serde(default)]
    pub value: Value,
    /// What the specification does not name.
    #[serde(flatten)]
    pub extensions: Extensions,
}

impl Example {
    /// This value.
    #[must_use]
    pub fn new(name: impl Into<String>, value: Value) -> Self {
        Self { name: name.into(), value, ..Self::default() }
    }
}

/// How the result of one method leads to the arguments of another (OpenRPC 1.3, "Link Object").
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Link {
    /// Its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The method that it leads to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// What the specification names besides, and what it does not.
    #[serde(flatten)]
    pub extensions: Extensions,
}
