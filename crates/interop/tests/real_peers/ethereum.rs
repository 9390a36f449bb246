//! An Ethereum development node over WebSocket and HTTP.
