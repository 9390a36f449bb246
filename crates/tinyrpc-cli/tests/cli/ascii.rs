//! `--ascii`, for servers that take characters for bytes.

use crate::support::{Demo, tinyrpc, tinyrpc_reading};

const ESCAPED: &str = r#""params":["Gr\u00fc\u00dfe, 100 \u0025 \ud83e\udd80"]"#;
const TEXT: &str = "Grüße, 100 % 🦀";

#[test]
fn nothing_beyond_ascii_is_sent() {
    let (_demo, url) = Demo::start(&[]);
    let (_old, old) = Demo::start(&["--protocol", "jsonrpc1"]);
    for (url, more) in [
        (&url, &[][..]),
        (&url, &["--protocol", "jsonrpc"]),
        (&old, &["--protocol", "jsonrpc1"]),
        (&url, &["--header", "X-A: b"]),
    ] {
        let call = tinyrpc(&[&["call", url, "echo", TEXT, "--raw", "--ascii", "-v"], more].concat());
        assert_eq!((call.status, &*call.stdout), (Some(0), &*format!("{TEXT}\n")), "{call:?}");
        assert!(call.stderr.contains(ESCAPED), "{}", call.stderr);
        let notify = tinyrpc(&[&["notify", url, "update", TEXT, "--ascii", "-v"], more].concat());
        assert_eq!(notify.status, Some(0));
        assert!(notify.stderr.contains(ESCAPED) && notify.stderr.is_ascii(), "{}", notify.stderr);
    }
    let input = format!(
        "[\"reverse_string\", \"{TEXT}\"]\n{{\"method\": \"update\", \"params\": [\"ü\"], \"notify\": true}}\n"
    );
    let batch = tinyrpc_reading(&input, &["batch", &url, "--ascii", "-v"]);
    assert_eq!((batch.status, &*batch.stdout), (Some(0), "{\"result\":\"🦀 % 001 ,eßürG\"}\n"));
    assert!(batch.stderr.contains(ESCAPED) && batch.stderr.contains(r#""params":["\u00fc"]"#), "{}", batch.stderr);
    // A name is text as well.
    let unknown = tinyrpc(&["call", &url, "müde", "--ascii", "-v"]);
    assert!(unknown.status == Some(1) && unknown.stderr.contains(r#""method":"m\u00fcde""#), "{unknown:?}");
}

#[test]
fn without_it_text_goes_as_it_is() {
    let (_demo, url) = Demo::start(&[]);
    let call = tinyrpc(&["call", &url, "echo", TEXT, "--raw", "-v"]);
    assert!(call.stderr.contains(&format!(r#""params":["{TEXT}"]"#)), "{}", call.stderr);
}

#[test]
fn message_pack_has_no_such_form() {
    tinyrpc(&["call", "http://127.0.0.1:1/", "x", "--ascii", "--protocol", "msgpack"]).failed(2, "msgpack is no JSON");
    tinyrpc(&["call", "http://127.0.0.1:1/?protocol=msgpack", "x", "--ascii"]).failed(2, "msgpack is no JSON");
}
