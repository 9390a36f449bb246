//! Where a broker is, and connecting to it.

use std::fmt;
use std::time::Duration;

use lapin::uri::{AMQPAuthority, AMQPQueryString, AMQPScheme, AMQPUri, AMQPUserInfo};
use lapin::{Connection, ConnectionProperties};

use super::error::{not_connected, unreachable};
#[cfg(feature = "tls")]
use super::secure::Secure;
use super::url::encoded;
use crate::transport::TransportError;
use crate::transport::maybe_tls::Security;

/// A broker that does not answer within this time is not there.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// A connection on which nothing came for this long is broken; both sides send something every half of it.
const HEARTBEAT_SECONDS: u16 = 20;

/// The user and password of a fresh broker, which it takes from its own machine only.
pub(super) const GUEST: &str = "guest";

/// Prints as `amqp://host:port/vhost`, with the user if it is not the usual one, and never with the password.
#[derive(Clone)]
pub(super) struct Broker {
    /// A name or an address; IPv6 without its brackets.
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) user: String,
    pub(super) password: String,
    pub(super) vhost: String,
    pub(super) security: Security,
}

impl Broker {
    /// Opens a connection that shows up at the broker under the name `tinyrpc ROLE`.
    pub(super) async fn connect(&self, role: &str) -> Result<Connection, TransportError> {
        let uri = AMQPUri {
            scheme: AMQPScheme::AMQP,
            authority: AMQPAuthority {
                userinfo: AMQPUserInfo { username: self.user.clone(), password: self.password.clone() },
                host: self.host.clone(),
                port: self.port,
            },
            vhost: self.vhost.clone(),
            query: AMQPQueryString {
                heartbeat: Some(HEARTBEAT_SECONDS),
                connection_timeout: u64::try_from(CONNECT_TIMEOUT.as_millis()).ok(),
                ..AMQPQueryString::default()
            },
        };
        // Recovery is our own: calls under way at a broken connection have to end, not to wait.
        let properties = ConnectionProperties::default().with_connection_name(format!("tinyrpc {role}").into());
        let connecting = async {
            match &self.security {
                Security::Plain => Connection::connect_uri(uri, properties).await,
                #[cfg(feature = "tls")]
                Security::Tls(tls) => {
                    let runtime = Secure::runtime(tls.clone(), &self.host, self.port);
                    Connection::connect_uri_with_runtime(uri, properties, runtime).await
                }
            }
        };
        match tokio::time::timeout(CONNECT_TIMEOUT, connecting).await {
            Ok(Ok(connection)) => Ok(connection),
            Ok(Err(error)) => Err(not_connected(self, &error)),
            Err(_) => Err(unreachable(format!("the broker at {self} did not answer within {CONNECT_TIMEOUT:?}"))),
        }
    }
}

impl fmt::Display for Broker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.security {
            Security::Plain => "amqp://",
            #[cfg(feature = "tls")]
            Security::Tls(_) => "amqps://",
        })?;
        if self.user != GUEST {
            write!(f, "{}@", encoded(&self.user))?;
        }
        match self.host.contains(':') {
            true => write!(f, "[{}]:{}", self.host, self.port)?,
            false => write!(f, "{}:{}", self.host, self.port)?,
        }
        write!(f, "/{}", encoded(&self.vhost))
    }
}

impl fmt::Debug for Broker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
