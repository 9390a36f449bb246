//! The floor of all clients: one loop that writes calls and reads replies. Nobody waits in it, so nobody is woken.

use super::{Reply, Request, Wire};
use crate::{Failure, Reading, Spent};
use std::collections::HashMap;

/// Makes the calls, `concurrency` of them under way at a time, and checks each result.
pub(super) async fn measure<W: Wire>(mut wire: W, concurrency: u64, calls: u64) -> Result<Spent, Failure> {
    repeat(&mut wire, concurrency, 2 * concurrency).await?;
    let reading = Reading::start()?;
    repeat(&mut wire, concurrency, calls).await?;
    reading.spent(calls)
}

async fn repeat<W: Wire>(wire: &mut W, concurrency: u64, calls: u64) -> Result<(), Failure> {
    let (mut sent, mut answered) = (0, 0);
    let mut waiting: HashMap<u64, i64> = HashMap::new();
    while answered < calls {
        while sent < calls && sent - answered < concurrency {
            let a = sent as i64;
            wire.push(Request::message("add", (a, 2), sent)?)?;
            waiting.insert(sent, a + 2);
            sent += 1;
        }
        wire.flush().await?;
        let settle = |message: &[u8]| {
            let reply = Reply::read(message)?;
            let expected = waiting.remove(&reply.id).ok_or("a reply to no call")?;
            let sum: i64 = serde_json::from_str(reply.result()?.get())?;
            answered += 1;
            if sum == expected { Ok(()) } else { Err(format!("{sum} instead of {expected}").into()) }
        };
        wire.receive(settle).await?;
    }
    Ok(())
}
