//! `compare WHAT [--quick]`: measures every peer and prints tables, ratios and the goals.

mod amqp;
mod client;
mod cost;
mod goal;
mod http;
mod link_client;
mod links;
mod mem;
mod program;
mod sample;
mod streams;
mod table;
mod zmq;

use std::process::Command;
use tinyrpc_bench::Failure;

/// How much is measured.
#[derive(Debug, Clone, Copy)]
struct Effort {
    /// Rounds in which every peer has its turn; CPU times are medians over them.
    rounds: usize,
    /// Divides the requests of each CPU reading.
    divisor: u64,
}

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let (what, effort) = match words.as_slice() {
        [what] => (*what, Effort { rounds: 9, divisor: 1 }),
        [what, "--quick"] => (*what, Effort { rounds: 3, divisor: 4 }),
        _ => return Err("usage: compare mem|http|client|zmq|tcp|ws|link-client|amqp|streams [--quick]".into()),
    };
    build()?;
    if !program::has_valgrind() {
        println!("valgrind is not installed: instructions are left out, CPU times and allocations are not.\n");
    }
    let goals = match what {
        "mem" => mem::compare(effort)?,
        "http" => http::compare(effort)?,
        "client" => client::compare(effort)?,
        "zmq" => zmq::compare(effort)?,
        "tcp" => links::compare_streams(effort)?,
        "ws" => links::compare_ws(effort)?,
        "amqp" => amqp::compare(effort)?,
        "link-client" => link_client::compare(effort)?,
        "streams" => return streams::compare(effort),
        other => return Err(format!("nothing to compare called {other}").into()),
    };
    goal::print(&goals);
    Ok(())
}

/// Builds the programs that are measured: `cargo run --bin compare` builds this one alone.
fn build() -> Result<(), Failure> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
    let built =
        Command::new(cargo).args(["build", "--quiet", "--release", "--bins", "--manifest-path", manifest]).status()?;
    if built.success() { Ok(()) } else { Err("the programs do not build".into()) }
}
