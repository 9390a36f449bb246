//! Programs that nobody here wrote, at the other end of links where both ends call: an editor, a language server, a server
//! of the Model Context Protocol, an Ethereum development node.
//!
//! Each also is an example, whose code is run here.

mod ethereum;
mod language_server;
mod mcp;
mod neovim;
