//! Starts the command, and servers for it to talk to.

use std::io::{BufReader, Read as _, Write as _};
use std::net::TcpListener;
use std::process::{Child, ChildStderr, Command, ExitStatus, Output, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

/// Far more than anything here takes.
const LIMIT: Duration = Duration::from_secs(60);

/// The command with these arguments, and nothing to read.
pub(crate) fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tinyrpc"));
    command.args(arguments).env_remove("TINYRPC_LOG").stdin(Stdio::null());
    command
}

/// How a run of the command ended.
#[derive(Debug, PartialEq)]
pub(crate) struct Run {
    pub(crate) status: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Run {
    /// That it printed exactly this result and nothing else.
    #[track_caller]
    pub(crate) fn gave(&self, stdout: &str) {
        assert_eq!((self.status, &*self.stdout, &*self.stderr), (Some(0), &*format!("{stdout}\n"), ""));
    }

    /// That it failed with this status and these words on standard error, and printed no result.
    #[track_caller]
    pub(crate) fn failed(&self, status: i32, words: &str) {
        assert_eq!((self.status, &*self.stdout), (Some(status), ""), "{self:?}");
        assert!(self.stderr.contains(words), "{words:?} is not in {:?}", self.stderr);
    }

    /// That the call returned this error.
    #[track_caller]
    pub(crate) fn returned_error(&self, json: &str) {
        assert_eq!((self.status, &*self.stdout, &*self.stderr), (Some(1), "", &*format!("{json}\n")));
    }
}

/// Runs the command to its end.
#[track_caller]
pub(crate) fn tinyrpc(arguments: &[&str]) -> Run {
    finish(command(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap())
}

/// Runs the command to its end with something to read.
#[track_caller]
pub(crate) fn tinyrpc_reading(input: &str, arguments: &[&str]) -> Run {
    let mut command = command(arguments);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // It may end without having read all.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    finish(child)
}

/// Waits for the end of a started command.
#[track_caller]
pub(crate) fn finish(child: Child) -> Run {
    let pid = child.id();
    let (sender, ended) = mpsc::channel();
    thread::spawn(move || sender.send(child.wait_with_output()));
    let Ok(output) = ended.recv_timeout(LIMIT) else {
        signal(pid, "KILL");
        panic!("the command did not end within {LIMIT:?}");
    };
    let Output { status, stdout, stderr } = output.unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Run { status: status.code(), stdout: text(stdout), stderr: text(stderr) }
}

/// Sends a signal to a process that the test started.
pub(crate) fn signal(pid: u32, name: &str) {
    let sent = Command::new("kill").args([format!("-{name}"), pid.to_string()]).status().unwrap();
    assert!(sent.success());
}

/// A running `tinyrpc demo`; dropping it kills it.
pub(crate) struct Demo {
    child: Child,
    lines: mpsc::Receiver<String>,
    errors: mpsc::Receiver<String>,
}

impl Demo {
    /// Starts it on a free port with more arguments.
    pub(crate) fn start(arguments: &[&str]) -> (Self, String) {
        let demo = Self::with_arguments(&[&["demo", "--listen", "http://127.0.0.1:0/"], arguments].concat());
        let url = demo.url();
        (demo, url)
    }

    pub(crate) fn with_arguments(arguments: &[&str]) -> Self {
        let mut child = command(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        let stderr: BufReader<ChildStderr> = BufReader::new(child.stderr.take().unwrap());
        Self { lines: lines_of(stdout), errors: lines_of(stderr), child }
    }

    /// The URL of the next endpoint that it prints.
    pub(crate) fn url(&self) -> String {
        let line = self.lines.recv_timeout(LIMIT).expect("the demo prints where it listens");
        line.strip_prefix("listening on ").expect("the line holds a URL").to_owned()
    }

    /// The next line on its standard error.
    pub(crate) fn error_line(&self) -> String {
        self.errors.recv_timeout(LIMIT).expect("the demo prints to standard error")
    }

    /// Sends it a signal.
    pub(crate) fn signal(&self, name: &str) {
        signal(self.child.id(), name);
    }

    /// Waits for its end, and gives what it printed since, on standard output.
    pub(crate) fn end(mut self) -> (ExitStatus, Vec<String>) {
        let mut rest = Vec::new();
        loop {
            match self.lines.recv_timeout(LIMIT) {
                Ok(line) => rest.push(line),
                // Standard output is closed: the process has ended.
                Err(mpsc::RecvTimeoutError::Disconnected) => return (self.child.wait().unwrap(), rest),
                Err(mpsc::RecvTimeoutError::Timeout) => panic!("the demo did not end within {LIMIT:?}"),
            }
        }
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        // Either fails only if it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn lines_of(from: impl std::io::BufRead + Send + 'static) -> mpsc::Receiver<String> {
    let (sender, lines) = mpsc::channel();
    thread::spawn(move || {
        for line in from.lines().map_while(Result::ok) {
            // Read on when nobody listens, so that the process never waits for a reader.
            let _ = sender.send(line);
        }
    });
    lines
}

/// The URL of a server that answers every request with this status, headers and body, and closes.
pub(crate) fn server_that_answers(head: &str, body: &[u8]) -> String {
    let length = body.len();
    let head = format!("HTTP/1.1 {head}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n");
    server_that_writes([head.as_bytes(), body].concat())
}

/// The URL of a server that writes these bytes when it has read something, and closes.
pub(crate) fn server_that_writes(answer: impl Into<Vec<u8>>) -> String {
    let answer = answer.into();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    thread::spawn(move || {
        for mut stream in listener.incoming().map_while(Result::ok) {
            let mut request = [0; 4096];
            // One read is enough: the requests are small and written at once.
            let _ = stream.read(&mut request);
            let _ = stream.write_all(&answer);
        }
    });
    url
}
