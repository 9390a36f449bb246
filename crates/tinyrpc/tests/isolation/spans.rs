//! The spans that the layer opens, as a subscriber sees them.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

use tinyrpc::layer::Spans;
use tinyrpc::{Dispatcher, Origin, RpcError, TraceContext};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

use super::{Log, ask, call, notification, service};

/// Writes down spans and events that come from the layer or the handlers of this file.
struct Recorder {
    log: Log,
    spans: AtomicU64,
}

#[derive(Default)]
struct Fields(String);

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.0.push_str(&format!(" {field}={value:?}"));
    }
}

impl Subscriber for Recorder {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == "tinyrpc::layer::spans" || metadata.target() == module_path!()
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        let mut fields = Fields::default();
        span.record(&mut fields);
        self.log.add(format!("{}{}", span.metadata().name(), fields.0));
        Id::from_u64(self.spans.fetch_add(1, Ordering::Relaxed) + 1)
    }

    fn event(&self, event: &Event<'_>) {
        let mut fields = Fields::default();
        event.record(&mut fields);
        self.log.add(fields.0.trim());
    }

    fn enter(&self, _: &Id) {
        self.log.add("in");
    }

    fn exit(&self, _: &Id) {
        self.log.add("out");
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
}

#[tokio::test]
async fn every_call_has_a_span_and_an_end() {
    let log = Log::default();
    let recorder = Recorder { log: log.clone(), spans: AtomicU64::new(0) };
    let _default = tracing::subscriber::set_default(recorder);
    let mut methods = Dispatcher::new();
    methods.register("now", || tracing::info!("at work")).unwrap();
    methods.register("late", || async { tracing::info!("at work") }).unwrap();
    methods.register("fail", || Err::<(), _>(RpcError::new(9, "own"))).unwrap();
    methods
        .register("panic", || async {
            if true {
                panic!("late")
            }
        })
        .unwrap();
    let service = service(methods).with_layer(Spans);
    let span = |method: &str| format!("rpc method={method:?} from=test");

    ask(&service, call("now", 1)).await;
    assert_eq!(log.take(), [&span("now"), "in", "message=at work", "message=done", "out"]);
    ask(&service, call("fail", 1)).await;
    assert_eq!(log.take(), [&span("fail"), "in", "message=failed: own code=9", "out"]);
    for message in [call("late", 1), notification("late"), format!("[{}]", call("late", 1))] {
        ask(&service, message).await;
        let mut seen = log.take();
        // How often a future is entered is its own affair.
        seen.retain(|what| what != "in" && what != "out");
        assert_eq!(seen, [&span("late"), "message=at work", "message=done"]);
    }
    let trace = TraceContext::parse("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", None);
    let origin = Origin::new("test").with_metadata(tinyrpc::Metadata::new().with_trace(trace));
    service.exchange(origin, call("now", 1)).await;
    let trace = r#" trace="4bf92f3577b34da6a3ce929d0e0e4736" parent="00f067aa0ba902b7""#;
    assert_eq!(log.take()[0], format!("{}{trace}", span("now")));
    ask(&service, call("panic", 1)).await;
    let seen = log.take();
    assert!(seen.contains(&"message=failed: Internal error code=-32603".to_owned()), "{seen:?}");
}
