//! Runs the built command, and keeps what it writes in folders of the tests' own.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use tinyrpc_interop::Finished;

/// Compilers take their time on a busy machine.
pub(crate) const LIMIT: Duration = Duration::from_secs(600);

pub(crate) const EVERYTHING: &str = "tests/generate/everything.json";

/// The built command with these arguments, run to its end in the folder of the package.
pub(crate) fn tinyrpc(arguments: &[&str]) -> Finished {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tinyrpc"));
    command.args(arguments).env_remove("TINYRPC_LOG").current_dir(env!("CARGO_MANIFEST_DIR"));
    Finished::run(&mut command, LIMIT)
}

/// The client in this language for a document.
#[track_caller]
pub(crate) fn generated(language: &str, document: &str) -> String {
    let finished = tinyrpc(&["generate", language, document]);
    assert!(finished.status.success(), "{document}: {}", finished.stderr);
    finished.stdout
}

/// Writes the client into a file.
#[track_caller]
pub(crate) fn generate_into(file: &Path, language: &str, document: &str) {
    let finished = tinyrpc(&["generate", language, document, "--output", file.to_str().expect("the path is UTF-8")]);
    assert!(finished.status.success(), "{document}: {}", finished.stderr);
    assert_eq!((&*finished.stdout, &*finished.stderr), ("", ""));
}

/// An empty folder called `name`.
pub(crate) fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("generate").join(name);
    if folder.exists() {
        fs::remove_dir_all(&folder).expect("the folder of an earlier run can be removed");
    }
    fs::create_dir_all(&folder).expect("the folder for tests can be written to");
    folder
}

/// Runs a program that must succeed.
#[track_caller]
pub(crate) fn succeeds(command: &mut Command) -> Finished {
    let finished = Finished::run(command, LIMIT);
    assert!(finished.status.success(), "{command:?}\n{}\n{}", finished.stdout, finished.stderr);
    finished
}

/// Documents of others: the Ethereum execution API with the methods of a wallet, and the examples of the OpenRPC project.
pub(crate) fn foreign() -> Option<Vec<PathBuf>> {
    let examples = "@open-rpc/examples/build/service-descriptions";
    let mut found = vec![tinyrpc_interop::installed("@metamask/api-specs/dist/build/openrpc.json")?];
    for name in
        ["api-with-examples", "link-example", "params-by-name-petstore", "petstore-expanded", "petstore", "simple-math"]
    {
        found.push(tinyrpc_interop::installed(&format!("{examples}/{name}-openrpc.json"))?);
    }
    Some(found)
}

/// A sample service; dropping it ends it.
pub(crate) fn demo() -> tinyrpc_interop::Peer {
    tinyrpc_interop::program_peer(env!("CARGO_BIN_EXE_tinyrpc"), &["demo", "--listen", "http://127.0.0.1:0/"])
}
