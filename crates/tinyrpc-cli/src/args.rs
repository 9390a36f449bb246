//! The command line, as clap reads it.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand};

use crate::{command, help};

/// Call, serve and inspect RPC endpoints, over JSON-RPC or MessagePack-RPC.
#[derive(Debug, Parser)]
#[command(name = "tinyrpc", version, after_help = help::MAIN, subcommand_required = true, arg_required_else_help = true)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Serve a sample service to try things on
    #[command(after_help = help::DEMO)]
    Demo(Demo),
    /// Call a method and print its result as JSON
    #[command(after_help = help::CALL, allow_negative_numbers = true)]
    Call(Call),
    /// Send a notification: the method runs, and nothing comes back
    #[command(after_help = help::NOTIFY, allow_negative_numbers = true)]
    Notify(Notify),
    /// Send several calls in one message and print one line for each reply
    #[command(after_help = help::BATCH)]
    Batch(Batch),
    /// Show the methods that a service says it has
    #[command(after_help = help::DISCOVER)]
    Discover(command::discover::Discover),
    /// Write a typed client in Rust, Python or TypeScript
    #[command(after_help = help::GENERATE)]
    Generate(command::generate::Generate),
    /// Open a subscription and print one line for each item, until Ctrl-C
    #[command(after_help = help::SUBSCRIBE, allow_negative_numbers = true)]
    Subscribe(Subscribe),
    /// Answer one request of a web server that starts this as a CGI program
    #[command(after_help = help::CGI)]
    Cgi(Cgi),
    /// Try every transport and protocol on this machine and print a table
    #[command(after_help = help::TOUR)]
    Tour,
}

#[derive(Args, Debug)]
pub(crate) struct Demo {
    /// Where to listen; may be given several times. Port 0 picks a free one
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:5000/")]
    pub(crate) listen: Vec<String>,
    /// The only protocol to speak. Without it HTTP serves JSON-RPC and MessagePack-RPC, by the
    /// Content-Type; a request without one is JSON-RPC
    #[arg(long, value_parser = PROTOCOLS)]
    pub(crate) protocol: Option<String>,
    /// Run at most N calls at the same time; 1 serves one after another. Default: no bound
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) concurrency: Option<u32>,
    /// Do not answer `rpc.discover`
    #[arg(long)]
    pub(crate) no_discover: bool,
    /// Show each raw message on standard error
    #[arg(short = 'v', long)]
    pub(crate) trace: bool,
}

#[derive(Args, Debug)]
pub(crate) struct Call {
    #[command(flatten)]
    pub(crate) request: Request,
    #[command(flatten)]
    pub(crate) layout: Layout,
    #[command(flatten)]
    pub(crate) client: ClientOptions,
}

#[derive(Args, Debug)]
pub(crate) struct Notify {
    #[command(flatten)]
    pub(crate) request: Request,
    #[command(flatten)]
    pub(crate) client: ClientOptions,
}

#[derive(Args, Debug)]
pub(crate) struct Batch {
    /// Where the service listens, such as http://127.0.0.1:5000/
    pub(crate) url: String,
    /// The calls, see below; `-` or nothing reads standard input
    pub(crate) file: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) client: ClientOptions,
}

#[derive(Args, Debug)]
pub(crate) struct Subscribe {
    #[command(flatten)]
    pub(crate) request: Request,
    /// The method that unsubscribes [default: the same with `unsubscribe` in it]
    #[arg(long, value_name = "METHOD")]
    pub(crate) unsubscribe: Option<String>,
    /// The notifications that carry the items [default: all that carry the subscription's id]
    #[arg(long, value_name = "METHOD")]
    pub(crate) notification: Option<String>,
    /// Unsubscribe after N items
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) count: Option<u64>,
    #[command(flatten)]
    pub(crate) client: ClientOptions,
}

#[derive(Args, Debug, Default)]
pub(crate) struct Cgi {
    /// The only protocol to speak. Without it JSON-RPC and MessagePack-RPC, by the Content-Type; a
    /// request without one is JSON-RPC
    #[arg(long, value_parser = PROTOCOLS)]
    pub(crate) protocol: Option<String>,
    /// Read messages of any Content-Type in the first protocol. Web pages can then call without
    /// being allowed to
    #[arg(long)]
    pub(crate) any_content_type: bool,
    /// Let web pages of this origin call; may be given several times. `*` lets all of them
    #[arg(long, value_name = "ORIGIN")]
    pub(crate) allow_origin: Vec<String>,
    /// Show each raw message on standard error
    #[arg(short = 'v', long)]
    pub(crate) trace: bool,
}

/// What is called.
#[derive(Args, Debug)]
pub(crate) struct Request {
    /// Where the service listens, such as http://127.0.0.1:5000/
    pub(crate) url: String,
    /// The method's name
    pub(crate) method: String,
    /// Arguments: JSON or text by position, or NAME=TEXT and NAME:=JSON by name
    #[arg(value_name = "ARG")]
    pub(crate) arguments: Vec<String>,
}

/// How a result is printed.
#[derive(Args, Clone, Copy, Debug)]
#[allow(clippy::struct_excessive_bools)] // one for each flag
pub(crate) struct Layout {
    /// Print the result on one line; the default unless standard output is a terminal
    #[arg(long, conflicts_with = "pretty")]
    pub(crate) compact: bool,
    /// Print the result over several lines; the default on a terminal
    #[arg(long)]
    pub(crate) pretty: bool,
    /// Print a result that is a string as it is, without quotes and escapes
    #[arg(short, long)]
    pub(crate) raw: bool,
}

/// How the other side is talked to.
#[derive(Args, Debug)]
pub(crate) struct ClientOptions {
    /// The protocol, in place of the URL's `?protocol=` [default: jsonrpc]
    #[arg(long, value_parser = PROTOCOLS)]
    pub(crate) protocol: Option<String>,
    /// Write JSON in ASCII only, with other characters and `%` as \uXXXX, as Python's tinyrpc needs
    /// it behind CGI
    #[arg(long)]
    pub(crate) ascii: bool,
    /// How long to wait for a reply, in seconds
    #[arg(long, value_name = "SECONDS", default_value = "30", value_parser = seconds)]
    pub(crate) timeout: Duration,
    /// Add a header to HTTP requests; may be given several times
    #[arg(long, value_name = "NAME:VALUE", value_parser = header)]
    pub(crate) header: Vec<(String, String)>,
    /// Trust the certificate authorities in this PEM file too
    #[arg(long, value_name = "FILE")]
    pub(crate) cacert: Option<PathBuf>,
    /// Show each raw message on standard error
    #[arg(short = 'v', long)]
    pub(crate) trace: bool,
}

const PROTOCOLS: [&str; 3] = ["jsonrpc", "jsonrpc1", "msgpack"];

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds = text.parse::<f64>().ok().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    seconds.filter(|seconds| !seconds.is_zero()).ok_or_else(|| "this is no number of seconds above 0".to_owned())
}

fn header(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once(':').ok_or("a header is NAME:VALUE")?;
    Ok((name.trim().to_owned(), value.trim().to_owned()))
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    #[test]
    fn the_definitions_are_sound() {
        super::Cli::command().debug_assert();
    }
}
