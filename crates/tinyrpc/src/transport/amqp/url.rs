//! Reads URLs such as `amqp://user:password@host:5672/vhost?queue=NAME`.

use std::fmt::Write as _;

use super::broker::{Broker, GUEST};
use super::error::setup;
use super::queue::{AmqpQueue, QueueArgument};
use crate::transport::TransportError;
use crate::transport::maybe_tls::Security;

const PORT: u16 = 5672;
const TLS_PORT: u16 = 5671;

/// The URL of an endpoint, taken apart. The client and the server each use a part of it.
#[derive(Clone, Debug)]
pub(super) struct Target {
    pub(super) broker: Broker,
    /// The queue, with the exchange in its binding. Its name is empty if the URL has none.
    pub(super) queue: AmqpQueue,
    pub(super) prefetch: Option<u16>,
    pub(super) in_flight: Option<usize>,
    pub(super) reply_queue: bool,
}

impl Target {
    /// Errors do not quote the URL, which may hold a password.
    pub(super) fn parse(url: &str) -> Result<Self, TransportError> {
        let (tls, rest) = match url.split_once("://") {
            Some(("amqp", rest)) => (false, rest),
            Some(("amqps", rest)) => (true, rest),
            _ => return Err(setup("the URL of a broker begins with amqp:// or amqps://")),
        };
        let security = Security::wanted(tls)?;
        let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (authority, vhost) = rest.split_once('/').unwrap_or((rest, ""));
        // Names of virtual hosts are mostly `/`, which does not look like one in a URL; the empty name is never meant.
        let vhost = if vhost.is_empty() { "/".to_owned() } else { decoded(vhost)? };
        let (user, address) = authority.rsplit_once('@').unwrap_or(("", authority));
        let (user, password) = user.split_once(':').unwrap_or((user, GUEST));
        let user = if user.is_empty() { GUEST } else { user };
        let (host, port) = host_and_port(address, if tls { TLS_PORT } else { PORT })?;
        let (user, password) = (decoded(user)?, decoded(password)?);
        let broker = Broker { host, port, user, password, vhost, security };
        let queue = AmqpQueue::new("");
        let mut target = Self { broker, queue, prefetch: None, in_flight: None, reply_queue: false };
        let mut binding = (None, None);
        for parameter in query.split('&').filter(|parameter| !parameter.is_empty()) {
            let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
            let value = decoded(value)?;
            match name {
                "exchange" => binding.0 = Some(value),
                "routing_key" => binding.1 = Some(value),
                _ => target.set(name, value)?,
            }
        }
        target.queue.binding = match binding {
            (None, None) => None,
            (exchange, key) => Some((exchange.unwrap_or_default(), key.unwrap_or_else(|| target.queue.name.clone()))),
        };
        match target.queue.too_long() {
            Some(_) => Err(setup("a name in the URL is longer than the 255 bytes that AMQP allows")),
            None => Ok(target),
        }
    }

    fn set(&mut self, name: &str, value: String) -> Result<(), TransportError> {
        match name {
            "queue" => self.queue.name = value,
            "durable" => self.queue.durable = flag(name, &value)?,
            "exclusive" => self.queue.exclusive = flag(name, &value)?,
            "auto_delete" => self.queue.auto_delete = flag(name, &value)?,
            "quorum" => {
                if flag(name, &value)? {
                    self.queue = self.queue.clone().with_quorum();
                }
            }
            "reply_queue" => self.reply_queue = flag(name, &value)?,
            "cacert" => self.broker.security = self.broker.security.clone().trusting(&value)?,
            "prefetch" => self.prefetch = Some(number(name, &value)?),
            "in_flight" => self.in_flight = Some(number(name, &value)?),
            _ if name.starts_with("x-") => {
                self.queue.arguments.insert(name.to_owned(), QueueArgument::read(value));
            }
            _ => return Err(setup(format!("amqp:// URLs have no parameter `{name}`"))),
        }
        Ok(())
    }

    /// The exchange and the routing key that reach the queue.
    pub(super) fn route(&self) -> (&str, &str) {
        match &self.queue.binding {
            Some((exchange, key)) => (exchange, key),
            None => ("", &self.queue.name),
        }
    }

    /// The URL that clients use, without the password.
    pub(super) fn endpoint(&self) -> String {
        let mut url = format!("{}?queue={}", self.broker, encoded(&self.queue.name));
        if let Some((exchange, key)) = &self.queue.binding {
            // Writing to a string cannot fail.
            let _ = write!(url, "&exchange={}&routing_key={}", encoded(exchange), encoded(key));
        }
        url
    }
}

