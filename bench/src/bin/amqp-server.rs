//! `amqp-server PEER URL QUEUE`: serves the functions from a queue of a RabbitMQ broker until its standard input ends.

use std::io::Read;
use tinyrpc_bench::{Failure, amqp};

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [peer, url, queue] = arguments.as_slice() else {
        return Err("usage: amqp-server PEER URL QUEUE".into());
    };
    std::thread::spawn(|| {
        let _ = std::io::stdin().read_to_end(&mut Vec::new());
        std::process::exit(0);
    });
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(amqp::serve(peer, url, queue, |queue| println!("listening on {queue}")))
}
