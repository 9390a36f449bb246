//! `link-server MEDIUM PEER`: serves the functions over tcp, unix or ws on a free address until its standard input ends.

use std::io::Read;
use tinyrpc_bench::Failure;
use tinyrpc_bench::link::{Medium, serve, socket_path};

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [medium, peer] = arguments.as_slice() else {
        return Err("usage: link-server MEDIUM PEER".into());
    };
    std::thread::spawn(|| {
        let _ = std::io::stdin().read_to_end(&mut Vec::new());
        let _ = std::fs::remove_file(socket_path());
        std::process::exit(0);
    });
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(serve(Medium::named(medium)?, peer, |address| println!("listening on {address}")))
}
