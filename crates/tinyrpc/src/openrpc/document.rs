//! The OpenRPC document itself, and what stands at its top.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::method::{ContentDescriptor, ErrorObject, Example, ExamplePairing, Link, Method, Schema};
use super::reference::OrRef;

/// Members that the specification does not name, such as those that start with `x-`. They are kept.
pub type Extensions = BTreeMap<String, Value>;

/// A description of a service (OpenRPC 1.3, "OpenRPC Object").
///
/// Reading keeps what it does not know, so that writing gives it back. Fields are those of the specification.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Document {
    /// The version of OpenRPC, such as `1.3.2`.
    pub openrpc: String,
    /// What the service is.
    pub info: Info,
    /// Where more is written about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external_docs: Option<ExternalDocs>,
    /// Where it can be called.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub servers: Vec<Server>,
    /// Its methods.
    pub methods: Vec<OrRef<Method>>,
    /// What other parts of the document refer to.
    #[serde(default, skip_serializing_if = "Components::is_empty")]
    pub components: Components,
    /// What the specification does not name.
    #[serde(flatten)]
    pub extensions: Extensions,
}

impl Document {
    /// A document without methods, of the version that this module writes.
    #[must_use]
    pub fn new(info: Info) -> Self {
        Self {
            openrpc: "1.3.2".to_owned(),
            info,
            external_docs: None,
            servers: Vec::new(),
            methods: Vec::new(),
            components: Components::default(),
            extensions: Extensions::new(),
        }
    }

    /// Reads a document. Whether its references lead anywhere is seen when they are followed.
    ///
    /// # Errors
    /// When it is no JSON, is nested more than 128 deep, or is no OpenRPC document of version 1; the error says where.
    pub fn from_json(json: &str) -> Result<Self, ReadError> {
        let mut deserializer = serde_json::Deserializer::from_str(json);
        let value = Value::deserialize(&mut deserializer).and_then(|value| deserializer.end().map(|()| value));
        Self::from_value(value.map_err(|error| ReadError(format!("this is no JSON: {error}")))?)
    }

    /// Reads a document that is parsed already.
    ///
    /// # Errors
    /// When it is no OpenRPC document of version 1; the error says where.
    pub fn from_value(value: Value) -> Result<Self, ReadError> {
        match value.get("openrpc") {
            Some(Value::String(version)) if version.starts_with("1.") => {}
            Some(version) => return Err(ReadError(format!("openrpc: {version} is a version that is not known"))),
            None => return Err(ReadError("this is no OpenRPC document: it has no member `openrpc`".to_owned())),
        }
        serde_path_to_error::deserialize(value).map_err(|error| ReadError(error.to_string()))
    }
}

/// A text is no OpenRPC document. It displays where and why.
#[derive(Debug)]
pub struct ReadError(String);

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for ReadError {}

/// What a service is (OpenRPC 1.3, "Info Object").
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Info {
    /// Its name.
    pub title: String,
    /// The version of the service, not that of OpenRPC.
    pub version: String,
    /// What it is for, in Markdown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Where its terms are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub terms_of_service: Option<String>,
    /// Whom to ask.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact: Option<Contact>,
    /// Its licence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub license: Option<License>,
    /// What the specification does not name.
    #[serde(flatten)]
    pub extensions: Extensions,
}

impl Info {
    /// A service called `title` in this version.
    #[must_use]
    pub fn new(title: impl Into<String>, version: impl Into<String>) -> Self {
        Self { title: title.into(), version: version.into(), ..Self::default() }
    }

    /// Says what it is for, in Markdown.
    #[must_use]
    pub fn with_description(mut self, description: impl Into<String>) -> Self {
        self.description = Some(description.into());
        self
    }
}

/// Whom to ask about a service.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Contact {
    /// Their name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Their page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Their address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// What the specification does not name.
    #[serde(flatten)]
    pub extensions: Extensions,
}

/// The licence of a service.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct License {
    /// Its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Where it is written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// What the specification does not name.
    #[serde(flatten)]
    pub extensions: Extensions,
}

/// Where more is written.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ExternalDocs {
    /// What is there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Its address.
    pub url: String,
    /// What the specification does not name.
    #[serde(flatten)]
    pub extensions: Extensions,
}

/// Where a service can be called (OpenRPC 1.3, "Server Object").
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Server {
    /// Its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Its URL, which may have variables in braces.
    pub url: String,
    /// What it is, in short.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<String>,
    /// What it is, in Markdown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// What the specification does not name, and the variables.
    #[serde(flatten)]
    pub extensions: Extensions,
}

impl Server {
    /// A server at this URL.
    #[must_use]
    pub fn new(url: impl Into<String>) -> Self {
        Self { url: url.into(), ..Self::default() }
    }
}

/// A word that groups methods.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Tag {
    /// The word.
    pub name: String,
    /// What it is, in short.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<String>,
    /// What it stands for, in Markdown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// What the specification does not name, and `externalDocs`.
    #[serde(flatten)]
    pub extensions: Extensions,
}

impl Tag {
    /// A tag called `name`.
    #[must_use]
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), ..Self::default() }
    }
}

/// What references in a document lead to, by kind and name (OpenRPC 1.3, "Components Object").
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Components {
    /// Arguments and results.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub content_descriptors: BTreeMap<String, OrRef<ContentDescriptor>>,
    /// Schemas of values.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub schemas: BTreeMap<String, Schema>,
    /// Values in examples.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub examples: BTreeMap<String, OrRef<Example>>,
    /// Links between methods.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub links: BTreeMap<String, OrRef<Link>>,
    /// Errors.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub errors: BTreeMap<String, OrRef<ErrorObject>>,
    /// Examples of calls.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub example_pairings: BTreeMap<String, OrRef<ExamplePairing>>,
    /// Tags.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub tags: BTreeMap<String, OrRef<Tag>>,
    /// What the specification does not name.
    #[serde(flatten)]
    pub extensions: Extensions,
}

impl Components {
    /// Whether there is nothing in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}
