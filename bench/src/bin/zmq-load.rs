//! `zmq-load PEER HOST:PORT IN-FLIGHT REQUESTS`: loads a ZeroMQ server with calls of `add` from one DEALER.

use tinyrpc_bench::{Failure, zmq};

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [peer, address, in_flight, requests] = arguments.as_slice() else {
        return Err("usage: zmq-load PEER HOST:PORT IN-FLIGHT REQUESTS".into());
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(zmq::load(address, in_flight.parse()?, requests.parse()?, peer != "bare"))
}
