//! Tells a broker that is ready from one that only has its port open.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::time::Duration;

/// What a client of AMQP 0-9-1 says first.
const GREETING: &[u8] = b"AMQP\x00\x00\x09\x01";

/// A broker answers with a method frame on channel 0.
const ANSWER: [u8; 3] = [1, 0, 0];

pub(super) fn speaks_amqp(port: u16) -> bool {
    let mut answer = [0; 3];
    let mut ask = || {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
        stream.set_read_timeout(Some(Duration::from_secs(5)))?;
        stream.write_all(GREETING)?;
        stream.read_exact(&mut answer)
    };
    ask().is_ok() && answer == ANSWER
}
