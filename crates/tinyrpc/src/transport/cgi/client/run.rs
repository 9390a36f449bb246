//! One run of a program: the message goes in, the response comes out, and the process ends.

use std::convert::Infallible;
use std::time::Duration;

use bytes::Bytes;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::Command;
use tokio::time::timeout;

use super::answer::{self, Trouble};
use crate::transport::program::{Group, Stderr, shown};
use crate::transport::{Expect, TransportError, TransportErrorKind};

/// How long a program may go on after its response.
const GRACE: Duration = Duration::from_secs(2);

/// How long the last words of a program that has ended may take to arrive.
const LAST_WORDS: Duration = Duration::from_millis(200);

/// Dropping the future kills the program.
pub(super) async fn run(
    mut command: Command,
    message: Bytes,
    expect: Expect,
    limit: usize,
) -> Result<Option<Bytes>, TransportError> {
    let name = shown(command.as_std());
    let (mut group, mut stdin, mut stdout, stderr) = Group::start(&mut command).map_err(|error| {
        TransportError::new(TransportErrorKind::Unreachable, format!("cannot start `{name}`")).with_source(error)
    })?;
    let mut stderr = Stderr::new(name.clone(), stderr);
    let answer = {
        // A program need not read the message to the end; what it makes of that it says in its response.
        let mut company = std::pin::pin!(async {
            let write = async {
                let _ = stdin.write_all(&message).await;
                drop(stdin);
            };
            tokio::join!(write, stderr.listen());
            std::future::pending::<Infallible>().await
        });
        let answer = tokio::select! {
            answer = answer::read(&mut stdout, limit) => answer,
            never = &mut company => match never {},
        };
        if matches!(answer, Err(Trouble::TooLarge(_))) {
            group.kill();
        }
        // Whoever goes on writing must not be held up by a full pipe.
        let ending = async {
            let mut rest = [0; 1024];
            while matches!(stdout.read(&mut rest).await, Ok(1..)) {}
            group.ended().await;
        };
        let ended = tokio::select! {
            ended = timeout(GRACE, ending) => ended,
            never = &mut company => match never {},
        };
        if ended.is_err() {
            tracing::warn!(command = name, "killing a CGI program that does not end after its response");
            group.kill();
        }
        answer
    };
    // Whoever else holds its standard error may go on writing.
    let _ = timeout(LAST_WORDS, stderr.listen()).await;
    let status = group.reap().await;
    let succeeded = status.as_ref().is_ok_and(std::process::ExitStatus::success);
    let report = stderr.report(status);
    match answer {
        Ok(answer) => answer.outcome(expect, &report),
        // Python's tinyrpc prints nothing for a notification.
        Err(error) if error.is_empty() && expect == Expect::Nothing && succeeded => Ok(None),
        Err(error) => Err(error.into_transport_error(&report)),
    }
}
