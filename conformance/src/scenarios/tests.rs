//! The suite's own scenarios.

use rapace_schema::Api;
use rapace_schema::postcard::{Codec, Limits, Reason, ValueError};
use serde_json::Value;

use super::{Scenario, Scenarios, Sent, Step};
use crate::class::Class;
use crate::fixtures;
use crate::recorded::End;

fn of_class(class: Class) -> Scenarios {
    let all = fixtures::scenarios(&[]).expect("the scenarios");
    all.into_iter()
        .find(|scenarios| scenarios.class == class)
        .expect("the class")
}

/// What a method's answer of these bytes means, by our interpreter with this limit.
fn decoded(api: &Api, called: &str, bytes: &[u8], max_decoded_bytes: u64) -> Result<Value, ValueError> {
    let methods = api.services.iter().flat_map(|service| &service.methods);
    let method = methods
        .into_iter()
        .find(|method| method.wire_name == called)
        .expect("the method");
    let limits = Limits {
        max_decoded_bytes,
        ..Limits::default()
    };
    Codec::new(api, limits).decode(&method.response, bytes)
}

/// The only call, its answer, and how it ends.
fn parts(case: &Scenario) -> (&str, &[u8], &End) {
    let (mut called, mut answered, mut ended) = (None, None, None);
    for step in &case.steps {
        match step {
            Step::Call(request) => called = Some(request.method.as_str()),
            Step::Send(sending) => answered = sending.frames.first(),
            Step::Ends { with, .. } => ended = Some(with),
            _ => {}
        }
    }
    let Some(Sent::Frame { payload, .. }) = answered else {
        panic!("{} has no answer", case.name)
    };
    (called.expect("a call"), &payload.0, ended.expect("an end"))
}

#[test]
fn decoded_sizes_are_those_of_the_interpreter() {
    let api = fixtures::api().expect("the fixtures");
    let scenarios = of_class(Class::DecodedSizes);
    let limit = |case: &Scenario| case.options["limits"]["max_decoded_bytes"].as_u64();
    let mut ends = [0, 0];
    for case in scenarios.cases.iter().filter(|case| limit(case).is_some()) {
        let (called, bytes, end) = parts(case);
        let decoded = decoded(&api, called, bytes, limit(case).expect("a limit"));
        match end {
            End::Value(value) => assert_eq!(decoded.as_ref(), Ok(value), "{}", case.name),
            _ => assert_eq!(
                decoded.expect_err(&case.name).reason,
                Reason::DecodedSize,
                "{}",
                case.name
            ),
        }
        ends[usize::from(matches!(end, End::Value(_)))] += 1;
    }
    assert!(ends[0] > 20 && ends[0] == ends[1], "{ends:?}");
}

#[test]
fn the_long_tunnel_can_be_made_longer() {
    let name = "y_a_long_one_both_ways";
    let told = |bytes| {
        let all = fixtures::scenarios(&[("tunnel_bytes", bytes)]).expect("the scenarios");
        let mut cases = all.into_iter().flat_map(|scenarios| scenarios.cases);
        let case = cases.find(|case| case.name == name).expect("the case");
        serde_json::to_string(&case).expect("plain data is JSON")
    };
    assert_eq!(told(123_456), told(654_321).replace("654321", "123456"));
    assert!(told(123_456).contains("\"bytes\":123456"));
}
