//! What comes of cases: outcomes, which cases are run, what is known to fail, and reports.

mod junit;
mod known_failing;
mod outcome;
mod progress;
mod results;
mod text;

pub use self::junit::to_xml;
pub use self::known_failing::KnownFailing;
pub use self::outcome::Outcome;
pub use self::progress::Progress;
pub use self::results::{Results, Selection};
pub use self::text::{ClassInfo, Report, Tested};
