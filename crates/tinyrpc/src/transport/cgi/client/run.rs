//! One run of a program: the message goes in, the response comes out, and the process ends.

use std::convert::Infallible;
use std::process::Stdio;
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
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    Group::prepare(&mut command);
    let unreachable = |what: String| TransportError::new(TransportErrorKind::Unreachable, what);
    let mut child =
        command.spawn().map_err(|error| unreachable(format!("cannot start `{name}`")).with_source(error))?;
    let (Some(mut stdin), Some(mut stdout), Some(stderr)) =
        (child.stdin.take(), child.stdout.take(), child.stderr.take())
    else {
        return Err(unreachable(format!("`{name}` has no standard input and output")));
    };
    // Killed when this is done or dropped.
    let mut group = Group::of(&child);
    let mut stderr = Stderr::new(name.clone(), stderr);
    let (answer, status) = {
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
            child.wait().await
        };
        let ended = tokio::select! {
            ended = timeout(GRACE, ending) => ended,
            never = &mut company => match never {},
        };
        let status = match ended {
            Ok(status) => status,
            Err(_) => {
                tracing::warn!(command = name, "killing a CGI program that does not end after its response");
                group.kill();
                // Where there are no groups; it may have ended just now.
                let _ = child.start_kill();
                child.wait().await
            }
        };
        (answer, status)
    };
    // Whoever else holds its standard error may go on writing.
    let _ = timeout(LAST_WORDS, stderr.listen()).await;
    let succeeded = status.as_ref().is_ok_and(std::process::ExitStatus::success);
    let report = stderr.report(status);
    match answer {
        Ok(answer) => answer.outcome(expect, &report),
        // Python's tinyrpc prints nothing for a notification.
        Err(error) if error.is_empty() && expect == Expect::Nothing && succeeded => Ok(None),
        Err(error) => Err(error.into_transport_error(&report)),
    }
}
