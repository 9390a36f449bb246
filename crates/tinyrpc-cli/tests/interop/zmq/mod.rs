//! ZeroMQ with unmodified Python tinyrpc at the other end, in both roles, and with plain pyzmq.

mod python_client;
mod python_server;

/// On a free port.
const TCP: &str = "zmq+tcp://127.0.0.1:0";
