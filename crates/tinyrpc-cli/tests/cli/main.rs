//! Runs the built `tinyrpc` command as a user would.

mod batch;
mod call;
mod cgi;
mod demo;
mod discover;
mod help;
mod notify;
mod streams;
mod support;
mod tour;
mod trouble;
