//! `tinyrpc cgi`: one request for each process, whatever started it.

use std::io::Write as _;
use std::process::{Child, Stdio};

use crate::support::{command, finish, tinyrpc};

const ADD: &str = r#"{"jsonrpc":"2.0","method":"add","params":[1,2],"id":1}"#;
const ANSWER: &str = "Status: 200 OK\r\nContent-Type: application/json\r\nContent-Length: 35\r\n\r\n{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":3}";

/// The command as a web server starts it, with a request whose end of input never comes.
fn hosted(arguments: &[&str], variables: &[(&str, &str)]) -> Child {
    let length = ADD.len().to_string();
    let usual = [("GATEWAY_INTERFACE", "CGI/1.1"), ("REQUEST_METHOD", "POST"), ("CONTENT_LENGTH", &length)];
    let mut command = command(arguments);
    command.envs(usual).envs(variables.iter().copied());
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

fn answer(arguments: &[&str], variables: &[(&str, &str)]) -> (Option<i32>, String) {
    let mut child = hosted(arguments, variables);
    let mut stdin = child.stdin.take().unwrap();
    // It may end without having read it.
    let _ = stdin.write_all(ADD.as_bytes());
    let run = finish(child);
    drop(stdin);
    (run.status, run.stdout)
}

#[test]
fn a_request_is_answered() {
    let answered = (Some(0), ANSWER.to_owned());
    assert_eq!(answer(&["cgi"], &[]), answered);
    assert_eq!(answer(&["cgi"], &[("CONTENT_TYPE", "application/json"), ("QUERY_STRING", "a=b")]), answered);
    assert_eq!(answer(&["cgi", "--any-content-type"], &[("CONTENT_TYPE", "text/plain")]), answered);
    let refused = answer(&["cgi"], &[("CONTENT_TYPE", "text/plain")]).1;
    assert!(refused.starts_with("Status: 415 Unsupported Media Type\r\n"), "{refused}");
    let refused = answer(&["cgi", "--protocol", "msgpack"], &[("CONTENT_TYPE", "application/json")]).1;
    assert!(refused.starts_with("Status: 415 Unsupported Media Type\r\n"), "{refused}");
}

#[test]
fn a_web_server_need_not_say_what_is_wanted() {
    for arguments in [&[][..], &[""]] {
        assert_eq!(answer(arguments, &[]), (Some(0), ANSWER.to_owned()));
    }
}

#[test]
fn a_visitor_cannot_give_commands() {
    let (status, refused) =
        answer(&["call", "http://127.0.0.1:1/", "x"], &[("QUERY_STRING", "call+http://127.0.0.1:1/+x")]);
    assert_eq!(status, Some(1));
    assert!(refused.starts_with("Status: 400 Bad Request\r\n") && refused.contains("\r\n\r\n"), "{refused}");
}

#[test]
fn origins_are_allowed_as_told() {
    let asked = &[("HTTP_ORIGIN", "https://example.org")];
    let allowed = answer(&["cgi", "--allow-origin", "https://example.org"], asked).1;
    assert!(allowed.contains("\r\nAccess-Control-Allow-Origin: https://example.org\r\n"), "{allowed}");
    let allowed = answer(&["cgi", "--allow-origin", "*"], asked).1;
    assert!(allowed.contains("\r\nAccess-Control-Allow-Origin: *\r\n"), "{allowed}");
    // Others may be answered, since the browser asked nobody to keep the answer from them, but only when they had to ask.
    let said = &[asked[0], ("CONTENT_TYPE", "application/json")];
    assert_eq!(answer(&["cgi"], said).1, ANSWER);
    assert!(answer(&["cgi"], asked).1.starts_with("Status: 415 "), "a page sent this without asking");
}

#[test]
fn without_a_web_server_it_says_what_is_missing() {
    tinyrpc(&["cgi"]).failed(2, "REQUEST_METHOD");
}
