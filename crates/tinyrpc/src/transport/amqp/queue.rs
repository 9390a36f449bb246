//! How the server declares its queue.

use std::collections::BTreeMap;

use lapin::Channel;
use lapin::options::{QueueBindOptions, QueueDeclareOptions};
use lapin::types::{AMQPValue, FieldTable};

/// A queue, and where its messages come from.
///
/// As Python's tinyrpc declares it unless told otherwise: it does not survive a restart of the broker, stays when nobody
/// reads it, and gets its messages through the default exchange. All who declare a queue must declare it alike.
#[derive(Clone, Debug, PartialEq)]
pub struct AmqpQueue {
    pub(super) name: String,
    pub(super) durable: bool,
    pub(super) exclusive: bool,
    pub(super) auto_delete: bool,
    pub(super) arguments: BTreeMap<String, QueueArgument>,
    /// An exchange and a routing key.
    pub(super) binding: Option<(String, String)>,
}

/// The value of an argument of a queue's declaration.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum QueueArgument {
    /// `true` or `false`.
    Flag(bool),
    /// A whole number.
    Number(i64),
    /// A text.
    Text(String),
}

impl AmqpQueue {
    /// The queue of this name, of at most 255 bytes.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            durable: false,
            exclusive: false,
            auto_delete: false,
            arguments: BTreeMap::new(),
            binding: None,
        }
    }

    /// The queue survives a restart of the broker. Default: no. Messages in it do not, unless it is a quorum queue.
    #[must_use]
    pub fn with_durable(mut self, durable: bool) -> Self {
        self.durable = durable;
        self
    }

    /// A replicated queue that keeps its messages: durable, of type `quorum`.
    #[must_use]
    pub fn with_quorum(self) -> Self {
        self.with_durable(true).with_argument("x-queue-type", "quorum")
    }

    /// Only the server's own connection may use the queue, which ends with it. Default: no.
    #[must_use]
    pub fn with_exclusive(mut self, exclusive: bool) -> Self {
        self.exclusive = exclusive;
        self
    }

    /// The queue is deleted when its last reader is gone. Default: no.
    #[must_use]
    pub fn with_auto_delete(mut self, auto_delete: bool) -> Self {
        self.auto_delete = auto_delete;
        self
    }

    /// Adds an argument of the declaration, such as `x-max-length`.
    #[must_use]
    pub fn with_argument(mut self, name: impl Into<String>, value: impl Into<QueueArgument>) -> Self {
        self.arguments.insert(name.into(), value.into());
        self
    }

    /// Binds the queue to an exchange, which must exist. Clients publish there with this routing key. Replies go through
    /// the default exchange all the same.
    #[must_use]
    pub fn with_exchange(mut self, exchange: impl Into<String>, routing_key: impl Into<String>) -> Self {
        self.binding = Some((exchange.into(), routing_key.into()));
        self
    }

    pub(super) async fn declare(&self, channel: &Channel) -> lapin::Result<()> {
        let options = QueueDeclareOptions {
            durable: self.durable,
            exclusive: self.exclusive,
            auto_delete: self.auto_delete,
            ..QueueDeclareOptions::default()
        };
        let mut arguments = FieldTable::default();
        for (name, value) in &self.arguments {
            arguments.insert(name.as_str().into(), value.to_amqp());
        }
        let name = || self.name.as_str().into();
        channel.queue_declare(name(), options, arguments).await?;
        if let Some((exchange, key)) = &self.binding {
            let (exchange, key) = (exchange.as_str().into(), key.as_str().into());
            channel.queue_bind(name(), exchange, key, QueueBindOptions::default(), FieldTable::default()).await?;
        }
        Ok(())
    }

    /// The first name in here that AMQP cannot carry.
    pub(super) fn too_long(&self) -> Option<&str> {
        let binding = self.binding.iter().flat_map(|(exchange, key)| [exchange, key]);
        let mut names = [&self.name].into_iter().chain(binding).chain(self.arguments.keys());
        names.find(|name| name.len() > 255).map(String::as_str)
    }
}

impl QueueArgument {
    /// What a URL's parameter means: a number or a flag if it looks like one.
    pub(super) fn read(text: String) -> Self {
        match (text.parse(), text.parse()) {
            (Ok(number), _) => Self::Number(number),
            (_, Ok(flag)) => Self::Flag(flag),
            _ => Self::Text(text),
        }
    }

    fn to_amqp(&self) -> AMQPValue {
        match self {
            Self::Flag(flag) => AMQPValue::Boolean(*flag),
            Self::Number(number) => AMQPValue::LongLongInt(*number),
            Self::Text(text) => AMQPValue::LongString(text.as_str().into()),
        }
    }
}

impl From<bool> for QueueArgument {
    fn from(flag: bool) -> Self {
        Self::Flag(flag)
    }
}

impl From<i64> for QueueArgument {
    fn from(number: i64) -> Self {
        Self::Number(number)
    }
}

impl From<&str> for QueueArgument {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for QueueArgument {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}
