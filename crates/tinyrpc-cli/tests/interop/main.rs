//! The library and the command with other implementations: Python's tinyrpc, and servers that answer in odd ways.
//!
//! The peers are programs in `interop/peers/`. Each test is one row in the table that `scripts/test.sh` prints.

mod callback;
mod cgi;
mod command;
mod odd_servers;
mod python_client;
mod python_server;
mod support;
mod zmq;
