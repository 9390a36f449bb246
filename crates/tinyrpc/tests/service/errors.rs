//! Errors of an application's own.

use std::fmt;

use serde::{Deserialize, Serialize};
use tinyrpc::{MethodError, RpcError, TypedError};

#[derive(Clone, Debug, PartialEq, RpcError)]
#[rpc(code = NOT_FOUND, message = "nothing called {name} {{here}}")]
struct NotFound {
    name: String,
}

const NOT_FOUND: i64 = 404;

#[derive(Clone, Debug, PartialEq, RpcError)]
enum Outer<T>
where
    T: Clone + fmt::Debug + Serialize + for<'de> Deserialize<'de> + Send + Sync + 'static,
{
    #[rpc(transparent)]
    NotFound(NotFound),
    #[rpc(code = 1, message = "{0:?} of {1}")]
    Range(T, u8),
    #[rpc(code = -5, message = "{what:?}")]
    Named { what: T, r#type: Option<bool> },
}

#[derive(Debug, PartialEq, RpcError)]
#[rpc(display = false)]
enum Shown {
    #[rpc(code = 3)]
    One(u8),
    #[rpc(code = 4, message = "on the wire")]
    Two,
}

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "displayed {self:?}")
    }
}

fn there_and_back<E: TypedError>(error: &E) -> (RpcError, Option<E>) {
    let travelled = error.to_rpc_error();
    let back = E::from_rpc_error(&travelled);
    (travelled, back)
}

#[test]
fn a_struct_is_one_error() {
    let error = NotFound { name: "x".to_owned() };
    let (travelled, back) = there_and_back(&error);
    assert_eq!((travelled.code(), travelled.message()), (404, "nothing called x {here}"));
    assert_eq!(back.as_ref(), Some(&error));
    assert_eq!(error.to_string(), "nothing called x {here}");
}

#[test]
fn a_transparent_variant_travels_as_what_it_holds() {
    let error = Outer::<u8>::NotFound(NotFound { name: "x".to_owned() });
    let (travelled, back) = there_and_back(&error);
    assert_eq!(travelled.code(), 404);
    assert_eq!(back, Some(error));
    let codes: Vec<_> = Outer::<u8>::describe().iter().map(|info| info.code).collect();
    assert_eq!(codes, [404, 1, -5]);
}

#[test]
fn fields_of_generic_types_travel() {
    for error in [
        Outer::Range(vec![1, 2], 3),
        Outer::Named { what: vec![], r#type: Some(true) },
        Outer::Named { what: vec![7], r#type: None },
    ] {
        let (travelled, back) = there_and_back(&error);
        assert_eq!(back, Some(error));
        assert!(!travelled.message().is_empty());
    }
    let named = Outer::Named { what: 1, r#type: None }.to_rpc_error();
    assert_eq!(named.data::<serde_json::Value>().unwrap().unwrap(), serde_json::json!({"what": 1, "type": null}));
    let range = Outer::Range(1, 2).to_rpc_error();
    assert_eq!(range.data::<serde_json::Value>().unwrap().unwrap(), serde_json::json!([1, 2]));
}

#[test]
fn display_can_be_ones_own() {
    let (travelled, back) = there_and_back(&Shown::One(1));
    assert_eq!(travelled.message(), "displayed One(1)");
    assert_eq!(back, Some(Shown::One(1)));
    assert_eq!(Shown::Two.to_rpc_error().message(), "on the wire");
    assert_eq!(Shown::Two.to_string(), "displayed Two");
}

#[test]
fn what_does_not_fit_is_not_taken() {
    assert_eq!(Shown::from_rpc_error(&RpcError::new(3, "no data")), None);
    assert_eq!(Shown::from_rpc_error(&RpcError::new(3, "wrong data").with_data("x")), None);
    assert_eq!(Shown::from_rpc_error(&RpcError::new(5, "another code")), None);
    // More than is known is no harm: the other side may be newer.
    let newer = RpcError::new(404, "").with_data(serde_json::json!({"name": "x", "since": 1}));
    assert_eq!(NotFound::from_rpc_error(&newer), Some(NotFound { name: "x".to_owned() }));
}

#[test]
fn errors_of_the_dispatcher_are_not_the_methods() {
    for error in [RpcError::method_not_found(), RpcError::invalid_params("x"), RpcError::new(-32603, "Internal error")]
    {
        assert!(<RpcError as MethodError>::from_remote(&error).is_none());
    }
    assert!(<RpcError as MethodError>::from_remote(&RpcError::application("x")).is_some());
    assert_eq!(<String as MethodError>::from_remote(&RpcError::application("x")).as_deref(), Some("x"));
    assert!(<String as MethodError>::from_remote(&RpcError::application("x").with_data(1)).is_none());
}

#[cfg(feature = "openrpc")]
#[test]
fn data_with_names_has_a_schema() {
    let infos = NotFound::describe();
    let schema = infos[0].data.unwrap().schema(&mut Default::default()).unwrap();
    assert_eq!(schema.pointer("/properties/name/type").and_then(|kind| kind.as_str()), Some("string"));
}
