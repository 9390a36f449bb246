//! Finds the programs and packages that `scripts/setup.sh` installs for tests: those of Python in `.venv`, those of Node.js in
//! `.node`.

use std::path::PathBuf;
use std::process::Command;

use crate::{leave_out, repository};

/// A program of `.venv`, such as `python` or `mypy`.
///
/// `None` when it is not there and the test shall be left out.
///
/// # Panics
/// If it is not there and `TINYRPC_TEST_FULL=1` is set.
#[must_use]
pub fn venv_program(name: &str) -> Option<Command> {
    found(name, format!(".venv/bin/{name}")).map(Command::new)
}

/// A program of an npm package, such as `typescript/bin/tsc`, or a script of the test's own, to be run by Node.js.
///
/// `None` when Node.js or the program is not there and the test shall be left out.
///
/// # Panics
/// If one of them is not there and `TINYRPC_TEST_FULL=1` is set.
#[must_use]
pub fn node_program(script: &str) -> Option<Command> {
    let mut node = Command::new(found("node", ".node/bin/node".to_owned())?);
    let is_path = PathBuf::from(script).is_absolute();
    node.arg(if is_path { script.into() } else { node_package(script)? });
    Some(node)
}

/// A file of an npm package, such as `typescript/package.json`.
///
/// `None` when it is not there and the test shall be left out.
///
/// # Panics
/// If it is not there and `TINYRPC_TEST_FULL=1` is set.
#[must_use]
pub fn node_package(file: &str) -> Option<PathBuf> {
    found(file, format!(".node/node_modules/{file}"))
}

fn found(what: &str, path: String) -> Option<PathBuf> {
    let path = repository().join(path);
    if path.exists() {
        return Some(path);
    }
    leave_out(what, "run scripts/setup.sh");
    None
}
