//! The settings that all servers on streams have.

/// Adds setters to a server whose field `settings` holds [`Settings`](super::serve::Settings).
macro_rules! setters {
    ($server:ident) => {
        impl $server {
            /// How streams are cut into messages; default: what is [usual](super::Framings::usual) for the protocol.
            #[must_use]
            pub fn with_framing(mut self, framings: super::Framings) -> Self {
                self.settings.framings = Some(framings);
                self
            }

            /// Serves at most so many connections at a time; default 10,000. More wait until one ends. An idle one costs
            /// about 3.6 KiB.
            #[must_use]
            pub fn with_connections(mut self, connections: usize) -> Self {
                self.settings.connections = connections.max(1);
                self
            }

            /// How long a connection may stay without a message and without a call under way; default 1 hour, `None` for
            /// ever. Then it is closed.
            #[must_use]
            pub fn with_idle_timeout(mut self, time: Option<std::time::Duration>) -> Self {
                self.settings.peer = self.settings.peer.with_idle_timeout(time);
                self
            }

            /// The settings of every link, in place of the idle timeout that was set before.
            #[must_use]
            pub fn with_peer_settings(mut self, settings: crate::peer::PeerSettings) -> Self {
                self.settings.peer = settings;
                self
            }
        }
    };
}

pub(super) use setters;
