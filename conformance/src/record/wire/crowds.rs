//! Classes 23 and 28: many streams and calls at once.

use serde_json::json;

use super::{ends_with, over_options, scenario, tell};
use crate::recorded::End;
use crate::scenario::{Many, Order, Scenario, Step};

/// Class 23: streams and calls interleaved and reordered.
pub(super) fn interleaved() -> Vec<Scenario> {
    [
        (2, 0, 10),
        (2, 2, 10),
        (10, 10, 10),
        (100, 0, 10),
        (0, 100, 1),
        (100, 100, 1),
        (100, 100, 20),
        (300, 300, 5),
        (1_000, 0, 5),
        (1_000, 1_000, 3),
    ]
    .into_iter()
    .map(|(streams, calls, items)| {
        let many = Many::Interleaved {
            streams,
            calls,
            items,
            seed: 23,
        };
        scenario(
            format!("y_{streams}_streams_of_{items}_and_{calls}_calls"),
            [Step::Many(many), Step::Lives],
        )
    })
    .collect()
}

/// Class 28: calls at once, whose answers come in any order.
pub(super) fn at_once() -> Vec<Scenario> {
    let many = |count: usize| tell("m", json!({"many": count, "call": "Values.u32"}));
    let all_right = |count: usize| ends_with("m", End::Says(json!({"right": count, "wrong": 0, "errors": {}})));
    let mut cases = Vec::new();
    for (name, order) in [
        ("in_order", Order::AsTheyCome),
        ("reversed", Order::Reversed),
        ("shuffled", Order::Shuffled),
    ] {
        for count in [100, 1_000, 10_000] {
            cases.push(scenario(
                format!("y_{count}_answered_{name}"),
                [
                    many(count),
                    Step::Many(Many::Echoes { count, order }),
                    all_right(count),
                    Step::Lives,
                ],
            ));
        }
    }
    cases.push(scenario(
        "n_10000_and_the_connection_is_lost",
        [
            many(10_000),
            Step::Many(Many::Echoes {
                count: 100,
                order: Order::AsTheyCome,
            }),
            Step::Close,
            ends_with("m", End::Says(json!({"wrong": 0}))),
            Step::Closes,
        ],
    ));
    // One more than is allowed fails at once, by itself.
    cases.push(over_options(
        "n_one_more_than_the_limit",
        json!({"limits": {"max_calls": 100}}),
        vec![
            many(101),
            Step::Many(Many::Echoes {
                count: 100,
                order: Order::Shuffled,
            }),
            ends_with(
                "m",
                End::Says(json!({"right": 100, "wrong": 0, "errors": {"status": 1}})),
            ),
            Step::Lives,
        ],
    ));
    cases.push(over_options(
        "y_as_many_as_the_limit_twice",
        json!({"limits": {"max_calls": 100}}),
        vec![
            many(100),
            Step::Many(Many::Echoes {
                count: 100,
                order: Order::Shuffled,
            }),
            all_right(100),
            many(100),
            Step::Many(Many::Echoes {
                count: 100,
                order: Order::Reversed,
            }),
            all_right(100),
        ],
    ));
    cases
}
