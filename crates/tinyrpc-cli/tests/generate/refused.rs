//! What the command says of documents that it cannot use.

use std::fs;

use crate::support::{folder, tinyrpc};

#[test]
fn nothing_is_written_then() {
    let folder = folder("refused");
    let (document, client) = (folder.join("document.json"), folder.join("client.rs"));
    fs::write(
        &document,
        r##"{"openrpc": "1.3.2", "info": {"title": "t", "version": "1"}, "methods": [
            {"name": "m", "params": [{"name": "a/b", "schema": {"type": "object", "properties": {"x/y": {"not": {}}}}}]}]}"##,
    )
    .unwrap();
    fs::write(&client, "before").unwrap();
    let (document, target) = (document.to_str().unwrap(), client.to_str().unwrap());
    let finished = tinyrpc(&["generate", "rust", document, "-o", target]);
    assert_eq!((finished.status.code(), &*finished.stdout), (Some(1), ""));
    assert!(finished.stderr.contains("#/methods/0/params/0/schema/properties/x~1y/not: "), "{}", finished.stderr);
    assert_eq!(fs::read_to_string(&client).unwrap(), "before");

    let finished = tinyrpc(&["generate", "cobol", document]);
    assert_eq!(finished.status.code(), Some(2));
    let finished = tinyrpc(&["generate", "rust", "no-such-file"]);
    assert_eq!(finished.status.code(), Some(2));
    let nowhere = folder.join("none/client.rs");
    let everything = crate::support::EVERYTHING;
    let finished = tinyrpc(&["generate", "rust", everything, "-o", nowhere.to_str().unwrap()]);
    assert_eq!(finished.status.code(), Some(1));
    assert!(finished.stderr.contains("cannot write"), "{}", finished.stderr);
}

/// A disk that is full costs nothing of the file that was there.
#[test]
#[cfg(unix)]
fn what_cannot_be_written_whole_is_not_written() {
    let folder = folder("full");
    let client = folder.join("client.rs");
    fs::write(&client, "before").unwrap();
    // No file may grow beyond one block, and the program is told of it by an error.
    let script = r#"trap '' XFSZ; ulimit -f 1; exec "$0" generate rust "$1" -o "$2""#;
    let mut command = std::process::Command::new("bash");
    command.args(["-c", script, env!("CARGO_BIN_EXE_tinyrpc"), crate::support::EVERYTHING]).arg(&client);
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert!(String::from_utf8_lossy(&output.stderr).contains("cannot write"), "{output:?}");
    assert_eq!(fs::read_to_string(&client).unwrap(), "before");
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 1, "nothing is left beside it");
}
