//! A RabbitMQ broker of a test's own: free ports, a temporary folder, no system service.

mod guard;
mod ready;

use std::fs;
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use self::guard::Guard;
use crate::leave_out;

/// Not the one in `/usr/sbin`, which changes the user and so needs the system's own folders.
const SERVER: &str = "/usr/lib/rabbitmq/bin/rabbitmq-server";

/// A start takes 5 to 12 s on a machine with little else to do.
const READY_WITHIN: Duration = Duration::from_secs(90);

/// A running broker.
///
/// Dropping it ends it. Should the test itself be killed, the broker ends all the same, and its folder goes.
#[derive(Debug)]
pub struct Broker {
    folder: PathBuf,
    port: u16,
    distribution_port: u16,
    epmd_port: u16,
    server: Option<Child>,
    /// The port mapper, on which Erlang insists.
    _epmd: Guard,
    cleaner: Guard,
}

impl Broker {
    /// Starts a broker and waits until it speaks AMQP.
    ///
    /// `None` when RabbitMQ is not installed and the test shall be left out.
    ///
    /// # Panics
    /// If it does not get ready, with its log; and if it is not installed and `TINYRPC_TEST_FULL=1` is set.
    #[must_use]
    pub fn start() -> Option<Self> {
        if !Path::new(SERVER).exists() {
            leave_out("a RabbitMQ broker", "run scripts/setup.sh, which installs rabbitmq-server");
            return None;
        }
        static STARTED: AtomicUsize = AtomicUsize::new(0);
        let number = STARTED.fetch_add(1, Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("tinyrpc-broker-{}-{number}", std::process::id()));
        fs::create_dir(&folder).unwrap_or_else(|error| panic!("cannot make {}: {error}", folder.display()));
        fs::write(folder.join("plugins"), "[].\n").expect("the folder is ours");
        fs::write(folder.join("rabbitmq.conf"), "").expect("the folder is ours");
        let [port, distribution_port, epmd_port] = free_ports();
        // Its own, so that it ends with the test; the one that Erlang starts by itself would stay.
        let epmd = Guard::of("epmd", &["-port", &epmd_port.to_string(), "-address", "127.0.0.1"]);
        let mut broker = Self {
            port,
            distribution_port,
            epmd_port,
            server: None,
            _epmd: epmd,
            cleaner: Guard::cleaner(&folder),
            folder,
        };
        broker.launch();
        Some(broker)
    }

    /// The URL of the broker, or of what stands after it, such as `?queue=NAME`.
    #[must_use]
    pub fn url(&self, rest: &str) -> String {
        format!("amqp://127.0.0.1:{}/{rest}", self.port)
    }

    /// Where it listens, on the loopback address.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Ends the broker as an administrator would, and starts it again in the same place. Blocks until it is ready.
    ///
    /// # Panics
    /// If it does not end or does not get ready, with its log.
    pub fn restart(&mut self) {
        self.stop();
        self.launch();
    }

    /// Ends the broker; [`restart`](Self::restart) starts it again.
    ///
    /// # Panics
    /// If it does not end.
    pub fn stop(&mut self) {
        let Some(mut server) = self.server.take() else { return };
        let pid = fs::read_to_string(self.pid_file()).unwrap_or_default();
        let sent = Command::new("kill").args(["-TERM", pid.trim()]).stderr(Stdio::null()).status();
        assert!(sent.is_ok_and(|status| status.success()), "the broker was gone already; {}", self.log());
        let ended = wait(&mut server, READY_WITHIN);
        assert!(ended, "the broker does not end; {}", self.log());
        // The number may soon be another process's.
        let _ = fs::remove_file(self.pid_file());
    }

    fn launch(&mut self) {
        let path = |name: &str| self.folder.join(name);
        let log = fs::File::create(path("output")).expect("the folder is ours");
        let mut command = Command::new(SERVER);
        command
            .env("RABBITMQ_NODENAME", format!("tinyrpc-{}@localhost", self.port))
            .env("RABBITMQ_NODE_IP_ADDRESS", "127.0.0.1")
            .env("RABBITMQ_NODE_PORT", self.port.to_string())
            .env("RABBITMQ_DIST_PORT", self.distribution_port.to_string())
            .env("RABBITMQ_MNESIA_BASE", path("data"))
            .env("RABBITMQ_LOG_BASE", path("log"))
            .env("RABBITMQ_PID_FILE", self.pid_file())
            .env("RABBITMQ_CONFIG_FILE", path("rabbitmq.conf"))
            .env("RABBITMQ_ENABLED_PLUGINS_FILE", path("plugins"))
            .env("RABBITMQ_CONF_ENV_FILE", path("there-is-none"))
            .env("HOME", &self.folder)
            .env("ERL_EPMD_PORT", self.epmd_port.to_string())
            .env("ERL_EPMD_ADDRESS", "127.0.0.1")
            .stdin(Stdio::null())
            .stderr(log.try_clone().expect("a file can be shared"))
            .stdout(log);
        let server = command.spawn().unwrap_or_else(|error| panic!("cannot start {SERVER}: {error}"));
        let server = self.server.insert(server);
        let end = Instant::now() + READY_WITHIN;
        while !ready::speaks_amqp(self.port) {
            let gone = server.try_wait().expect("a child process can be waited for");
            assert!(gone.is_none() && Instant::now() < end, "the broker did not get ready; {}", self.log());
            // Nothing tells when a process that is not ours begins to listen.
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    fn pid_file(&self) -> PathBuf {
        self.folder.join("pid")
    }

    fn log(&self) -> String {
        format!("it said: {}", fs::read_to_string(self.folder.join("output")).unwrap_or_default())
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        // The cleaner ends it at once: nothing of it is wanted any more. This only collects the process.
        drop(std::mem::replace(&mut self.cleaner, Guard::none()));
        if let Some(mut server) = self.server.take() {
            wait(&mut server, READY_WITHIN);
        }
    }
}

/// Whether a process ended within the time.
fn wait(process: &mut Child, limit: Duration) -> bool {
    let end = Instant::now() + limit;
    while Instant::now() < end {
        if process.try_wait().is_ok_and(|status| status.is_some()) {
            return true;
        }
        // The standard library cannot wait for a process with a time limit.
        std::thread::sleep(Duration::from_millis(20));
    }
    false
}

/// Ports that nobody uses at this moment.
fn free_ports<const N: usize>() -> [u16; N] {
    // All are held before any is given back, so that they differ.
    let held = [(); N].map(|()| TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port is free"));
    held.map(|listener| listener.local_addr().expect("it is bound").port())
}
