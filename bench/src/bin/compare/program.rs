//! Runs the measured programs, plainly or under callgrind, and leaves none of them behind.

use serde::de::DeserializeOwned;
use std::io::{BufRead, BufReader, Read};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::OnceLock;
use tinyrpc_bench::{Failure, Spent, cpu};

/// Whether instructions can be counted here.
pub(crate) fn has_valgrind() -> bool {
    static FOUND: OnceLock<bool> = OnceLock::new();
    *FOUND.get_or_init(|| {
        let quiet = Command::new("valgrind").arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
        quiet.is_ok_and(|status| status.success())
    })
}

fn path(name: &str) -> Result<PathBuf, Failure> {
    Ok(std::env::current_exe()?.with_file_name(name))
}

/// The last core that we may use, if programs can be kept on one.
///
/// Both ends of what is measured share it. To wake a program on another core costs as much as dozens of calls, and from
/// one run to the next it is not the same: with both on one core the readings of a peer differ by few percent, also
/// while the machine does something else.
fn core() -> Option<&'static str> {
    static CORE: OnceLock<Option<String>> = OnceLock::new();
    let find = || {
        let status = std::fs::read_to_string("/proc/self/status").ok()?;
        let allowed = status.lines().find_map(|line| line.strip_prefix("Cpus_allowed_list:"))?.trim();
        let last = allowed.rsplit([',', '-']).next()?.to_owned();
        let quiet = Command::new("taskset").args(["-c", &last, "true"]).stderr(Stdio::null()).status();
        quiet.is_ok_and(|status| status.success()).then_some(last)
    };
    CORE.get_or_init(find).as_deref()
}

fn plain(name: &str, arguments: &[String]) -> Result<Command, Failure> {
    let mut command = match core() {
        Some(core) => {
            // It becomes the program, whose number is its own then.
            let mut command = Command::new("taskset");
            command.args(["-c", core]).arg(path(name)?);
            command
        }
        None => Command::new(path(name)?),
    };
    command.args(arguments);
    Ok(command)
}

fn counted(name: &str, arguments: &[String]) -> Result<Command, Failure> {
    let mut command = Command::new("valgrind");
    command.args(["--tool=callgrind", "--callgrind-out-file=/dev/null"]).arg(path(name)?).args(arguments);
    Ok(command)
}

/// The total that callgrind reports at the end of a program.
fn collected(report: &str) -> Result<u64, Failure> {
    let total = report.lines().find_map(|line| line.split_once("Collected :")?.1.trim().parse().ok());
    total.ok_or_else(|| format!("callgrind reported no total: {report}").into())
}

/// Runs a program that prints a [`Spent`]; its failure is what it says.
pub(crate) fn spent(name: &str, arguments: &[String]) -> Result<Spent, Failure> {
    printed(name, arguments)
}

/// Runs a program that prints what it measured; its failure is what it says.
pub(crate) fn printed<T: DeserializeOwned>(name: &str, arguments: &[String]) -> Result<T, Failure> {
    let output = plain(name, arguments)?.output()?;
    if !output.status.success() {
        return Err(complaint(&output.stderr).into());
    }
    Ok(serde_json::from_slice(&output.stdout)?)
}

/// Runs a program to its end under callgrind and gives back all instructions it took.
pub(crate) fn instructions(name: &str, arguments: &[String]) -> Result<u64, Failure> {
    let output = counted(name, arguments)?.output()?;
    if !output.status.success() {
        return Err(complaint(&output.stderr).into());
    }
    collected(&String::from_utf8_lossy(&output.stderr))
}

/// Runs a program that only has to succeed.
pub(crate) fn succeed(name: &str, arguments: &[String]) -> Result<(), Failure> {
    let output = plain(name, arguments)?.output()?;
    if output.status.success() { Ok(()) } else { Err(complaint(&output.stderr).into()) }
}

fn complaint(report: &[u8]) -> String {
    let report = String::from_utf8_lossy(report);
    let line = report.lines().rfind(|line| line.starts_with("Error: ")).or(report.lines().next());
    line.unwrap_or("failed silently").trim_start_matches("Error: ").trim_matches('"').to_owned()
}

/// A running server program, ended when it is dropped.
pub(crate) struct Server {
    child: Child,
    stdin: Option<ChildStdin>,
    /// Where it listens: host:port, or a path.
    pub(crate) address: String,
}

impl Server {
    /// Starts the peer of that name and waits until it listens.
    pub(crate) fn start(peer: &str) -> Result<Server, Failure> {
        Server::start_as("http-server", &[peer.to_owned()])
    }

    /// Starts another program that serves.
    pub(crate) fn start_as(program: &str, arguments: &[String]) -> Result<Server, Failure> {
        Server::launch(plain(program, arguments)?)
    }

    /// The same under callgrind.
    pub(crate) fn start_counted(program: &str, arguments: &[String]) -> Result<Server, Failure> {
        Server::launch(counted(program, arguments)?)
    }

    /// Starts a command that prints `listening on ADDRESS`, and ends when its input does.
    pub(crate) fn launch(mut command: Command) -> Result<Server, Failure> {
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn()?;
        let stdin = child.stdin.take();
        let stdout = child.stdout.take();
        let mut server = Server { child, stdin, address: String::new() };
        let mut line = String::new();
        BufReader::new(stdout.ok_or("no output")?).read_line(&mut line)?;
        match line.trim().strip_prefix("listening on ") {
            Some(address) => server.address = address.to_owned(),
            None => return Err(server.report()?.into()),
        }
        Ok(server)
    }

    /// CPU time it has used so far, in nanoseconds.
    pub(crate) fn cpu_ns(&self) -> Result<u64, Failure> {
        Ok(cpu::of(self.child.id())?)
    }

    /// Ends it and gives back the instructions it took in all; only for one started with `start_counted`.
    pub(crate) fn instructions(mut self) -> Result<u64, Failure> {
        collected(&self.stop()?)
    }

    fn report(&mut self) -> Result<String, Failure> {
        Ok(complaint(self.stop()?.as_bytes()))
    }

    /// Closes its input, upon which it ends, and reads what it said.
    fn stop(&mut self) -> Result<String, Failure> {
        drop(self.stdin.take());
        let mut report = String::new();
        if let Some(mut stderr) = self.child.stderr.take() {
            stderr.read_to_string(&mut report)?;
        }
        self.child.wait()?;
        Ok(report)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.stdin.take());
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
