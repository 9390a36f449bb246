//! `amqp-load URL QUEUE IN-FLIGHT CALLS`: loads a server behind a queue of a RabbitMQ broker with calls of `add`.

use tinyrpc_bench::{Failure, amqp};

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [url, queue, in_flight, calls] = arguments.as_slice() else {
        return Err("usage: amqp-load URL QUEUE IN-FLIGHT CALLS".into());
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(amqp::load(url, queue, in_flight.parse()?, calls.parse()?))
}
