//! The transports that the tour visits: one entry in a table for each.

use tinyrpc::client::Connector;
use tinyrpc::transport::memory::Memory;
use tinyrpc::transport::{ClientTransport, TransportError, TransportErrorKind};
use tinyrpc::{Client, JsonRpc, MessagePackRpc, Server, Service, protocol_named};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::callback;
use crate::demo;

/// A transport to visit.
pub(super) struct Place {
    /// What the table calls it while it has no URL.
    pub(super) name: &'static str,
    /// Those that it can carry.
    pub(super) protocols: &'static [&'static str],
    /// Whether one call finds what an earlier one has left: not where each has a process of its own.
    pub(super) remembers: bool,
    medium: Medium,
    /// What this machine lacks for it and how to get it; `None` when it can be visited.
    lacks: fn() -> Option<String>,
}

enum Medium {
    /// In this process.
    Memory,
    /// In this process, by functions that the program brings along.
    Callback,
    /// What to bind a server to.
    Url(&'static str),
    /// A file of this process's own for a unix socket, and parameters.
    #[cfg(unix)]
    Unix(&'static str),
    /// Another process that runs this program.
    Child,
    /// The same, a new one for each message.
    Cgi,
    /// A queue at the broker that the environment names.
    Amqp,
}

/// The variable that names a RabbitMQ broker.
const AMQP_URL: &str = "TINYRPC_AMQP_URL";

const BOTH: &[&str] = &["jsonrpc", "msgpack"];

const fn place(name: &'static str, protocols: &'static [&'static str], medium: Medium) -> Place {
    Place { name, protocols, remembers: true, medium, lacks: || None }
}

/// All transports, the simplest first, and every framing once at least.
pub(super) const PLACES: &[Place] = &[
    place("in memory", BOTH, Medium::Memory),
    place("callback", BOTH, Medium::Callback),
    place("in memory, by name", BOTH, Medium::Url("inproc://tour")),
    place("HTTP", BOTH, Medium::Url("http://127.0.0.1:0/")),
    place("WebSocket", BOTH, Medium::Url("ws://127.0.0.1:0/")),
    place("TCP", BOTH, Medium::Url("tcp://127.0.0.1:0")),
    place("TCP, length", BOTH, Medium::Url("tcp://127.0.0.1:0?framing=length")),
    place("TCP, json", &["jsonrpc"], Medium::Url("tcp://127.0.0.1:0?framing=json")),
    #[cfg(unix)]
    place("unix socket, header", BOTH, Medium::Unix("?framing=header")),
    place("child process", BOTH, Medium::Child),
    Place { remembers: false, ..place("CGI", BOTH, Medium::Cgi) },
    place("ZeroMQ", BOTH, Medium::Url("zmq+tcp://127.0.0.1:0")),
    Place { lacks: broker, ..place("RabbitMQ", BOTH, Medium::Amqp) },
];

/// What to do on Debian and the like; others have other ways to a broker, and the same variable.
fn broker() -> Option<String> {
    let how = || {
        format!(
            "no broker. Start one with `sudo apt-get install rabbitmq-server && sudo service rabbitmq-server start`, \
             then run `{AMQP_URL}=amqp://127.0.0.1/ tinyrpc tour`"
        )
    };
    std::env::var(AMQP_URL).is_err().then(how)
}

/// A queue of the tour's own at that broker, which goes with its last user.
fn queue(protocol: &str) -> String {
    let broker = std::env::var(AMQP_URL).unwrap_or_default();
    let separator = if broker.contains('?') { '&' } else { '?' };
    let process = std::process::id();
    format!("{broker}{separator}queue=tinyrpc-tour-{process}-{protocol}&auto_delete=true&protocol={protocol}")
}

/// What became of starting one.
pub(super) enum Started {
    Running(Running),
    /// The machine lacks something; what, and how to get it.
    Missing(String),
}

/// A client, and the server that it talks to.
pub(super) struct Running {
    pub(super) endpoint: String,
    pub(super) client: Client,
    server: Option<Serving>,
}

struct Serving {
    stop: oneshot::Sender<()>,
    task: JoinHandle<Result<(), TransportError>>,
}

impl Place {
    /// Serves the sample service in one protocol, on a free port where there are ports.
    pub(super) async fn start(&self, protocol: &str) -> Result<Started, TransportError> {
        if let Some(how) = (self.lacks)() {
            return Ok(Started::Missing(how));
        }
        let connector = Connector::new().with_protocol(protocol_named(protocol)?);
        let service = Service::new(JsonRpc::new(), demo::dispatcher()).speaking(protocol_named(protocol)?);
        let url = match self.medium {
            Medium::Memory => return Ok(self.in_process(Memory::new(service), protocol)),
            Medium::Callback => return Ok(self.in_process(callback::transport(service), protocol)),
            Medium::Child => {
                let url = this_program(&format!("exec:{PROGRAM} demo --protocol {protocol} --listen stdio:"))?;
                return Ok(alone("exec:tinyrpc demo --listen stdio:", connector.connect(&url).await?));
            }
            Medium::Cgi => {
                let url = this_program(&format!("cgi:{PROGRAM} cgi --protocol {protocol}"))?;
                return Ok(alone("cgi:tinyrpc cgi", connector.connect(&url).await?));
            }
            Medium::Url(url) => url.to_owned(),
            #[cfg(unix)]
            Medium::Unix(parameters) => {
                let file = std::env::temp_dir().join(format!("tinyrpc-tour-{}", std::process::id()));
                format!("unix://{}{parameters}", file.display())
            }
            Medium::Amqp => queue(protocol),
        };
        let server = Server::new(service).bind(&url).await?;
        let endpoint = server.endpoints().concat();
        let (stop, stopped) = oneshot::channel();
        // Either way of ending the wait ends the server.
        let task = tokio::spawn(server.run_until(async { drop(stopped.await) }));
        let client = match self.medium {
            // An endpoint does not show the password that is needed to use it.
            Medium::Amqp => connector.connect(&url).await?,
            _ => connector.connect(&endpoint).await?,
        };
        Ok(Started::Running(Running { endpoint, client, server: Some(Serving { stop, task }) }))
    }

    fn in_process(&self, transport: impl ClientTransport, protocol: &str) -> Started {
        let client = match protocol {
            "msgpack" => Client::new(transport, MessagePackRpc::new()),
            _ => Client::new(transport, JsonRpc::new()),
        };
        alone(self.name, client)
    }
}

/// A client whose server needs no care.
fn alone(endpoint: &str, client: Client) -> Started {
    Started::Running(Running { endpoint: endpoint.to_owned(), client, server: None })
}

/// Stands for this program in a URL that [`this_program`] completes.
const PROGRAM: &str = "PROGRAM";

/// The URL that starts this program.
fn this_program(url: &str) -> Result<String, TransportError> {
    let unknown =
        |error| TransportError::new(TransportErrorKind::Setup, "cannot tell which program this is").with_source(error);
    let path = std::env::current_exe().map_err(unknown)?;
    let quoted = path.to_string_lossy().replace('\'', r"'\''");
    Ok(url.replacen(PROGRAM, &format!("'{quoted}'"), 1))
}

impl Running {
    /// Stops the server and waits for its end.
    pub(super) async fn stop(self) -> Result<(), TransportError> {
        self.client.close().await;
        let Some(Serving { stop, task }) = self.server else { return Ok(()) };
        drop(stop);
        task.await.unwrap_or_else(|error| {
            Err(TransportError::new(TransportErrorKind::Closed, "the server broke").with_source(error))
        })
    }
}
