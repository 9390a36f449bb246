//! The [`TypeInfo`](super::describe::TypeInfo) of objects that have no Rust type of their own, such as the data of an error.

#[cfg(feature = "openrpc")]
pub use schemars::{Schema, SchemaGenerator};

use super::describe::TypeInfo;

/// The [`TypeInfo`](crate::describe::TypeInfo) of an object with these members, which has a schema where the feature
/// `openrpc` is on; a member whose type has none may then be anything.
///
/// ```
/// let info = tinyrpc_core::object_info!("NoFunds", { "needed": u64, "account": String });
/// assert_eq!(info.name(), "NoFunds");
/// ```
#[cfg(feature = "openrpc")]
#[macro_export]
macro_rules! object_info {
    ($name:expr, { $($member:literal : $type:ty),* $(,)? }) => {
        $crate::dispatch::object_info::info($name, |generator: &mut $crate::dispatch::object_info::SchemaGenerator| {
            $crate::dispatch::object_info::object(generator, &[$(($member, $crate::type_info!($type))),*])
        })
    };
}

/// The [`TypeInfo`](crate::describe::TypeInfo) of an object with these members, which has a schema where the feature
/// `openrpc` is on; a member whose type has none may then be anything.
#[cfg(not(feature = "openrpc"))]
#[macro_export]
macro_rules! object_info {
    ($name:expr, { $($member:literal : $type:ty),* $(,)? }) => {
        $crate::dispatch::object_info::info($name)
    };
}

/// An object's name, and what makes its schema.
#[cfg(feature = "openrpc")]
#[must_use]
pub fn info(name: &'static str, schema: fn(&mut SchemaGenerator) -> Schema) -> TypeInfo {
    TypeInfo::from_parts(name, schema)
}

/// An object's name.
#[cfg(not(feature = "openrpc"))]
#[must_use]
pub fn info(name: &'static str) -> TypeInfo {
    TypeInfo::from_name(name)
}

/// The schema of an object with these members, all of them required.
#[cfg(feature = "openrpc")]
pub fn object(generator: &mut SchemaGenerator, members: &[(&str, TypeInfo)]) -> Schema {
    let mut whole = schemars::json_schema!({ "type": "object", "properties": {}, "required": [] });
    for (name, info) in members {
        let schema = info.schema(generator).unwrap_or_default();
        if let Some(properties) = whole.pointer_mut("/properties").and_then(|value| value.as_object_mut()) {
            properties.insert((*name).to_owned(), schema.into());
        }
        if let Some(required) = whole.pointer_mut("/required").and_then(|value| value.as_array_mut()) {
            required.push((*name).into());
        }
    }
    whole
}

#[cfg(all(test, feature = "openrpc"))]
mod tests {
    #[test]
    fn the_schema_holds_the_members() {
        let info = object_info!("NoFunds", { "needed": u64 });
        let schema = info.schema(&mut schemars::SchemaGenerator::default()).unwrap();
        assert_eq!(schema.get("required"), Some(&serde_json::json!(["needed"])));
        assert_eq!(schema.pointer("/properties/needed/type"), Some(&serde_json::json!("integer")));
    }
}
