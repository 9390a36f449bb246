//! The choice of how a byte stream is cut into messages.

use std::fmt;
use std::sync::Arc;

use tinyrpc_core::Protocol;
use tinyrpc_core::framing::{Framing, Header, Json, Length, Line};

use crate::transport::{TransportError, TransportErrorKind};

/// Which framing the streams of a server or a client have. Cheap to clone.
///
/// Both sides must use the same one; nothing on the wire tells which.
///
/// ```
/// # use tinyrpc::transport::stream::Framings;
/// let by_name = Framings::named("header")?;
/// let by_type = Framings::new(tinyrpc::framing::Header::new);
/// assert_eq!(by_name.name(), by_type.name());
/// # Ok::<(), tinyrpc::transport::TransportError>(())
/// ```
#[derive(Clone)]
pub struct Framings(Arc<Make>);

type Make = dyn Fn(usize) -> Box<dyn Framing> + Send + Sync;

impl Framings {
    /// Framings that `make` makes, each for one direction of one stream; its argument is the longest message to be read,
    /// in bytes.
    pub fn new<F: Framing>(make: impl Fn(usize) -> F + Send + Sync + 'static) -> Self {
        Self(Arc::new(move |longest| Box::new(make(longest))))
    }

    /// The framing that is called so in URLs: `line`, `header`, `length`, `json` or `msgpack`.
    ///
    /// # Errors
    /// With [`Setup`](TransportErrorKind::Setup) when there is none of this name, or its feature is not built in.
    pub fn named(name: &str) -> Result<Self, TransportError> {
        match name {
            "line" => Ok(Self::new(Line::new)),
            "header" => Ok(Self::new(Header::new)),
            "length" => Ok(Self::new(Length::new)),
            "json" => Ok(Self::new(Json::new)),
            #[cfg(feature = "msgpack")]
            "msgpack" => Ok(Self::new(tinyrpc_core::framing::MessagePack::new)),
            _ => {
                let what = format!("there is no framing `{name}`; there are line, header, length, json and msgpack");
                Err(TransportError::new(TransportErrorKind::Setup, what))
            }
        }
    }

    /// The framing that a protocol usually has: lines for JSON, none but the values themselves for MessagePack, and four
    /// bytes of length for anything else.
    #[must_use]
    pub fn usual(protocol: &dyn Protocol) -> Self {
        let media_type = protocol.content_type();
        #[cfg(feature = "msgpack")]
        if media_type.ends_with("msgpack") {
            return Self::new(tinyrpc_core::framing::MessagePack::new);
        }
        if media_type.ends_with("json") { Self::new(Line::new) } else { Self::new(Length::new) }
    }

    /// The name in a URL.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.make(0).name()
    }

    /// A framing for one direction of one stream, for messages of at most `longest` bytes.
    #[must_use]
    pub fn make(&self, longest: usize) -> Box<dyn Framing> {
        (self.0)(longest)
    }
}

impl fmt::Debug for Framings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Framings({})", self.name())
    }
}
