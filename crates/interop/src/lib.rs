//! Starts what the interop tests talk to (Python peers, servers that misbehave, a RabbitMQ broker), and keeps what came of
//! it for a table.
//!
//! The scripts are in `interop/peers/`, the Python that runs them in `.venv/`, which `scripts/setup.sh` makes. Without
//! it a test is left out, saying so; where `TINYRPC_TEST_FULL=1` is set, as in the full test command, it fails.
//!
//! ```no_run
//! let Some(peer) = tinyrpc_interop::python_peer("http_server.py", &["--protocol", "msgpack"]) else {
//!     return;
//! };
//! println!("{} answers", peer.url());
//! ```

pub mod bank;
mod broker;
mod output;
mod peer;
mod program;
mod row;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

pub use broker::Broker;
pub use peer::Peer;
pub use program::Finished;
pub use row::Row;

use std::time::Duration;

const ODD_SERVERS: &str = "odd_servers.py";

/// Starts a Python server that uses the packages of `.venv` and waits until it is ready.
///
/// `None` when there is no `.venv` and the test shall be left out.
///
/// # Panics
/// If the script does not get ready, with what it printed; and without `.venv` if `TINYRPC_TEST_FULL=1` is set.
#[must_use]
pub fn python_peer(script: &str, args: &[&str]) -> Option<Peer> {
    Some(Peer::start(&mut python(&venv_python(script)?, script, args)))
}

/// Runs a Python client that uses the packages of `.venv` to its end, which must come within `limit`.
///
/// `None` when there is no `.venv` and the test shall be left out.
///
/// # Panics
/// If the script is not done in time, with what it printed; and without `.venv` if `TINYRPC_TEST_FULL=1` is set.
#[must_use]
pub fn python_program(script: &str, args: &[&str], limit: Duration) -> Option<Finished> {
    Some(Finished::run(&mut python(&venv_python(script)?, script, args), limit))
}

/// Starts a program that prints `listening on URL` when it is ready.
///
/// # Panics
/// If it does not get ready, with what it printed.
#[must_use]
pub fn program_peer(program: &str, args: &[&str]) -> Peer {
    Peer::start(Command::new(program).args(args))
}

/// A program of `.venv`, of the npm packages in `.node` (by its path below `node_modules`), or of the machine.
///
/// `None` when it is not there and the test shall be left out.
///
/// # Panics
/// If it is not there and `TINYRPC_TEST_FULL=1` is set.
#[must_use]
pub fn installed(program: &str) -> Option<PathBuf> {
    let places = [".venv/bin", ".node/node_modules"].map(|place| repository().join(place).join(program));
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = places
        .into_iter()
        .chain(std::env::split_paths(&path).map(|folder| folder.join(program)))
        .find(|path| path.is_file())
        .map(|path| path.canonicalize().unwrap_or(path));
    if found.is_none() {
        leave_out(program, "run scripts/setup.sh");
    }
    found
}

/// Starts the HTTP servers that answer in odd ways (`odd_servers.py --list`), which any Python 3 can run.
///
/// `None` when there is no `python3` and the test shall be left out.
///
/// # Panics
/// If they do not get ready, with what they printed; and without `python3` if `TINYRPC_TEST_FULL=1` is set.
#[must_use]
pub fn odd_servers() -> Option<Peer> {
    let found = Command::new("python3").arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    if found.is_ok_and(|status| status.success()) {
        return Some(Peer::start(&mut python(Path::new("python3"), ODD_SERVERS, &[])));
    }
    leave_out(ODD_SERVERS, "there is no python3");
    None
}

/// The kinds of server that [`odd_servers`] has.
///
/// # Panics
/// If they cannot be listed.
#[must_use]
pub fn odd_kinds() -> Vec<String> {
    let listing = Finished::run(&mut python(Path::new("python3"), ODD_SERVERS, &["--list"]), Duration::from_secs(30));
    listing.assert_success();
    listing.stdout.lines().filter_map(|line| line.split_whitespace().next()).map(str::to_owned).collect()
}

/// The Python of `.venv`, if it is there.
fn venv_python(script: &str) -> Option<PathBuf> {
    let python = repository().join(".venv/bin/python");
    if python.exists() {
        return Some(python);
    }
    leave_out(script, "run scripts/setup.sh");
    None
}

/// Says why a test does not run; panics where all tests have to.
fn leave_out(what: &str, why: &str) {
    assert!(std::env::var("TINYRPC_TEST_FULL").as_deref() != Ok("1"), "{what} cannot run: {why}");
    eprintln!("left out: {what} ({why})");
}

fn python(python: &Path, script: &str, args: &[&str]) -> Command {
    let mut command = Command::new(python);
    // -u: output must not wait in a buffer for more. No byte code, so that tests do not write into the sources.
    command.args(["-u", "-B"]).arg(repository().join("interop/peers").join(script)).args(args);
    command
}

/// The root of the repository.
fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}
