"""Shows that check_imports.py finds each kind of breach, and leaves in peace what only looks like one."""

import pathlib
import tempfile
import unittest

import check_imports


class Breaches(unittest.TestCase):
    def breaches(self, **files):
        """Of a tree with these files: `library` stands for crates/tinyrpc/src, `core` for the core's."""
        with tempfile.TemporaryDirectory() as folder:
            crates = pathlib.Path(folder)
            roots = {"library": "tinyrpc/src", "core": "tinyrpc-core/src"}
            for root, texts in files.items():
                for name, text in texts.items():
                    file = crates / roots[root] / name
                    file.parent.mkdir(parents=True, exist_ok=True)
                    file.write_text(text, encoding="utf-8")
            return list(check_imports.check_tree(crates))

    def assert_one(self, words, **files):
        found = self.breaches(**files)
        self.assertEqual(len(found), 1, found)
        self.assertIn(words, found[0])

    def assert_none(self, **files):
        self.assertEqual(self.breaches(**files), [])

    def test_client_and_server(self):
        self.assert_one("a.rs:2:", library={"client/a.rs": "\nuse crate::{error::E, server::{Server, x}};\n"})
        self.assert_one("client.rs:1:", library={"client.rs": "fn f() -> super::service::Service {}"})
        self.assert_one("server_loop.rs:1:", library={"server_loop.rs": "use crate::client::Client as C;"})
        self.assert_one("service", library={"service/mod.rs": "fn f(c: crate::client::Client) {}"})

    def test_by_way_of_the_root(self):
        self.assert_one("a.rs:1:", library={"lib.rs": "pub use server::Server;", "client/a.rs": "use crate::Server;"})
        self.assert_one("a.rs:1:", library={"lib.rs": "pub use crate::server::{Server as S, T};",
                                            "client/a.rs": "use crate::T;"})

    def test_a_transport_and_protocols(self):
        self.assert_one("protocol", library={"transport/http/a.rs": "use tinyrpc_core::protocol::jsonrpc::parse;"})
        self.assertTrue(self.breaches(library={"transport/http.rs": "fn f() { JsonRpc::new() }"}))
        self.assert_none(library={"transport/http.rs": "use tinyrpc_core::protocol::Protocol;"})

    def test_sibling_transports(self):
        files = {"transport/mod.rs": "mod http;\nmod ws;\npub trait T {}", "transport/ws.rs": ""}
        self.assert_one("sibling", library={**files, "transport/http/a.rs": "use super::super::ws::Ws;"})
        self.assert_one("sibling", library={**files, "transport/http.rs": "use crate::transport::ws;"})
        self.assert_none(library={**files, "transport/http/a.rs": "use super::b::B; use crate::transport::T;"})

    def test_openrpc(self):
        self.assert_one("other modules", library={"openrpc/a.rs": "use crate::client::Client;"})
        self.assert_one("depend on openrpc", library={"service/a.rs": "use crate::openrpc::Discover;"})
        self.assert_none(library={"lib.rs": "pub mod openrpc;", "openrpc/a.rs": "use super::b; use crate::openrpc::c;"})

    def test_core(self):
        self.assert_one("each other", core={"protocol/a.rs": "use crate::dispatch::D;"})
        self.assert_one("each other", core={"dispatch.rs": "use crate::{protocol::P};"})
        for text in ("use std::net::IpAddr;", "let t = Instant::now();", "let d = t.elapsed();", "use tokio::task;",
                     "use std::time::SystemTime;", "let x = rand::random();"):
            self.assert_one("not in the core", core={"a.rs": text})

    def test_what_only_looks_like_it(self):
        self.assert_none(
            core={
                "lib.rs": "//! tokio /* \" \n// use std::net::X;\n/* a /* std::net */ tokio */ fn f<'a>(s: &'a str) {}\n"
                + "const A: &str = \"tokio \\\" std::net\"; const B: &str = r#\"rand:: \" \"#; const C: char = '\"';\n"
                + "#[cfg(test)]\nmod tests { use tokio::x; fn g() { let t = Instant::now(); } }\nfn h() {}\n"
                + "#[cfg(test)] mod other;\n#[cfg(all(test, feature = \"x\"))] use tokio::y;\nfn operand() {}",
                "protocol/tests.rs": "use crate::dispatch::D;",
                "protocol/mod.rs": "use crate::codec::C; fn dispatch() {} struct Dispatch;",
            },
            library={
                "client/a.rs": "use http::server::X; // crate::server::Server\nlet server = 1; use crate::transport::T;",
                "transport/http.rs": "#[cfg(test)]\nmod tests {\n use tinyrpc_core::protocol::jsonrpc::JsonRpc;\n}",
            },
        )

    def test_after_a_test_module_the_rules_hold_again(self):
        text = "#[cfg(test)]\nmod tests { fn f() {} }\nuse tokio::x;\n"
        self.assert_one("a.rs:3:", core={"a.rs": text})

    def test_long_files(self):
        self.assert_none(core={"a.rs": "\n" * 500})
        self.assert_one("501 lines", core={"a.rs": "\n" * 501})

    def test_dependencies(self):
        package = {"name": "tinyrpc-cli", "manifest_path": "Cargo.toml",
                   "dependencies": [{"name": "tinyrpc-core", "kind": None}, {"name": "tinyrpc", "kind": None}]}
        self.assertEqual(len(list(check_imports.check_dependencies([package]))), 1)
        package["dependencies"][0]["kind"] = "dev"
        self.assertEqual(list(check_imports.check_dependencies([package])), [])


if __name__ == "__main__":
    unittest.main(verbosity=0)
