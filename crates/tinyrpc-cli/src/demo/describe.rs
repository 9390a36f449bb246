//! What the methods of the sample service say about themselves.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::Value;
use tinyrpc::describe::{Description, Example, Param};
use tinyrpc::dispatch::RegisterError;
use tinyrpc::{Dispatcher, type_info};

use super::User;
use super::integer::Integer;

/// Describes all methods.
pub(super) fn describe(dispatcher: &mut Dispatcher) -> Result<(), RegisterError> {
    let integer = |name: &'static str| Param::new(name, type_info!(Integer));
    let text = |name: &'static str| Param::new(name, type_info!(String));
    let sum = "Fails when the result does not fit in 64 bits.";
    let notified = "Is remembered for `received`.";
    for (name, description) in [
        (
            "echo",
            Description::new("Gives back its argument, unchanged.")
                .with_param(Param::new("value", type_info!(Value)))
                .with_result(type_info!(Value)),
        ),
        (
            "fail",
            Description::new("Fails with the error that it is told.")
                .with_param(Param::new("code", type_info!(i64)))
                .with_param(text("message"))
                .with_param(Param::new("data", type_info!(Value)).with_docs("Goes with the error.").with_default())
                .with_result(type_info!(())),
        ),
        (
            "reverse_string",
            Description::new("Gives the text backwards.")
                .with_param(text("s"))
                .with_result(type_info!(String))
                .with_example(Example::new("a word", r#"["Hello"]"#, r#""olleH""#)),
        ),
        (
            "add",
            Description::new(format!("Adds two integers.\n\n{sum}"))
                .with_param(integer("a"))
                .with_param(integer("b"))
                .with_result(type_info!(Integer))
                .with_example(Example::new("by position", "[1, 2]", "3")),
        ),
        (
            "subtract",
            Description::new(format!("Subtracts one integer from another.\n\n{sum}"))
                .with_param(integer("minuend").with_docs("What is subtracted from."))
                .with_param(integer("subtrahend").with_docs("What is subtracted."))
                .with_result(type_info!(Integer))
                .with_example(Example::new("by name", r#"{"minuend": 42, "subtrahend": 23}"#, "19")),
        ),
        (
            "sum",
            Description::new(format!("Adds any number of integers.\n\n{sum}"))
                .with_result(type_info!(Integer))
                .with_example(Example::new("four of them", "[1, 2, 3, 4]", "10")),
        ),
        (
            "get_data",
            Description::new("Gives a word and a number.")
                .with_known_params()
                .with_result(type_info!((String, i64)))
                .with_example(Example::new("always", "[]", r#"["hello", 5]"#)),
        ),
        (
            "sleep",
            Description::new("Takes its time.")
                .with_param(Param::new("ms", type_info!(u64)).with_docs("How long, in milliseconds; at most 60,000."))
                .with_result(type_info!(())),
        ),
        ("update", Description::new(notified).with_notification()),
        ("notify_hello", Description::new(notified).with_notification()),
        ("notify_sum", Description::new(notified).with_notification()),
        (
            "received",
            Description::new("Lists the newest notifications that ran, each as its method and its arguments.")
                .with_known_params()
                .with_result(type_info!(Vec<(String, Value)>)),
        ),
        (
            "subscribe_ticks",
            Description::new("Subscribes to 0, 1, 2 and so on. Gives the id that the items carry; needs a link.")
                .with_param(Param::new("interval_ms", type_info!(u64)).with_docs("Between two; at most 60,000."))
                .with_param(Param::new("count", type_info!(u64)).with_docs("How many; else no end.").with_default())
                .with_result(type_info!(Value)),
        ),
        (
            "unsubscribe_ticks",
            Description::new("Ends a subscription. Tells whether there was one.")
                .with_param(Param::new("subscription", type_info!(Value)).with_docs("Its id."))
                .with_result(type_info!(bool)),
        ),
        (
            "site.get_user_info",
            Description::new("Gives what is known of a user.").with_param(text("user")).with_result(type_info!(User)),
        ),
    ] {
        dispatcher.describe(name, description)?;
    }
    Ok(())
}

impl JsonSchema for Integer {
    fn schema_name() -> Cow<'static, str> {
        "Integer".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "integer", "minimum": i64::MIN, "maximum": u64::MAX })
    }
}
