//! The sample service that `tinyrpc demo` and `tinyrpc tour` serve.

mod describe;
mod integer;
mod raw;
mod received;
mod ticks;

use std::time::Duration;

use serde::{Deserialize, Serialize};
use tinyrpc::dispatch::RegisterError;
use tinyrpc::subscription::RegisterSubscription as _;
use tinyrpc::{Dispatcher, RpcError};

use integer::Integer;
use received::Received;

/// The longest `sleep`, in milliseconds.
const LONGEST_SLEEP: u64 = 60_000;

/// A dispatcher with all methods of the sample service.
pub(crate) fn dispatcher() -> Dispatcher {
    build().unwrap_or_else(|error| unreachable!("the names below are all different: {error}"))
}

fn build() -> Result<Dispatcher, RegisterError> {
    let mut dispatcher = Dispatcher::new();
    dispatcher
        .register("echo", raw::echo())?
        .register("fail", raw::fail())?
        .register("reverse_string", |Text { s }: Text| s.chars().rev().collect::<String>())?
        .register("add", |Sum { a, b }: Sum| a.plus(b))?
        .register("subtract", |Difference { minuend, subtrahend }: Difference| minuend.minus(subtrahend))?
        .register("sum", |numbers: Vec<Integer>| Integer::sum(&numbers))?
        .register("get_data", || ("hello", 5))?
        .register("sleep", sleep)?
        .register_subscription("subscribe_ticks", ticks::ticks)?;
    Received::default().register(&mut dispatcher)?;

    let mut site = Dispatcher::new();
    site.register("get_user_info", |user: User| user)?;
    dispatcher.nest("site.", site)?;
    describe::describe(&mut dispatcher)?;
    Ok(dispatcher)
}

#[derive(Deserialize)]
struct Text {
    s: String,
}

#[derive(Deserialize)]
struct Sum {
    a: Integer,
    b: Integer,
}

#[derive(Deserialize)]
struct Difference {
    minuend: Integer,
    subtrahend: Integer,
}

#[derive(Deserialize)]
struct Pause {
    ms: u64,
}

/// A user.
#[derive(Deserialize, Serialize, schemars::JsonSchema)]
struct User {
    /// The name.
    user: String,
}

async fn sleep(Pause { ms }: Pause) -> Result<(), RpcError> {
    if ms > LONGEST_SLEEP {
        return Err(RpcError::invalid_params(format_args!("`ms` must be at most {LONGEST_SLEEP}")));
    }
    tokio::time::sleep(Duration::from_millis(ms)).await;
    Ok(())
}
