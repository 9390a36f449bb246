//! The commands, one in each file.

pub(crate) mod batch;
pub(crate) mod call;
pub(crate) mod cgi;
pub(crate) mod demo;
pub(crate) mod discover;
pub(crate) mod generate;
pub(crate) mod notify;
pub(crate) mod subscribe;
