//! Generated Rust from documents of other projects, and from one that means harm, compiles.

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;
use std::{env, fs};

use tinyrpc::openrpc::Document;

use crate::hostile;
use crate::support::{folder, foreign, generate_into, succeeds, tinyrpc};

/// One function for each method, and no stand-in for a type that was not understood.
#[track_caller]
fn has_every_method(document: &Path, client: &Path) {
    let document = Document::from_json(&fs::read_to_string(document).unwrap()).unwrap();
    let client = fs::read_to_string(client).unwrap();
    assert!(!document.methods.is_empty());
    assert_eq!(client.matches("    pub async fn ").count(), document.methods.len());
}

/// Values that the Ethereum document gives as examples are read and written without a loss. Its block has a member that
/// its schema has not, as real nodes send it; some other examples do not fit their schemas at all.
const EXAMPLES: &str = r#"
    #[test]
    fn examples_are_read() {
        let document: serde_json::Value = serde_json::from_str(include_str!("ethereum.json")).unwrap();
        let result = |name: &str| {
            let methods = document["methods"].as_array().unwrap();
            let method = methods.iter().find(|method| method["name"] == name).unwrap();
            method["examples"][0]["result"]["value"].clone()
        };
        fn check<T: serde::de::DeserializeOwned + serde::Serialize>(mut value: serde_json::Value) {
            // A member that may be null or missing is missing when it is written.
            value.as_object_mut().into_iter().for_each(|members| members.retain(|_, value| !value.is_null()));
            assert_eq!(serde_json::to_value(serde_json::from_value::<T>(value.clone()).unwrap()).unwrap(), value);
        }
        let block: document0::Block = serde_json::from_value(result("eth_getBlockByNumber")).unwrap();
        assert_eq!(block.number, "0x68b3");
        check::<document0::ReceiptInfo>(result("eth_getTransactionReceipt"));
        check::<document0::FilterResults>(result("eth_getLogs"));
    }
"#;

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
        has_every_method(document, &source.join(format!("document{number}.rs")));
    }
    root.push_str(EXAMPLES);
    fs::write(source.join("lib.rs"), root).unwrap();
    fs::copy(&documents[0], source.join("ethereum.json")).unwrap();
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

        [profile.dev]
        debug = false
        incremental = false

        [workspace]
        "#,
        repository.join("crates/tinyrpc")
    );
    fs::write(package.join("Cargo.toml"), manifest).unwrap();
    // Kept from one run to the next: only the dependencies take time.
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("generate/target");
    let mut cargo = Command::new(env!("CARGO"));
    // Tests in documentation as well: there must be none, since they would be code of the document's.
    cargo.args(["test", "--offline"]).env("CARGO_TARGET_DIR", &target).current_dir(&package);
    let tests = succeeds(&mut cargo);
    for expected in ["test examples_are_read ... ok", "running 0 tests"] {
        assert!(tests.stdout.contains(expected), "{expected} is not in {}", tests.stdout);
    }
}

#[test]
fn what_cannot_be_expressed_in_a_foreign_document_is_named() {
    let Some(document) = tinyrpc_interop::installed("@metamask/api-specs/dist/build/multichain-openrpc.json") else {
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
