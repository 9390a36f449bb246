//! The macros of tinyrpc. Use them through the `tinyrpc` crate, which re-exports them.
