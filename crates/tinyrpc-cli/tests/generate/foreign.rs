//! Generated Rust from documents of other projects, and from one that means harm, compiles.

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;
use std::{env, fs};

use crate::hostile;
use crate::support::{folder, foreign, generate_into, succeeds, tinyrpc};

#[test]
fn they_compile() {
    let Some(documents) = foreign() else { return };
    let package = folder("foreign");
    let source = package.join("src");
    fs::create_dir(&source).unwrap();
    let mut root = String::from("#![deny(warnings)]\n#![forbid(unsafe_code)]\n");
    let hostile = hostile::document(&package);
    for (number, document) in documents.iter().chain([&hostile]).enumerate() {
        generate_into(&source.join(format!("document{number}.rs")), "rust", document.to_str().unwrap());
        let _ = writeln!(root, "pub mod document{number};");
    }
    fs::write(source.join("lib.rs"), root).unwrap();
    let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap();
    fs::copy(repository.join("Cargo.lock"), package.join("Cargo.lock")).unwrap();
    let manifest = format!(
        r#"
        [package]
        name = "foreign"
        version = "0.1.0"
        edition = "2024"

        [dependencies]
        serde = {{ version = "1", features = ["derive"] }}
        serde_json = "1"
        tinyrpc = {{ path = {:?}, default-features = false, features = ["jsonrpc"] }}

        [workspace]
        "#,
        repository.join("crates/tinyrpc")
    );
    fs::write(package.join("Cargo.toml"), manifest).unwrap();
    // Kept from one run to the next: only the dependencies take time.
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("generate/target");
    let mut cargo = Command::new(env!("CARGO"));
    // What rustdoc takes for a test in documentation would be code of the document's; it compiles the library first.
    cargo.args(["test", "--quiet", "--offline", "--doc"]).env("CARGO_TARGET_DIR", &target).current_dir(&package);
    let tests = succeeds(&mut cargo);
    assert!(tests.stdout.contains("running 0 tests"), "{}", tests.stdout);
}

#[test]
fn what_cannot_be_expressed_in_a_foreign_document_is_named() {
    let Some(document) = tinyrpc_interop::node_package("@metamask/api-specs/dist/build/multichain-openrpc.json") else {
        return;
    };
    for language in ["rust", "python", "typescript"] {
        let finished = tinyrpc(&["generate", language, document.to_str().unwrap()]);
        assert_eq!((finished.status.code(), &*finished.stdout), (Some(1), ""));
        let places = [
            "#/components/schemas/SessionScopes/patternProperties: ",
            "#/methods/5/params/0/schema/patternProperties: ",
            "#/methods/5/params/1/schema/patternProperties: ",
        ];
        assert_eq!(finished.stderr.lines().count(), 1 + places.len(), "{}", finished.stderr);
        for place in places {
            assert!(finished.stderr.contains(place), "{place} is not in {}", finished.stderr);
        }
    }
}
