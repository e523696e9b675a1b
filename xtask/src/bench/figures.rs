//! What was measured, and what follows from it.

use serde::{Deserialize, Serialize};

/// One figure of one program in one round.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Figure {
    /// Which run it belongs to, from 1.
    pub run: u32,
    /// The library that was measured.
    pub library: String,
    /// What was measured.
    #[serde(flatten)]
    pub measure: Measure,
}

/// A figure as a program prints it, a line of JSON each.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Measure {
    /// The value: `order`.
    pub case: String,
    /// What is done with it: `encode`.
    pub op: String,
    /// How long it takes, in nanoseconds for each operation.
    pub ns: f64,
}

/// All figures of one library for one operation.
pub struct Sample(Vec<f64>);

impl Sample {
    /// Picks them, from one run or from all; nothing when the library was not measured at it.
    pub fn of(figures: &[Figure], run: Option<u32>, library: &str, case: &str, op: &str) -> Option<Self> {
        let mut found: Vec<f64> = figures
            .iter()
            .filter(|figure| run.is_none_or(|run| figure.run == run) && figure.library == library)
            .filter(|figure| figure.measure.case == case && figure.measure.op == op)
            .map(|figure| figure.measure.ns)
            .collect();
        found.sort_by(f64::total_cmp);
        (!found.is_empty()).then_some(Self(found))
    }

    /// The one in the middle, in nanoseconds.
    pub fn median(&self) -> f64 {
        let middle = self.0.len() / 2;
        if self.0.len().is_multiple_of(2) {
            (self.0[middle - 1] + self.0[middle]) / 2.0
        } else {
            self.0[middle]
        }
    }

    /// How far the middle half lies apart, as a share of the median.
    pub fn spread(&self) -> f64 {
        let quarter = self.0.len() / 4;
        (self.0[self.0.len() - 1 - quarter] - self.0[quarter]) / self.median()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figures(ns: &[f64]) -> Vec<Figure> {
        let figure = |&ns| Figure {
            run: 1,
            library: "ours".into(),
            measure: Measure {
                case: "order".into(),
                op: "encode".into(),
                ns,
            },
        };
        ns.iter().map(figure).collect()
    }

    #[test]
    fn the_median_is_the_middle_or_between_the_two() {
        let median = |ns: &[f64]| Sample::of(&figures(ns), Some(1), "ours", "order", "encode").map(|s| s.median());
        assert_eq!(median(&[3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(&[4.0, 1.0, 2.0, 3.0]), Some(2.5));
        assert_eq!(median(&[]), None);
    }

    #[test]
    fn the_spread_leaves_outliers_out() {
        let sample = Sample::of(
            &figures(&[9.0, 10.0, 10.0, 11.0, 90.0]),
            None,
            "ours",
            "order",
            "encode",
        );
        assert_eq!(sample.map(|s| s.spread()), Some(0.1));
    }

    #[test]
    fn other_libraries_operations_and_runs_do_not_count() {
        let figures = figures(&[1.0]);
        assert!(Sample::of(&figures, Some(2), "ours", "order", "encode").is_none());
        assert!(Sample::of(&figures, None, "theirs", "order", "encode").is_none());
        assert!(Sample::of(&figures, None, "ours", "order", "decode").is_none());
    }
}
