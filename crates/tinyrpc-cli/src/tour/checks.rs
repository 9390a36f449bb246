//! What the tour calls. Each check says what was wrong.

use tinyrpc::{CallError, Client, code};

use crate::exit::chain;

type Checked = Result<(), String>;

pub(super) async fn positional(client: &Client) -> Checked {
    equal(&called(client.call::<i64>("subtract", (42, 23)).await)?, &19)?;
    equal(&called(client.call::<String>("reverse_string", ("né🦀",)).await)?, &"🦀én".to_owned())?;
    let user = called(client.call::<std::collections::BTreeMap<String, String>>("site.get_user_info", ("bob",)).await)?;
    equal(&user.get("user").map(String::as_str), &Some("bob"))
}

pub(super) async fn named(client: &Client) -> Checked {
    let arguments = std::collections::BTreeMap::from([("subtrahend", 23), ("minuend", 42)]);
    equal(&called(client.call::<i64>("subtract", arguments).await)?, &19)
}

pub(super) async fn errors(client: &Client) -> Checked {
    equal(&refused(client.call("fail", (99, "No funds", 5)).await)?, &(99, "No funds".to_owned()))?;
    equal(&refused(client.call("no_such_method", ()).await)?.0, &code::METHOD_NOT_FOUND)?;
    equal(&refused(client.call("add", (1,)).await)?.0, &code::INVALID_PARAMS)
}

/// Whether it ran can be seen where a later call finds what it left.
pub(super) async fn notification(client: &Client, remembers: bool) -> Checked {
    called(client.notify("update", ("tour",)).await)?;
    if !remembers {
        return Ok(());
    }
    let received = called(client.call::<Vec<(String, Vec<String>)>>("received", ()).await)?;
    equal(&received, &vec![("update".to_owned(), vec!["tour".to_owned()])])
}

pub(super) async fn large(client: &Client) -> Checked {
    let large = "0123456789".repeat(10_000);
    let back = called(client.call::<String>("echo", (&large,)).await)?;
    if back == large { Ok(()) } else { Err("it came back changed".to_owned()) }
}

pub(super) async fn concurrent(client: &Client) -> Checked {
    let sums = client.call_all::<i64, _>((0..20).map(|number| ("add", (number, 1)))).await;
    for (number, sum) in (0_i64..).zip(sums) {
        equal(&called(sum)?, &(number + 1))?;
    }
    Ok(())
}

pub(super) async fn batch(client: &Client) -> Checked {
    let mut batch = client.batch();
    let sum = batch.call::<i64>("sum", (1, 2, 4));
    batch.notify("notify_hello", (7,));
    let error = batch.call::<()>("no_such_method", ());
    let data = batch.call::<(String, i64)>("get_data", ());
    let mut replies = called(batch.send().await)?;
    equal(&called(replies.take(sum))?, &7)?;
    equal(&refused(replies.take(error))?.0, &code::METHOD_NOT_FOUND)?;
    equal(&called(replies.take(data))?, &("hello".to_owned(), 5))
}

fn called<T>(result: Result<T, CallError>) -> Result<T, String> {
    result.map_err(|error| chain(&error))
}

fn refused(result: Result<(), CallError>) -> Result<(i64, String), String> {
    match result {
        Ok(()) => Err("no error came back".to_owned()),
        Err(error) => match error.rpc_error() {
            Some(error) => Ok((error.code(), error.message().to_owned())),
            None => Err(chain(&error)),
        },
    }
}

fn equal<T: PartialEq + std::fmt::Debug>(found: &T, wanted: &T) -> Checked {
    if found == wanted { Ok(()) } else { Err(format!("{found:?} instead of {wanted:?}")) }
}
