//! The methods that take or give any value and never decode it.

use serde::de::DeserializeOwned;
use tinyrpc::codec::Items;
use tinyrpc::dispatch::from_fn;
use tinyrpc::message::Params;
use tinyrpc::{Call, Handler, Outcome, Payload, RpcError};

/// Gives back its argument, bit for bit where both sides use the same encoding.
pub(super) fn echo() -> Box<dyn Handler> {
    from_fn(|call: Call<'_>| {
        let value = check(call.params, &["value"]).and_then(|()| call.params.argument(0, "value"));
        match value {
            Ok(value) => Outcome::Done(call.reply.send_payload(&value)),
            Err(error) => error.into(),
        }
    })
}

/// Fails with the error that it is told.
pub(super) fn fail() -> Box<dyn Handler> {
    from_fn(|call: Call<'_>| match wanted(call.params) {
        Ok(error) | Err(error) => error.into(),
    })
}

/// The error that the arguments of `fail` describe.
fn wanted(params: Params<'_>) -> Result<RpcError, RpcError> {
    check(params, &["code", "message", "data"])?;
    let code: i64 = decode(&params.argument(0, "code")?, "code")?;
    let message: String = decode(&params.argument(1, "message")?, "message")?;
    let error = RpcError::new(code, message);
    Ok(match params.argument(2, "data") {
        Ok(data) => error.with_payload(data),
        Err(_) => error,
    })
}

fn decode<T: DeserializeOwned>(argument: &Payload, name: &str) -> Result<T, RpcError> {
    argument.decode().map_err(|error| RpcError::invalid_params(format_args!("argument `{name}`: {error}")))
}

/// Refuses arguments that the method has not got.
fn check(params: Params<'_>, names: &[&str]) -> Result<(), RpcError> {
    match params.items()? {
        Items::Array(items) if items.len() > names.len() => {
            let (most, got) = (names.len(), items.len());
            Err(RpcError::invalid_params(format_args!("expected at most {most} arguments, got {got}")))
        }
        Items::Map(items) => match items.iter().find(|(name, _)| !names.contains(&&**name)) {
            Some((name, _)) => Err(RpcError::invalid_params(format_args!("unknown argument `{name}`"))),
            None => Ok(()),
        },
        _ => Ok(()),
    }
}
