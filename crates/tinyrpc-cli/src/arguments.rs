//! Makes the arguments of a call from those of the command line.

use bytes::Bytes;
use tinyrpc::Payload;
use tinyrpc::codec::Json;

use crate::exit::Failure;
use crate::json;

/// One argument as it was typed.
enum Argument<'a> {
    Positional(String),
    Named(&'a str, String),
}

/// The arguments as one JSON array or object; `None` when there are none.
pub(crate) fn params(typed: &[String]) -> Result<Option<Payload>, Failure> {
    let mut positional = Vec::new();
    let mut named: Vec<(&str, String)> = Vec::new();
    for argument in typed {
        match parse(argument)? {
            Argument::Positional(value) => positional.push(value),
            Argument::Named(name, _) if named.iter().any(|(other, _)| *other == name) => {
                return Err(Failure::Usage(format!("the argument `{name}` is given twice")));
            }
            Argument::Named(name, value) => named.push((name, value)),
        }
    }
    match (positional.is_empty(), named.is_empty()) {
        (true, true) => Ok(None),
        (false, true) => Ok(Some(payload(format!("[{}]", positional.join(","))))),
        (true, false) => {
            let members: Vec<_> = named.iter().map(|(name, value)| format!("{}:{value}", json::string(name))).collect();
            Ok(Some(payload(format!("{{{}}}", members.join(",")))))
        }
        (false, false) => Err(Failure::Usage(format!(
            "positional and named arguments cannot be mixed: `{}` makes an argument named `{}`; \
             quote it as JSON (\"…\") if it is meant as text",
            typed.iter().find(|typed| split_name(typed).is_some()).map_or("", String::as_str),
            named[0].0
        ))),
    }
}

/// Wraps JSON text that is known to be valid.
pub(crate) fn payload(json: String) -> Payload {
    Payload::new(Bytes::from(json), &Json)
}

fn parse(argument: &str) -> Result<Argument<'_>, Failure> {
    match split_name(argument) {
        Some((name, Value::Json(text))) => match json::value(text) {
            Some(value) => Ok(Argument::Named(name, json::compact(value))),
            None => Err(Failure::Usage(format!("`{argument}`: {text:?} is not JSON; for text write `{name}={text}`"))),
        },
        Some((name, Value::Text(text))) => Ok(Argument::Named(name, json::string(text))),
        None => Ok(Argument::Positional(match json::value(argument) {
            Some(value) => json::compact(value),
            None => json::string(argument),
        })),
    }
}

enum Value<'a> {
    Text(&'a str),
    Json(&'a str),
}

/// The parts of `NAME=TEXT` or `NAME:=JSON`.
fn split_name(argument: &str) -> Option<(&str, Value<'_>)> {
    let end = argument.find(|next: char| !(next.is_alphanumeric() || matches!(next, '_' | '-' | '.')))?;
    let (name, rest) = argument.split_at(end);
    if !name.starts_with(|first: char| first.is_alphabetic() || first == '_') {
        return None;
    }
    match rest.strip_prefix(":=") {
        Some(json) => Some((name, Value::Json(json))),
        None => rest.strip_prefix('=').map(|text| (name, Value::Text(text))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn params_of(typed: &[&str]) -> Result<String, String> {
        let typed: Vec<_> = typed.iter().map(|typed| (*typed).to_owned()).collect();
        match params(&typed) {
            Ok(Some(payload)) => Ok(String::from_utf8(payload.raw().to_vec()).unwrap()),
            Ok(None) => Ok(String::new()),
            Err(Failure::Usage(why)) => Err(why),
            Err(_) => panic!("not a usage error"),
        }
    }

    #[track_caller]
    fn check(typed: &[&str], expected: &str) {
        assert_eq!(params_of(typed).as_deref(), Ok(expected));
    }

    #[test]
    fn json_is_json_and_the_rest_is_text() {
        check(&[], "");
        check(
            &["1", "-5", "1.0", "true", "null", "hello", "two words", ""],
            r#"[1,-5,1.0,true,null,"hello","two words",""]"#,
        );
        check(&[r#"{"a": [1, 2]}"#, "[1,", "007", "NaN"], r#"[{"a":[1,2]},"[1,","007","NaN"]"#);
        check(&[r#""a=b""#, r#""5""#], r#"["a=b","5"]"#);
        check(
            &["1==2", "http://x/?a=b", "=", "5=5", "grüße \"\n"],
            r#"["1==2","http://x/?a=b","=","5=5","grüße \"\n"]"#,
        );
    }

    #[test]
    fn numbers_keep_their_digits() {
        check(
            &["123456789012345678901234567890", "1e400", "-0", "1.10"],
            "[123456789012345678901234567890,1e400,-0,1.10]",
        );
        check(&["n:=0.10000000000000000000001"], r#"{"n":0.10000000000000000000001}"#);
    }

    #[test]
    fn names_take_text_or_json() {
        check(&["a=1", "b:=1", "c=", "d:=\n[ ]"], r#"{"a":"1","b":1,"c":"","d":[]}"#);
        check(&["größe.x-1=a=b:=c"], r#"{"größe.x-1":"a=b:=c"}"#);
        check(&["_=:=1"], r#"{"_":":=1"}"#);
    }

    #[test]
    fn what_is_unclear_is_refused() {
        for typed in [&["a=1", "a=2"][..], &["1", "a=2"], &["a=2", "1"], &["a:=x"], &["a:="]] {
            assert!(params_of(typed).is_err(), "{typed:?}");
        }
        assert!(params_of(&["x", "user=bob"]).unwrap_err().contains("cannot be mixed"));
    }
}
