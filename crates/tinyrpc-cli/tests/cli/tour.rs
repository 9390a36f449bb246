//! `tinyrpc tour`.

use crate::support::tinyrpc;

#[test]
fn every_transport_works_in_both_protocols() {
    let run = tinyrpc(&["tour"]);
    assert_eq!((run.status, &*run.stderr), (Some(0), ""), "{}", run.stdout);
    let rows: Vec<Vec<&str>> =
        run.stdout.lines().map(|line| line.split("  ").filter(|cell| !cell.is_empty()).collect()).collect();
    assert_eq!(
        rows[0].iter().map(|cell| cell.trim()).collect::<Vec<_>>(),
        ["ENDPOINT", "PROTOCOL", "TIME PER CALL", "RESULT"]
    );
    let found: Vec<_> = rows[1..].iter().map(|row| (row[0], row[1].trim(), row[3].trim())).collect();
    let both =
        ["in memory", "callback", "inproc:", "http://", "ws://", "zmq+tcp://", "tcp://", "unix://", "exec:", "cgi:"]
            .map(|endpoint| [(endpoint, "jsonrpc"), (endpoint, "msgpack")]);
    let streams = [("?framing=length", "msgpack"), ("?framing=json", "jsonrpc"), ("?framing=header", "jsonrpc")];
    for (endpoint, protocol) in both.into_iter().flatten().chain(streams) {
        assert!(
            found.iter().any(|row| row.0.contains(endpoint) && row.1 == protocol && row.2 == "ok"),
            "{endpoint} with {protocol} is not ok in\n{}",
            run.stdout
        );
    }
    let rabbitmq: Vec<_> = found.iter().filter(|row| row.0.contains("RabbitMQ") || row.0.contains("amqp:")).collect();
    assert_eq!(rabbitmq.len(), 2, "it is shown, or why it is not:\n{}", run.stdout);
    // What this machine has not is left out, and says how to get it.
    for row in rows[1..].iter().filter(|row| !row[3].starts_with("left out: ")) {
        let micros: f64 = row[2].trim().strip_suffix(" µs").unwrap().parse().unwrap();
        assert!(micros > 0.0);
    }
}
