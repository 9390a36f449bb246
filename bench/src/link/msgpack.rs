//! MessagePack-RPC on a stream, by hand with rmp and rmp-serde: each message is read and answered in one pass.
//!
//! Fair because nothing is read twice: where a message ends is known when its params have been decoded. What is no call
//! of one of the functions ends the connection, which a library may not do.

use crate::methods;
use rmp::decode::{self, NumValueReadError, ValueReadError};
use rmp_serde::decode::Error;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::io;

/// Answers the whole messages at the front, and says how long they were.
pub(super) fn answer_all(unread: &[u8], out: &mut Vec<u8>) -> io::Result<usize> {
    let mut rest = unread;
    while !rest.is_empty() {
        let mut message = rest;
        match answer(&mut message, out) {
            Ok(()) => rest = message,
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => break,
            Err(error) => return Err(error),
        }
    }
    Ok(unread.len() - rest.len())
}

fn answer(message: &mut &[u8], out: &mut Vec<u8>) -> io::Result<()> {
    let length = decode::read_array_len(message).map_err(value)?;
    let id = match (length, decode::read_int::<u8, _>(message).map_err(number)?) {
        (4, 0) => Some(decode::read_int(message).map_err(number)?),
        (3, 2) => None,
        _ => return Err(io::Error::other("neither request nor notification")),
    };
    let length = decode::read_str_len(message).map_err(value)?;
    let Some((method, mut rest)) = message.split_at_checked(length as usize) else { return Err(short()) };
    match method {
        b"add" => call(&mut rest, id, out, |(a, b)| methods::add(a, b))?,
        b"subtract" => call(&mut rest, id, out, |(a, b)| methods::subtract(a, b))?,
        b"echo" => call(&mut rest, id, out, |(text,)| methods::echo(text))?,
        b"numbers" => call(&mut rest, id, out, |(values,)| methods::numbers(values))?,
        b"reverse" => call(&mut rest, id, out, |(text,)| methods::reverse(text))?,
        _ => return Err(io::Error::other("no such method")),
    }
    *message = rest;
    Ok(())
}

fn call<P, R>(params: &mut &[u8], id: Option<u32>, out: &mut Vec<u8>, function: impl FnOnce(P) -> R) -> io::Result<()>
where
    P: DeserializeOwned,
    R: Serialize,
{
    let decoded = P::deserialize(&mut rmp_serde::Deserializer::new(params));
    let result = function(decoded.map_err(|error| match error {
        Error::InvalidMarkerRead(error) | Error::InvalidDataRead(error) => error,
        error => io::Error::other(error),
    })?);
    if let Some(id) = id {
        // A reply of these types always serialises.
        let _ = rmp_serde::encode::write(out, &(1u8, id, (), result));
    }
    Ok(())
}

fn short() -> io::Error {
    io::ErrorKind::UnexpectedEof.into()
}

fn value(error: ValueReadError) -> io::Error {
    match error {
        ValueReadError::InvalidMarkerRead(error) | ValueReadError::InvalidDataRead(error) => error,
        error => io::Error::other(error),
    }
}

fn number(error: NumValueReadError) -> io::Error {
    match error {
        NumValueReadError::InvalidMarkerRead(error) | NumValueReadError::InvalidDataRead(error) => error,
        error => io::Error::other(error),
    }
}
