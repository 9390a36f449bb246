//! `tinyrpc subscribe`: one line for each item, until the stream ends or the user has enough.

use std::time::Duration;

use tinyrpc::client::{self, Payloads, SubscriptionError};
use tinyrpc::peer::SlowConsumer;

use crate::args::Subscribe;
use crate::exit::Failure;
use crate::lines::Lines;
use crate::signals::Signals;
use crate::{arguments, connect, json, output};

/// How long it may take to unsubscribe when the user wants to stop.
const PATIENCE: Duration = Duration::from_secs(5);

/// How long it may then take to print what has come.
const SHORT: Duration = Duration::from_secs(1);

pub(crate) async fn run(options: &Subscribe) -> Result<(), Failure> {
    let params = arguments::params(&options.request.arguments)?;
    let mut signals =
        Signals::listen().map_err(|error| Failure::NoConnection(format!("cannot listen for signals: {error}")))?;
    let client = tokio::select! {
        client = connect::client(&options.request.url, &options.client) => client?,
        () = signals.next() => return Ok(()),
    };
    connect::check_numbers(&client, params.as_ref())?;
    let opened = tokio::select! {
        opened = client.subscribe_payload(method(options), params.as_ref()) => Some(opened),
        () = signals.next() => None,
    };
    let mut lines = Lines::start();
    let mut patience = Duration::MAX;
    let done = match opened {
        Some(Ok(mut items)) => {
            let end = print(&mut items, options.count, &mut lines, &mut signals).await;
            if matches!(end, End::Stopped) {
                patience = SHORT;
            }
            say(end, items, &mut signals).await
        }
        Some(Err(error)) => Err(error.into()),
        None => Ok(()),
    };
    let printed = tokio::select! {
        printed = lines.end(patience) => printed,
        () = signals.next() => Ok(()),
    };
    connect::leave(client).await;
    done.and(printed)
}

fn method(options: &Subscribe) -> client::Subscribe {
    // While nothing else is on the link, the source can wait for whoever reads the lines.
    let mut method = client::Subscribe::new(&*options.request.method).with_slow_consumer(SlowConsumer::Wait);
    if let Some(unsubscribe) = &options.unsubscribe {
        method = method.with_unsubscribe(unsubscribe);
    }
    if let Some(notification) = &options.notification {
        method = method.with_notification(&**notification);
    }
    method
}

/// Why no more is printed.
enum End {
    /// The user wants to stop, or nobody reads the lines any more.
    Stopped,
    /// As many as were asked for are printed.
    Enough,
    /// The other side was done.
    Done,
    Failed(SubscriptionError),
    /// An item cannot be shown.
    Unprintable(Failure),
}

async fn print(items: &mut Payloads, count: Option<u64>, lines: &mut Lines, signals: &mut Signals) -> End {
    let mut left = count.unwrap_or(u64::MAX);
    while left > 0 {
        let item = tokio::select! {
            biased;
            () = signals.next() => return End::Stopped,
            () = lines.unread() => return End::Stopped,
            item = items.next() => item,
        };
        let line = match item {
            Some(Ok(item)) => output::json_text(&item).map(|text| output::shown(json::compact(&text))),
            Some(Err(error)) if error.is_end() => return End::Failed(error),
            Some(Err(error)) => {
                output::complain(&error.to_string());
                continue;
            }
            None => return End::Done,
        };
        let line = match line {
            Ok(line) => line,
            Err(failure) => return End::Unprintable(failure),
        };
        left -= 1;
        tokio::select! {
            biased;
            () = signals.next() => return End::Stopped,
            () = lines.print(line) => {}
        }
    }
    End::Enough
}

/// Unsubscribes if that is still to be done, and says why it has ended.
async fn say(end: End, items: Payloads, signals: &mut Signals) -> Result<(), Failure> {
    let failure = match end {
        End::Done => {
            output::complain("the other side has no more items");
            return Ok(());
        }
        End::Failed(error) => return Err(failure(&error)),
        End::Stopped | End::Enough => None,
        End::Unprintable(failure) => Some(failure),
    };
    tokio::select! {
        left = tokio::time::timeout(PATIENCE, items.unsubscribe()) => match left {
            Ok(Ok(())) => {}
            Ok(Err(error)) => output::complain(&format!("unsubscribing failed: {error}")),
            Err(_) => output::complain("unsubscribing was not confirmed"),
        },
        () = signals.next() => {}
    }
    failure.map_or(Ok(()), Err)
}

fn failure(error: &SubscriptionError) -> Failure {
    match (error.rpc_error(), error.transport_error()) {
        (Some(remote), _) => Failure::Remote(Box::new(remote.clone())),
        (None, Some(lost)) => Failure::NoConnection(lost.to_string()),
        (None, None) => Failure::NoConnection(error.to_string()),
    }
}
