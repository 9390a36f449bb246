//! Reads the calls of a batch.

use serde::Deserialize;
use serde_json::value::RawValue;
use tinyrpc::Payload;

use crate::arguments::payload;
use crate::exit::Failure;
use crate::json;

/// One call, or a notification.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) method: String,
    pub(super) params: Option<Payload>,
    pub(super) notify: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Object<'j> {
    method: String,
    #[serde(borrow)]
    params: Option<&'j RawValue>,
    #[serde(default)]
    notify: bool,
}

/// The calls that `text` holds: JSON values one after the other, each a call or an array of calls.
pub(super) fn parse(text: &str) -> Result<Vec<Entry>, Failure> {
    let mut entries = Vec::new();
    for value in serde_json::Deserializer::from_str(text).into_iter::<&RawValue>() {
        let value = value.map_err(|error| Failure::Usage(format!("the calls are not JSON: {error}")))?.get();
        match list(value) {
            Some(list) => {
                for value in list {
                    entries.push(entry(value.get())?);
                }
            }
            None => entries.push(entry(value)?),
        }
    }
    Ok(entries)
}

/// The elements of an array that is no call itself: one that does not start with a method's name.
fn list(value: &str) -> Option<Vec<&RawValue>> {
    let items: Vec<&RawValue> = serde_json::from_str(value).ok()?;
    let is_call = items.first().is_some_and(|first| first.get().starts_with('"'));
    (!is_call).then_some(items)
}

fn entry(value: &str) -> Result<Entry, Failure> {
    let wrong = |why: &str| {
        let start: String = value.chars().take(60).collect();
        Failure::Usage(format!("this is no call: {start}: {why}"))
    };
    if value.starts_with('[') {
        let items: Vec<&RawValue> = serde_json::from_str(value).map_err(|error| wrong(&error.to_string()))?;
        let Some((method, params)) = items.split_first() else { return Err(wrong("the method is missing")) };
        let method = serde_json::from_str(method.get()).map_err(|_| wrong("it must start with the method's name"))?;
        let params: Vec<_> = params.iter().map(|value| json::compact(value.get())).collect();
        let params = (!params.is_empty()).then(|| payload(format!("[{}]", params.join(","))));
        return Ok(Entry { method, params, notify: false });
    }
    let Object { method, params, notify } = serde_json::from_str(value).map_err(|error| wrong(&explain(&error)))?;
    let params = match params.map(RawValue::get) {
        None => None,
        Some(params) if params.starts_with(['[', '{']) => Some(payload(json::compact(params))),
        Some(_) => return Err(wrong("`params` must be an array or an object")),
    };
    Ok(Entry { method, params, notify })
}

/// The error without its place, which is one within the entry.
fn explain(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.split(" at line ").next().unwrap_or(&text).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> Result<Vec<String>, String> {
        let show = |entry: &Entry| {
            let params = entry
                .params
                .as_ref()
                .map_or(String::new(), |params| String::from_utf8_lossy(params.raw()).into_owned());
            format!("{}{}{params}", if entry.notify { "!" } else { "" }, entry.method)
        };
        match parse(text) {
            Ok(entries) => Ok(entries.iter().map(show).collect()),
            Err(Failure::Usage(why)) => Err(why),
            Err(other) => panic!("{other:?}"),
        }
    }

    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        assert_eq!(shown(text).unwrap(), expected);
    }

    #[test]
    fn every_form_of_a_call_is_read() {
        check("", &[]);
        check("\n\n", &[]);
        check("[]", &[]);
        check(
            "{\"method\":\"a\"}\n{\"method\":\"b\",\"params\":{\"x\": 1e400},\"notify\":true}\n",
            &["a", "!b{\"x\":1e400}"],
        );
        check("[\"add\", 1, 20000000000000000000000]\r\n[\"data\"]", &["add[1,20000000000000000000000]", "data"]);
        check("[[\"add\",1], {\"method\":\"a\",\"params\":null}]", &["add[1]", "a"]);
        check("[\n  {\"method\": \"a\",\n   \"params\": [\n1]}\n]", &["a[1]"]);
    }

    #[test]
    fn what_is_no_call_is_named() {
        for text in [
            "nonsense",
            "[\"a\"] x",
            "1",
            "\"add\"",
            "[1]",
            "[[]]",
            "{}",
            "{\"method\":1}",
            "[[1,2]]",
            "{\"method\":\"a\",\"params\":3}",
        ] {
            assert!(shown(text).is_err(), "{text}");
        }
        assert!(shown("{\"method\":\"a\",\"parms\":[]}").unwrap_err().contains("parms"));
    }
}
