//! Generated clients: that they compile, check and call, and that documents which cannot be expressed are refused.

mod demo;
mod foreign;
mod hostile;
mod meta_schema;
mod python;
mod refused;
mod rust;
mod support;
mod typescript;

/// Files that the command has written; a test holds them against what it writes now.
mod golden {
    #[rustfmt::skip]
    pub(crate) mod demo;
    #[rustfmt::skip]
    pub(crate) mod everything;
}
