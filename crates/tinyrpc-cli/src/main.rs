//! Call, serve and inspect RPC endpoints from the command line.

mod args;
mod arguments;
mod command;
mod connect;
mod demo;
mod exit;
mod generate;
mod help;
mod json;
mod lines;
mod output;
mod signals;
mod signs;
mod source;
mod tour;
mod trace;

use std::process::ExitCode;

use clap::Parser as _;
use tokio::runtime::Builder;
use tracing_subscriber::filter::LevelFilter;

use args::{Cli, Command};
use exit::Failure;

fn main() -> ExitCode {
    match command::cgi::started_by_host().and_then(|cli| {
        let cli = cli.unwrap_or_else(Cli::parse);
        log();
        run(&cli.command)
    }) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            output::report(&failure);
            ExitCode::from(failure.status())
        }
    }
}

fn run(command: &Command) -> Result<(), Failure> {
    // A client has one thing to do; whoever serves may use all processors.
    let mut builder = match command {
        Command::Demo(_) | Command::Tour => Builder::new_multi_thread(),
        _ => Builder::new_current_thread(),
    };
    let runtime = builder.enable_all().build().map_err(|error| {
        output::complain(&format!("cannot start: {error}"));
        Failure::Reported
    })?;
    let done = runtime.block_on(async {
        match command {
            Command::Demo(demo) => command::demo::run(demo).await,
            Command::Call(call) => command::call::run(call).await,
            Command::Notify(notify) => command::notify::run(notify).await,
            Command::Discover(discover) => command::discover::run(discover).await,
            Command::Generate(generate) => command::generate::run(generate).await,
            Command::Subscribe(subscribe) => command::subscribe::run(subscribe).await,
            Command::Cgi(cgi) => command::cgi::run(cgi).await,
            Command::Batch(batch) => command::batch::run(batch).await,
            Command::Tour => tour::run().await,
        }
    });
    // What a closed server left running on threads that may block must not delay the end.
    runtime.shutdown_background();
    done
}

/// Sends the library's log to standard error: warnings, or what `TINYRPC_LOG` says.
fn log() {
    let level = std::env::var("TINYRPC_LOG").ok().and_then(|level| level.parse().ok()).unwrap_or(LevelFilter::WARN);
    tracing_subscriber::fmt().with_max_level(level).with_writer(|| signs::Log).with_ansi(false).init();
}
