//! Each call is a span.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::set_default;
use tracing::{Event, Metadata, Subscriber};

use crate::support::RawFrame;
use crate::told::{TOLD_METHOD_ID_WAIT, Teller, connect, open, teller};

/// Keeps the fields of spans.
#[derive(Clone, Default)]
struct Spans(Arc<Mutex<Vec<BTreeMap<String, String>>>>);

struct Fields<'a>(&'a mut BTreeMap<String, String>);

impl Visit for Fields<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.0.insert(field.name().to_owned(), format!("{value:?}"));
    }
}

impl Subscriber for Spans {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.is_span() && metadata.name() == "rapace.call"
    }

    fn new_span(&self, attributes: &Attributes<'_>) -> Id {
        let mut fields = BTreeMap::new();
        attributes.record(&mut Fields(&mut fields));
        let mut spans = self.0.lock().expect("no panic");
        spans.push(fields);
        Id::from_u64(spans.len() as u64)
    }

    fn record(&self, span: &Id, values: &Record<'_>) {
        let mut spans = self.0.lock().expect("no panic");
        values.record(&mut Fields(&mut spans[span.into_u64() as usize - 1]));
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn event(&self, _: &Event<'_>) {}
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

#[tokio::test]
async fn a_span_has_the_method_the_trace_and_the_status() {
    let spans = Spans::default();
    let _default = set_default(spans.clone());
    let worker = Teller::default();
    let host = teller(&worker);
    let mut peer = connect(&host);
    let trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    let carried = [("traceparent", trace), ("tracestate", "a=b"), ("secret", "swordfish")];
    peer.told(1, &[open(1, &carried)]).await.expect("an answer");
    peer.told(3, &[]).await.expect("an answer");
    let timed = open(5, &[("timeout-ns", "10000000")]);
    peer.send(&[timed, RawFrame::new(5, TOLD_METHOD_ID_WAIT, RawFrame::UNARY, &[])])
        .await;
    peer.receive().await;
    let spans = spans.0.lock().expect("no panic").clone();
    let field = |span: usize, name: &str| spans[span].get(name).cloned();
    let text = |text: &str| Some(format!("{text:?}"));
    assert_eq!(spans.len(), 3);
    for (name, value) in [
        ("rpc.method", text("Told.call")),
        ("otel.name", text("Told.call")),
        ("traceparent", text(trace)),
        ("tracestate", text("a=b")),
        ("otel.status_code", None),
    ] {
        assert_eq!(field(0, name), value, "{name}");
    }
    assert!(!format!("{spans:?}").contains("swordfish"), "metadata is not logged");
    assert_eq!(field(1, "traceparent"), None);
    assert_eq!(field(2, "otel.status_code"), text("ERROR"));
    assert_eq!(field(2, "rpc.rapace.status_code"), Some("2".into()));
}