fn host_and_port(address: &str, usual: u16) -> Result<(String, u16), TransportError> {
    let (host, port) = match address.strip_prefix('[') {
        Some(rest) => match rest.split_once(']') {
            Some((host, port)) => (host, port.strip_prefix(':')),
            None => return Err(setup("the URL has a `[` without its `]`")),
        },
        None => address.rsplit_once(':').map_or((address, None), |(host, port)| (host, Some(port))),
    };
    if host.is_empty() {
        return Err(setup("the URL names no host"));
    }
    let port = port.map_or(Ok(usual), str::parse);
    let port = port.map_err(|_| setup("the port in the URL is no number from 0 to 65535"))?;
    Ok((decoded(host)?, port))
}

fn flag(name: &str, value: &str) -> Result<bool, TransportError> {
    value.parse().map_err(|_| setup(format!("`{name}` in the URL must be true or false")))
}

/// A number of at least 1.
fn number<N: std::str::FromStr + Default + PartialEq>(name: &str, value: &str) -> Result<N, TransportError> {
    let number = value.parse().ok().filter(|number| *number != N::default());
    number.ok_or_else(|| setup(format!("`{name}` in the URL must be a number, at least 1")))
}

fn decoded(text: &str) -> Result<String, TransportError> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'%' => match (rest.next().and_then(digit), rest.next().and_then(digit)) {
                (Some(high), Some(low)) => high << 4 | low,
                _ => return Err(setup("the URL has a `%` without its two hexadecimal digits")),
            },
            other => other,
        });
    }
    String::from_utf8(bytes).map_err(|_| setup("the URL stands for text that is not UTF-8"))
}

fn digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

/// The text as a URL carries it.
pub(super) fn encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => out.push(char::from(byte)),
            _ => {
                // Writing to a string cannot fail.
                let _ = write!(out, "%{byte:02X}");
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn what_a_url_leaves_out_is_usual() {
        for url in ["amqp://there", "amqp://there/", "amqp://there:5672/%2f", "amqp://guest:guest@there"] {
            let broker = Target::parse(url).unwrap().broker;
            assert_eq!(broker.to_string(), "amqp://there:5672/%2F", "{url}");
            assert_eq!((broker.user, broker.password), (GUEST.to_owned(), GUEST.to_owned()), "{url}");
        }
    }

    #[test]
    fn everything_may_be_percent_encoded_and_the_password_is_not_shown() {
        let target = Target::parse("amqp://m%40e:s%3Ae%2Fc@[::1]:7/a%20b?queue=q%26a&exchange=e%3F").unwrap();
        assert_eq!((&*target.broker.user, &*target.broker.password), ("m@e", "s:e/c"));
        assert_eq!(target.route(), ("e?", "q&a"));
        assert_eq!(target.endpoint(), "amqp://m%40e@[::1]:7/a%20b?queue=q%26a&exchange=e%3F&routing_key=q%26a");
        assert!(!format!("{target:?}").contains("s:e/c"));
        let again = Target::parse(&target.endpoint()).unwrap();
        assert_eq!(again.route(), target.route());
    }

    #[test]
    fn options_are_read() {
        let url =
            "amqp://h/v?queue=q&quorum=true&x-max-length=5&x-a=true&x-b=c&prefetch=9&in_flight=1&reply_queue=true";
        let target = Target::parse(url).unwrap();
        let queue = AmqpQueue::new("q").with_quorum();
        let queue = queue.with_argument("x-max-length", 5).with_argument("x-a", true).with_argument("x-b", "c");
        assert_eq!(target.queue, queue);
        assert_eq!((target.prefetch, target.in_flight, target.reply_queue), (Some(9), Some(1), true));
        assert_eq!(target.route(), ("", "q"));
    }

    #[test]
    fn mistakes_are_named() {
        let long = format!("amqp://h?queue={}", "q".repeat(256));
        for (url, says) in [
            ("http://h", "begins with amqp://"),
            ("amqp://h?cacert=x", "amqps:"),
            ("amqp://h:x", "port"),
            ("amqp://:5672", "no host"),
            ("amqp://[::1", "`[`"),
            ("amqp://h?durable=yes", "true or false"),
            ("amqp://h?prefetch=0", "at least 1"),
            ("amqp://h?queue=%x", "hexadecimal"),
            ("amqp://h?queue=%ff", "UTF-8"),
            ("amqp://h?que=q", "no parameter `que`"),
            (&long, "255"),
        ] {
            let error = Target::parse(url).unwrap_err().to_string();
            assert!(error.contains(says), "{url}: {error}");
        }
    }
}
