//! Wrong uses of the macros: the compiler must name what is wrong and what to do instead.
//!
//! After a change of a message, `TRYBUILD=overwrite cargo test -p tinyrpc-macros --test wrong_use` writes them anew; read
//! what has changed.

use std::process::Command;

/// The compiler whose words the files in `wrong_types/` hold; others say the same differently.
const WORDED_BY: &str = "rustc 1.95.";

#[test]
fn wrong_uses_are_explained() {
    let cases = trybuild::TestCases::new();
    cases.compile_fail("tests/wrong_use/*.rs");

    let compiler = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let version = Command::new(compiler).arg("--version").output().expect("there is a compiler");
    let version = String::from_utf8_lossy(&version.stdout);
    if version.starts_with(WORDED_BY) {
        cases.compile_fail("tests/wrong_types/*.rs");
    } else {
        eprintln!("left out: tests/wrong_types (this is {version}, they need {WORDED_BY}x)");
    }
}
