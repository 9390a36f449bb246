//! A service picks the protocol of a message by its media type.

use tinyrpc::{Dispatcher, JsonRpc, Service};

#[test]
fn the_media_type_picks_the_protocol() {
    let service = Service::new(JsonRpc::new(), Dispatcher::new());
    let name = |content_type| service.protocol_for(content_type).map(|protocol| protocol.name());
    for known in [
        None,
        Some(""),
        Some(" ;charset=utf-8"),
        Some("application/json"),
        Some("Application/JSON; charset=utf-8"),
        Some(" application/json-rpc;"),
    ] {
        assert_eq!(name(known), Some("jsonrpc"), "{known:?}");
    }
    for unknown in ["text/plain", "application/msgpack", "application/jsonx"] {
        assert_eq!(name(Some(unknown)), None, "{unknown}");
    }
}
