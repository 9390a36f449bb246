//! Measures streams of items over WebSocket beside jsonrpsee and sockets by hand: servers with one bare reader, and
//! clients with one bare server.
//!
//! `streams [ITEMS]` prints what one item costs of processor time in the process that is measured, and how many came a
//! second. Each part is a process of its own, so that only its own time counts; the median of five runs is printed.

mod client;
mod server;

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tinyrpc_bench::{Failure, cpu};

const RUNS: usize = 5;

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    match arguments.as_slice() {
        ["serve", who] => runtime.block_on(server::run(who)),
        ["read", who, address, items] => runtime.block_on(client::run(who, address, items.parse()?)),
        [] => compare(&runtime, 200_000),
        [items] => compare(&runtime, items.parse()?),
        _ => Err("streams [ITEMS]".into()),
    }
}

/// A part that runs, and the line with which it says that it is ready.
struct Part {
    child: Child,
    line: String,
    /// Open as long as the part lives.
    _out: BufReader<std::process::ChildStdout>,
}

impl Part {
    fn start(arguments: &[&str]) -> Result<Self, Failure> {
        let mut child = Command::new(std::env::current_exe()?)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let mut out = BufReader::new(child.stdout.take().ok_or("no standard output")?);
        let mut line = String::new();
        out.read_line(&mut line)?;
        Ok(Self { child, line: line.trim().to_owned(), _out: out })
    }

    fn cpu(&self) -> Result<Duration, Failure> {
        Ok(Duration::from_nanos(cpu::of(self.child.id())?))
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        // Either fails only if it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

struct Sample {
    cpu: Duration,
    wall: Duration,
}

fn compare(runtime: &tokio::runtime::Runtime, items: u64) -> Result<(), Failure> {
    println!("{items} items over WebSocket, median of {RUNS}\n");
    println!("{:<28}{:>16}{:>14}", "server", "CPU ns/item", "items/s");
    for who in server::ALL {
        show(who, items, || {
            let part = Part::start(&["serve", who])?;
            let (before, start) = (part.cpu()?, Instant::now());
            runtime.block_on(client::run("bare", &part.line, items))?;
            Ok(Sample { wall: start.elapsed(), cpu: part.cpu()? - before })
        })?;
    }
    println!("\n{:<28}{:>16}{:>14}", "client", "CPU ns/item", "items/s");
    for who in client::ALL {
        show(who, items, || {
            let server = Part::start(&["serve", "bare, gathered"])?;
            let start = Instant::now();
            let part = Part::start(&["read", who, &server.line, &items.to_string()])?;
            let sample = Sample { wall: start.elapsed(), cpu: part.cpu()? };
            Ok(sample)
        })?;
    }
    Ok(())
}

fn show(who: &str, items: u64, run: impl Fn() -> Result<Sample, Failure>) -> Result<(), Failure> {
    let mut samples = (0..RUNS).map(|_| run()).collect::<Result<Vec<_>, _>>()?;
    samples.sort_by_key(|sample| sample.cpu);
    let Sample { cpu, wall } = samples[RUNS / 2];
    let (each, rate) = (cpu.as_nanos() as f64 / items as f64, items as f64 / wall.as_secs_f64());
    println!("{who:<28}{each:>16.0}{rate:>14.0}");
    Ok(())
}
