//! `tinyrpc tour`: tries every transport with every protocol, and measures a small call.

mod callback;
mod checks;
mod places;
mod table;

use std::time::{Duration, Instant};

use tinyrpc::{CallError, Client};

use crate::exit::{Failure, chain};
use crate::output;
use places::{PLACES, Place, Started};
use table::{Row, Table};

/// How many calls are measured at most; their median is shown.
const CALLS: usize = 200;

/// No more calls are measured after this time.
const MEASURED: Duration = Duration::from_millis(500);

/// No call may take longer.
const TIMEOUT: Duration = Duration::from_secs(5);

pub(crate) async fn run() -> Result<(), Failure> {
    let mut table = Table::default();
    let mut all_well = true;
    for place in PLACES {
        for protocol in place.protocols {
            let row = visit(place, protocol).await;
            all_well &= row.well;
            table.add(row);
        }
    }
    output::print(&table.to_string())?;
    if all_well { Ok(()) } else { Err(Failure::Reported) }
}

async fn visit(place: &Place, protocol: &'static str) -> Row {
    let mut row = Row { endpoint: place.name.to_owned(), protocol, well: true, ..Row::default() };
    match place.start(protocol).await {
        Ok(Started::Running(running)) => {
            row.endpoint.clone_from(&running.endpoint);
            let client = running.client.clone().with_timeout(TIMEOUT);
            match try_all(&client, place.remembers).await {
                Ok(median) => (row.result, row.time) = ("ok".to_owned(), Some(median)),
                Err(what) => (row.result, row.well) = (what, false),
            }
            if let Err(error) = running.stop().await {
                (row.result, row.well) = (format!("shutdown: {}", chain(&error)), false);
            }
        }
        Ok(Started::Missing(how)) => row.result = format!("left out: {how}"),
        Err(error) => (row.result, row.well) = (format!("start: {}", chain(&error)), false),
    }
    row
}

/// Runs all checks that the protocol allows; then the median time of a call.
async fn try_all(client: &Client, remembers: bool) -> Result<Duration, String> {
    let failed = |what: &str| {
        let what = what.to_owned();
        move |why: String| format!("{what}: {why}")
    };
    let capabilities = client.protocol().capabilities();
    checks::positional(client).await.map_err(failed("positional arguments"))?;
    checks::errors(client).await.map_err(failed("errors"))?;
    checks::notification(client, remembers).await.map_err(failed("notification"))?;
    checks::large(client).await.map_err(failed("100 KB string"))?;
    checks::concurrent(client).await.map_err(failed("concurrent calls"))?;
    if capabilities.named_params {
        checks::named(client).await.map_err(failed("named arguments"))?;
    }
    if capabilities.batch.is_some() {
        checks::batch(client).await.map_err(failed("batch"))?;
    }
    median(client).await.map_err(|error| failed("measuring")(chain(&error)))
}

async fn median(client: &Client) -> Result<Duration, CallError> {
    let mut times = Vec::with_capacity(CALLS);
    let begun = Instant::now();
    for number in 0..CALLS {
        if begun.elapsed() > MEASURED && number > 0 {
            break;
        }
        let start = Instant::now();
        client.call::<usize>("add", (number, 1)).await?;
        times.push(start.elapsed());
    }
    times.sort_unstable();
    Ok(times[times.len() / 2])
}
