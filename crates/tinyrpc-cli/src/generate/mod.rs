//! Typed clients from OpenRPC documents: a document becomes a model, and the model a file in one of three languages.

mod circles;
mod document;
mod model;
mod names;
mod python;
mod rust;
mod schema;
mod text;
mod typescript;

use std::fmt;

use tinyrpc::openrpc::Document;

/// What can be generated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Language {
    Rust,
    Python,
    #[value(name = "typescript", alias = "ts")]
    TypeScript,
}

/// A place in a document that cannot be expressed, and why.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Refusal {
    path: String,
    why: String,
}

impl Refusal {
    fn new(path: impl Into<String>, why: impl Into<String>) -> Self {
        Self { path: path.into(), why: why.into() }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path, self.why)
    }
}

/// The client, or all the places that cannot be expressed.
pub(crate) fn generate(language: Language, document: &Document) -> Result<String, Vec<Refusal>> {
    let model = document::read(document)?;
    match language {
        Language::Rust => rust::write(&model),
        Language::Python => Ok(python::write(&model)),
        Language::TypeScript => Ok(typescript::write(&model)),
    }
}

#[cfg(test)]
mod tests;
