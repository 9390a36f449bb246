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
