//! Prints results to standard output and everything else to standard error.

use std::fmt::Write as _;
use std::io::{self, IsTerminal as _, Write as _};

use tinyrpc::codec::Json;
use tinyrpc::{Payload, RpcError};

use crate::args::Layout;
use crate::exit::Failure;
use crate::{json, signs};

/// Prints a line to standard output, at once.
///
/// Nobody reading any more is no error: the work is done.
pub(crate) fn print(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.write_all(b"\n")).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            complain(&format!("cannot write to standard output: {error}"));
            Err(Failure::Reported)
        }
        _ => Ok(()),
    }
}

/// Prints a line to standard error. What the other side has said in it cannot steer the terminal.
pub(crate) fn complain(text: &str) {
    // If standard error is gone, there is nowhere left to say so.
    let _ = writeln!(io::stderr(), "tinyrpc: {}", signs::lines(text));
}

/// Says why a command failed.
pub(crate) fn report(failure: &Failure) {
    match failure {
        Failure::Remote(error) => {
            let _ = writeln!(io::stderr(), "{}", error_json(error));
        }
        Failure::Reported | Failure::Stopped => {}
        Failure::Usage(what) => complain(&format!("{what}\nTry 'tinyrpc --help'.")),
        Failure::NoConnection(what) | Failure::BrokenProtocol(what) => complain(what),
    }
}

/// A result as the user wants it laid out.
pub(crate) fn layout(json: &str, layout: Layout) -> String {
    let pretty = layout.pretty || (!layout.compact && io::stdout().is_terminal());
    match serde_json::from_str::<String>(json) {
        Ok(text) if layout.raw => text,
        _ if pretty => shown(json::pretty(json)),
        _ => shown(json::compact(json)),
    }
}

/// JSON for standard output: as it is, but on a terminal with what would steer it escaped.
pub(crate) fn shown(json: String) -> String {
    match io::stdout().is_terminal() {
        true => signs::json(&json).into_owned(),
        false => json,
    }
}

/// A value as JSON text.
pub(crate) fn json_text(payload: &Payload) -> Result<String, Failure> {
    let mut raw = Vec::new();
    payload
        .encode_as(&Json, &mut raw)
        .map_err(|error| Failure::BrokenProtocol(format!("the value cannot be shown as JSON: {error}")))?;
    String::from_utf8(raw).map_err(|error| Failure::BrokenProtocol(format!("the value is not UTF-8: {error}")))
}

/// An error that the other side returned, as a JSON object on one line, without what would steer a terminal.
pub(crate) fn error_json(error: &RpcError) -> String {
    let mut text = format!(r#"{{"code":{},"message":{}"#, error.code(), json::string(error.message()));
    let mut data = Vec::new();
    // Data that JSON cannot hold is left out, as a protocol would.
    if error.encode_data(&Json, &mut data).is_ok()
        && let Ok(data) = String::from_utf8(data)
        && !data.is_empty()
    {
        let _ = write!(text, r#","data":{}"#, json::compact(&data));
    }
    if let Some(Ok(raw)) = error.raw().map(json_text) {
        let _ = write!(text, r#","raw":{}"#, json::compact(&raw));
    }
    text.push('}');
    signs::json(&text).into_owned()
}

#[cfg(test)]
mod tests {
    use tinyrpc::codec::MessagePack;

    use super::*;

    #[track_caller]
    fn check(raw: &'static [u8], expected: &str) {
        assert_eq!(json_text(&Payload::new(raw.into(), &MessagePack)).unwrap(), expected);
    }

    #[test]
    fn messagepack_values_have_a_form_in_json() {
        check(b"\xc0", "null");
        check(b"\xcf\xff\xff\xff\xff\xff\xff\xff\xff", "18446744073709551615");
        check(b"\xc4\x02\x00\xff", "[0,255]");
        check(b"\xd5\x05xy", "[5,[120,121]]");
        check(b"\xcb\x7f\xf8\x00\x00\x00\x00\x00\x00", "null");
        check(b"\xca\x3d\xcc\xcc\xcd", "0.1");
        check(b"\x81\x01\xa1a", r#"{"1":"a"}"#);
        check(b"\xa2\xff\xfe", "[255,254]");
        check(b"\x92\xc4\x01\x80\x81\xa1a\xc4\x00", r#"[[128],{"a":[]}]"#);
    }

    #[test]
    fn what_has_no_form_in_json_is_an_error() {
        let array_as_key = Payload::new(b"\x81\x91\x01\x02".as_slice().into(), &MessagePack);
        assert!(matches!(json_text(&array_as_key), Err(Failure::BrokenProtocol(_))));
    }
}
