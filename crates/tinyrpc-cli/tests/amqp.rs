//! `tinyrpc demo` on a RabbitMQ queue, called by unmodified Python and by `tinyrpc call`.

#![allow(clippy::unwrap_used)]

use std::process::Command;
use std::sync::OnceLock;
use std::time::Duration;

use tinyrpc_interop::{Broker, Row, program_peer, python_program};

const TINYRPC: &str = env!("CARGO_BIN_EXE_tinyrpc");

/// The broker of all these tests, which ends with the process; `None` when RabbitMQ is not installed.
fn broker() -> Option<&'static Broker> {
    static BROKER: OnceLock<Option<Broker>> = OnceLock::new();
    BROKER.get_or_init(Broker::start).as_ref()
}

#[test]
fn python_and_the_command_line_call_the_demo_over_rabbitmq() {
    let Some(broker) = broker() else { return };
    for protocol in ["jsonrpc", "msgpack"] {
        let row = Row::new("rabbitmq", protocol, "Python's client, our server");
        let url = broker.url(&format!("%2F?queue=demo-{protocol}"));
        // Python names no protocol in its messages.
        let demo = program_peer(TINYRPC, &["demo", "--listen", &url, "--protocol", protocol]);
        assert_eq!(demo.url(), url);

        let limit = Duration::from_secs(120);
        let args = [demo.url(), "--protocol", protocol, "--received"];
        let Some(python) = python_program("amqp_client.py", &args, limit) else { return };
        python.assert_success();

        let sixteen = std::thread::scope(|scope| {
            let url = demo.url();
            let clients: Vec<_> = (0..16)
                .map(|_| {
                    scope.spawn(move || {
                        let only = ["--only", "many_calls", "--timeout", "60"];
                        let args = [&[url, "--protocol", protocol][..], &only].concat();
                        python_program("amqp_client.py", &args, limit)
                    })
                })
                .collect();
            clients.into_iter().map(|client| client.join().unwrap().unwrap()).collect::<Vec<_>>()
        });
        for client in sixteen {
            client.assert_success();
        }

        let with = format!("--protocol={protocol}");
        let call = Command::new(TINYRPC).args(["call", &with, demo.url(), "add", "1", "2"]).output().unwrap();
        assert_eq!(String::from_utf8_lossy(&call.stdout), "3\n", "{}", String::from_utf8_lossy(&call.stderr));
        let notify = Command::new(TINYRPC).args(["notify", &with, demo.url(), "update", "1"]).output().unwrap();
        assert!(notify.status.success());
        let calls = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("batch_for_amqp");
        std::fs::write(&calls, "[\"add\", 1, 2]\n[\"get_data\"]\n").unwrap();
        let batch = Command::new(TINYRPC).args(["batch", &with, demo.url()]).arg(&calls).output().unwrap();
        let (said, status) = (String::from_utf8_lossy(&batch.stdout).into_owned(), batch.status.code());
        match protocol {
            "msgpack" => assert_eq!(status, Some(2), "it has no batches"),
            _ => assert_eq!((&*said, status), ("{\"result\":3}\n{\"result\":[\"hello\",5]}\n", Some(0))),
        }
        row.passed(format!(
            "{} scenarios, 16 clients; left out: a batch of notifications, for which that client waits",
            python.stdout.lines().count()
        ));
    }
    let nobody = Command::new(TINYRPC).args(["call", &broker.url("?queue=nobody"), "add", "1", "2"]).output().unwrap();
    assert_eq!(nobody.status.code(), Some(3));
    let said = String::from_utf8_lossy(&nobody.stderr).into_owned();
    assert!(said.contains("is the server running?"), "{said}");
}

#[test]
fn a_queue_is_one_endpoint_among_others() {
    let Some(broker) = broker() else { return };
    let (first, second) = (broker.url("%2F?queue=one"), broker.url("%2F?queue=two"));
    let listen = ["--listen", &first, "--listen", "tcp://127.0.0.1:0", "--listen", &second];
    let demo = program_peer(TINYRPC, &[&["demo"][..], &listen].concat());
    assert_eq!(demo.url(), first);
    for (url, number) in [(&first, "1"), (&second, "2")] {
        let run = |arguments: &[&str]| {
            let output = Command::new(TINYRPC).args(arguments).output().unwrap();
            assert!(output.status.success(), "{output:?}");
            String::from_utf8(output.stdout).unwrap()
        };
        run(&["notify", url, "update", number]);
        // They share the service.
        assert!(run(&["call", &second, "received", "--compact"]).contains(&format!(r#"["update",[{number}]]"#)));
        assert_eq!(run(&["call", url, "add", "1", "2", "--protocol", "msgpack"]), "3\n");
    }
}

#[test]
fn the_tour_visits_a_broker_that_is_named_and_tells_how_to_name_one() {
    let tour = |set: &dyn Fn(&mut Command)| {
        let mut command = Command::new(TINYRPC);
        set(command.arg("tour").env_remove("TINYRPC_AMQP_URL"));
        let output = command.output().unwrap();
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success(), "{said}");
        said
    };
    let without = tour(&|_| {});
    assert_eq!(
        without.matches("left out: no broker. Start one with `sudo apt-get install rabbitmq-server").count(),
        2,
        "{without}"
    );

    let Some(broker) = broker() else { return };
    let url = broker.url("").replace("//", "//guest:guest@");
    let with = tour(&|command| {
        command.env("TINYRPC_AMQP_URL", &url);
    });
    assert_eq!(
        with.lines().filter(|line| line.contains("queue=tinyrpc-tour-") && line.ends_with("ok")).count(),
        2,
        "{with}"
    );
    assert!(!with.contains("guest"), "{with}");
}
