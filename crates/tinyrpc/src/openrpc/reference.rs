//! References to components, and how they are followed.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use super::document::{Components, Document, Tag};
use super::method::{ContentDescriptor, ErrorObject, Example, ExamplePairing, Link, Method};

/// The longest chain of references that is followed.
const LONGEST_CHAIN: usize = 32;

/// A part of a document, or a reference to it (OpenRPC 1.3, "Reference Object").
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
#[non_exhaustive]
pub enum OrRef<T> {
    /// A reference, such as `#/components/errors/NoFunds`.
    Ref {
        /// Where it leads.
        #[serde(rename = "$ref")]
        reference: String,
    },
    /// The part itself.
    Item(T),
}

impl<T> From<T> for OrRef<T> {
    fn from(item: T) -> Self {
        Self::Item(item)
    }
}

impl<'de, T: DeserializeOwned> Deserialize<'de> for OrRef<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // Not derived: an untagged enum could not say what is wrong with the part.
        let value = Value::deserialize(deserializer)?;
        match value.get("$ref") {
            Some(Value::String(reference)) => Ok(Self::Ref { reference: reference.clone() }),
            Some(_) => Err(D::Error::custom("`$ref` is no string")),
            None => serde_path_to_error::deserialize(value).map(Self::Item).map_err(D::Error::custom),
        }
    }
}

/// A part that can stand in `components`.
pub trait Component: Sized {
    /// The name of its kind there.
    const KIND: &'static str;

    /// Those of its kind.
    fn all(components: &Components) -> &BTreeMap<String, OrRef<Self>>;
}

macro_rules! components {
    ($($type:ty, $field:ident, $kind:literal;)*) => {$(
        impl Component for $type {
            const KIND: &'static str = $kind;

            fn all(components: &Components) -> &BTreeMap<String, OrRef<Self>> {
                &components.$field
            }
        }
    )*};
}

components! {
    ContentDescriptor, content_descriptors, "contentDescriptors";
    ErrorObject, errors, "errors";
    Example, examples, "examples";
    ExamplePairing, example_pairings, "examplePairings";
    Link, links, "links";
    Tag, tags, "tags";
}

impl Document {
    /// The part itself, wherever it stands.
    ///
    /// # Errors
    /// When the reference leads outside the document's components, nowhere, or back to itself.
    pub fn resolve<'d, T: Component>(&'d self, mut part: &'d OrRef<T>) -> Result<&'d T, ResolveError> {
        for _ in 0..LONGEST_CHAIN {
            let reference = match part {
                OrRef::Item(item) => return Ok(item),
                OrRef::Ref { reference } => reference,
            };
            let name = component_name(reference, T::KIND)
                .ok_or_else(|| ResolveError::new(reference, format!("does not lead to #/components/{}", T::KIND)))?;
            part = T::all(&self.components)
                .get(&name)
                .ok_or_else(|| ResolveError::new(reference, "leads nowhere".to_owned()))?;
        }
        let reference = match part {
            OrRef::Ref { reference } => reference,
            OrRef::Item(_) => "a reference",
        };
        Err(ResolveError::new(
            reference,
            format!("is one of more than {LONGEST_CHAIN} references in a chain or circle"),
        ))
    }

    /// The method at `index` in the document's list, which may be a reference only to leave the document.
    ///
    /// # Errors
    /// When it is such a reference, or there is no method at `index`.
    pub fn resolve_method(&self, index: usize) -> Result<&Method, ResolveError> {
        match self.methods.get(index) {
            Some(OrRef::Item(method)) => Ok(method),
            Some(OrRef::Ref { reference }) => Err(ResolveError::new(reference, "leads out of the document".to_owned())),
            None => Err(ResolveError::new(&format!("#/methods/{index}"), "leads nowhere".to_owned())),
        }
    }

