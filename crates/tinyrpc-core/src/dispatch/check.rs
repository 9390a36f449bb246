//! How strictly arguments are held against what a handler takes.

use std::sync::Arc;

use super::MethodInfo;
use crate::error::RpcError;
use crate::message::Params;

/// Whether arguments that a handler has no use for are refused.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum ArgumentCheck {
    /// Too many positional and unknown named arguments are "Invalid params".
    #[default]
    Exact,
    /// They are ignored. What is missing or of the wrong type is still refused, since no handler could run.
    Off,
}

/// A check of a program's own, made before the arguments are decoded: gets the method as listed, and its arguments.
pub type Validator = Arc<dyn Fn(&MethodInfo, Params<'_>) -> Result<(), RpcError> + Send + Sync>;
