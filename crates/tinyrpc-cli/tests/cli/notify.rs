//! `tinyrpc notify`.

use crate::support::{Demo, Run, tinyrpc};

#[test]
fn notifications_run_and_print_nothing() {
    let (_demo, url) = Demo::start(&[]);
    let silent = Run { status: Some(0), stdout: String::new(), stderr: String::new() };
    assert_eq!(tinyrpc(&["notify", &url, "update", "1", "-2"]), silent);
    assert_eq!(tinyrpc(&["notify", &url, "notify_hello", "who=me"]), silent);
    assert_eq!(tinyrpc(&["notify", &url, "notify_sum", "--protocol", "msgpack"]), silent);
    // What became of these cannot be known.
    assert_eq!(tinyrpc(&["notify", &url, "no_such_method"]), silent);
    assert_eq!(tinyrpc(&["notify", &url, "fail", "1", "no"]), silent);

    let received = r#"[["update",[1,-2]],["notify_hello",{"who":"me"}],["notify_sum",[]]]"#;
    tinyrpc(&["call", &url, "received"]).gave(received);
    tinyrpc(&["call", &url, "received", "--protocol", "msgpack"]).gave(received);
}

#[test]
fn a_notification_to_nobody_fails() {
    tinyrpc(&["notify", "http://127.0.0.1:1/", "update"]).failed(3, "127.0.0.1:1");
    tinyrpc(&["notify", "http://127.0.0.1:1/", "update", "1", "a=2"]).failed(2, "cannot be mixed");
}
