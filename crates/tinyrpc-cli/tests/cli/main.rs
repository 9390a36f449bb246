//! Runs the built `tinyrpc` command as a user would.

mod ascii;
mod batch;
mod call;
mod cgi;
mod demo;
mod discover;
mod everywhere;
mod help;
mod notify;
mod streams;
mod subscribe;
mod support;
mod tls;
mod tour;
mod trouble;
