//! The `tinyrpc` command.
fn main() {}