    /// The schema that a reference such as `#/components/schemas/Account` leads to, or a part of one, such as
    /// `#/components/schemas/Account/properties/owner`. What is found may be a reference again.
    ///
    /// # Errors
    /// When the reference leads nowhere, or outside of the document's schemas.
    pub fn schema(&self, reference: &str) -> Result<&Value, ResolveError> {
        let Some(path) = reference.strip_prefix("#/components/schemas/") else {
            return Err(ResolveError::new(reference, "does not lead to #/components/schemas".to_owned()));
        };
        let (name, rest) = path.split_once('/').map_or((path, ""), |(name, rest)| (name, rest));
        let mut found = self.components.schemas.get(&unescape(name));
        for step in rest.split('/').filter(|_| !rest.is_empty()) {
            let step = unescape(step);
            found = found.and_then(|value| match value {
                Value::Object(members) => members.get(&step),
                Value::Array(items) => items.get(step.parse::<usize>().ok()?),
                _ => None,
            });
        }
        found.ok_or_else(|| ResolveError::new(reference, "leads nowhere".to_owned()))
    }
}

/// The name that a reference has after `#/components/KIND/`.
fn component_name(reference: &str, kind: &str) -> Option<String> {
    let name = reference.strip_prefix("#/components/")?.strip_prefix(kind)?.strip_prefix('/')?;
    (!name.contains('/')).then(|| unescape(name))
}

/// A step of a JSON pointer in a URL fragment: percent-encoding (RFC 6901 §6), then `~1` and `~0` (§4).
fn unescape(step: &str) -> String {
    let mut bytes = Vec::with_capacity(step.len());
    let mut rest = step.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        let hex = after.get(..2).and_then(|digits| std::str::from_utf8(digits).ok());
        match hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(byte) if first == b'%' => {
                bytes.push(byte);
                rest = &after[2..];
            }
            _ => {
                bytes.push(first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).replace("~1", "/").replace("~0", "~")
}

/// A reference cannot be followed. It displays which one, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResolveError {
    reference: String,
    why: String,
}

impl ResolveError {
    fn new(reference: &str, why: String) -> Self {
        Self { reference: reference.to_owned(), why }
    }
}

impl fmt::Display for ResolveError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} {}", self.reference, self.why)
    }
}

impl std::error::Error for ResolveError {}

#[cfg(test)]
mod tests {
    use super::super::Info;
    use super::*;

    #[test]
    fn references_are_followed_to_their_end() {
        let mut document = Document::new(Info::new("t", "1"));
        let to = |name: &str| OrRef::<Tag>::Ref { reference: format!("#/components/tags/{name}") };
        document.components.tags.insert("a/b".to_owned(), Tag::new("found").into());
        document.components.tags.insert("first".to_owned(), to("a~1b"));
        document.components.tags.insert("circle".to_owned(), to("circle"));
        assert_eq!(document.resolve(&to("first")).unwrap().name, "found");
        assert_eq!(document.resolve(&to("a%7E1b")).unwrap().name, "found");
        assert!(document.resolve(&to("circle")).unwrap_err().to_string().contains("circle"));
        assert!(document.resolve(&to("none")).unwrap_err().to_string().contains("leads nowhere"));
        let elsewhere = OrRef::<Tag>::Ref { reference: "other.json#/components/tags/x".to_owned() };
        assert!(document.resolve(&elsewhere).is_err());
    }

    #[test]
    fn parts_of_schemas_are_found() {
        let mut document = Document::new(Info::new("t", "1"));
        let schema = serde_json::json!({"properties": {"a b": {"oneOf": [true, {"type": "null"}]}}});
        document.components.schemas.insert("S".to_owned(), schema);
        let found = document.schema("#/components/schemas/S/properties/a%20b/oneOf/1").unwrap();
        assert_eq!(found["type"], "null");
        assert!(document.schema("#/components/schemas/S/properties/%").is_err());
        assert!(document.schema("#/components/schemas/S/properties/a b/oneOf/9").is_err());
        assert!(document.schema("#/definitions/S").is_err());
    }
}
