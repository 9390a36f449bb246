//! What the command says about itself.

use crate::support::tinyrpc;

#[test]
fn every_command_explains_itself_on_standard_output() {
    for arguments in [
        &["--help"][..],
        &["demo", "--help"],
        &["call", "--help"],
        &["notify", "--help"],
        &["batch", "--help"],
        &["discover", "--help"],
        &["generate", "--help"],
        &["subscribe", "--help"],
        &["cgi", "--help"],
        &["tour", "--help"],
    ] {
        let run = tinyrpc(arguments);
        assert_eq!((run.status, &*run.stderr), (Some(0), ""));
        assert!(run.stdout.contains("Usage: tinyrpc"), "{}", run.stdout);
        assert!(run.stdout.lines().all(|line| line.chars().count() <= 100), "{}", run.stdout);
    }
    assert!(tinyrpc(&["call", "--help"]).stdout.contains("NAME:=JSON"));
    tinyrpc(&["--version"]).gave(concat!("tinyrpc ", env!("CARGO_PKG_VERSION")));
}

#[test]
fn a_command_line_without_sense_is_status_2() {
    tinyrpc(&[]).failed(2, "Usage");
    tinyrpc(&["nonsense"]).failed(2, "nonsense");
    tinyrpc(&["call", "http://127.0.0.1:1/"]).failed(2, "METHOD");
    tinyrpc(&["call", "http://127.0.0.1:1/", "x", "1", "a=2"]).failed(2, "cannot be mixed");
    tinyrpc(&["call", "http://127.0.0.1:1/", "x", "a:=b"]).failed(2, "not JSON");
    tinyrpc(&["call", "http://127.0.0.1:1/", "x", "--timeout", "0"]).failed(2, "seconds");
    tinyrpc(&["call", "http://127.0.0.1:1/", "x", "--protocol", "soap"]).failed(2, "soap");
    tinyrpc(&["call", "nonsense", "x"]).failed(2, "URL");
    tinyrpc(&["call", "gopher://127.0.0.1:1/", "x"]).failed(2, "gopher");
    tinyrpc(&["call", "http://127.0.0.1:1/?protocol=soap", "x"]).failed(2, "soap");
}
