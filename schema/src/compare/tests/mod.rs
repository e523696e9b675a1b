mod drawn;
mod large;
mod methods;
mod notation;
mod table;

use super::{Report, compare};
use notation::described;

/// The report on two APIs in the notation.
fn report(old: &str, new: &str) -> Report {
    compare(&described(old), &described(new))
}
