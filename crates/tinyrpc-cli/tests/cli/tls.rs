//! Endpoints over TLS, as a user gives them.

use std::fs;
use std::path::PathBuf;

use crate::support::{Demo, tinyrpc, tinyrpc_reading};

/// A folder with `cert.pem`, which is trusted by itself, and `key.pem`; it goes when this is dropped.
struct Files(PathBuf);

impl Files {
    fn new() -> Self {
        let folder = std::env::temp_dir().join(format!("tinyrpc-cli-tls-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
        fs::write(folder.join("cert.pem"), made.cert.pem()).unwrap();
        fs::write(folder.join("key.pem"), made.signing_key.serialize_pem()).unwrap();
        Self(folder)
    }

    fn path(&self, name: &str) -> String {
        self.0.join(name).to_str().unwrap().to_owned()
    }
}

impl Drop for Files {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[test]
fn both_transports_with_a_certificate_that_is_named() {
    let files = Files::new();
    let cacert = files.path("cert.pem");
    let query = format!("?cert={cacert}&key={}", files.path("key.pem"));
    let [https, wss] = ["https", "wss"].map(|scheme| format!("{scheme}://127.0.0.1:0/{query}"));
    let demo = Demo::with_arguments(&["demo", "--listen", &https, "--listen", &wss]);
    for scheme in ["https", "wss"] {
        let url = demo.url();
        assert!(url.starts_with(&format!("{scheme}://127.0.0.1:")) && !url.contains("pem"), "{url}");
        tinyrpc(&["call", &url, "add", "1", "2", "--cacert", &cacert]).gave("3");
        let run = tinyrpc(&["notify", &url, "update", "--cacert", &cacert]);
        assert_eq!((run.status, &*run.stdout, &*run.stderr), (Some(0), "", ""));
        tinyrpc_reading("[\"add\", 1, 2]\n", &["batch", &url, "--cacert", &cacert]).gave("{\"result\":3}");
        let run = tinyrpc(&["call", &url, "add", "1", "2"]);
        // Where the system trusts nobody at all, that is said.
        let says = if run.stderr.contains("ca-certificates") { "ca-certificates" } else { "--cacert FILE" };
        run.failed(3, says);
        let missing = files.path("nothing.pem");
        tinyrpc(&["call", &url, "add", "--cacert", &missing]).failed(2, &missing);
    }
    // With headers too.
    let demo = Demo::with_arguments(&["demo", "--listen", &https]);
    tinyrpc(&["call", &demo.url(), "add", "1", "2", "--cacert", &cacert, "--header", "X-A: b"]).gave("3");
}
