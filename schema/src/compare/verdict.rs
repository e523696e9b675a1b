//! How a change fares: in one direction, for one reader, and which side may be deployed first.

use serde::Serialize;

/// What a reader makes of values that the other side writes. The worst is last.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Equal bytes, equal meaning.
    #[default]
    Same,
    /// Every value keeps its meaning.
    Ok,
    /// Some values are a decode error.
    Loud,
    /// The bytes fit, and their meaning has moved.
    Semantic,
    /// Some bytes are read as another value.
    Silent,
}

impl Verdict {
    /// True when no value is lost.
    pub fn is_safe(self) -> bool {
        self <= Self::Ok
    }

    /// The word of reports.
    pub fn word(self) -> &'static str {
        match self {
            Self::Same => "same",
            Self::Ok => "ok",
            Self::Loud => "loud",
            Self::Semantic => "semantic",
            Self::Silent => "silent",
        }
    }
}

/// The verdicts on one direction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Seen {
    /// What generated code and `rapace-host` make of the values: they refuse bytes that are left over.
    pub verdict: Verdict,
    /// What plain facet-postcard makes of them: it ignores bytes that are left over, cuts 128 bits to 64, and takes the first of
    /// several characters for a `char`.
    pub rust: Verdict,
}

impl Seen {
    /// The same verdict for all readers.
    pub(super) fn all(verdict: Verdict) -> Self {
        Self { verdict, rust: verdict }
    }

    /// The worse of both, reader by reader.
    pub(super) fn worse(self, other: Self) -> Self {
        Self {
            verdict: self.verdict.max(other.verdict),
            rust: self.rust.max(other.rust),
        }
    }

    /// No reader is worse off than `most`.
    pub(super) fn at_most(self, most: Verdict) -> Self {
        Self {
            verdict: self.verdict.min(most),
            rust: self.rust.min(most),
        }
    }

    /// What counts: the verdict of the reader that fares worst.
    pub fn worst(self) -> Verdict {
        self.verdict.max(self.rust)
    }
}

/// Which side may be deployed first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Rollout {
    /// Any side.
    #[default]
    Either,
    /// Servers, and then clients.
    ServerFirst,
    /// Clients, and then servers.
    ClientsFirst,
    /// No order works: a new method is needed.
    Neither,
}

impl Rollout {
    /// From whether an old client works with a new server, and a new client with an old server.
    pub(super) fn of(old_client: bool, new_client: bool) -> Self {
        match (old_client, new_client) {
            (true, true) => Self::Either,
            (true, false) => Self::ServerFirst,
            (false, true) => Self::ClientsFirst,
            (false, false) => Self::Neither,
        }
    }

    /// The order that works for both changes.
    pub fn and(self, other: Self) -> Self {
        let works = |this: Self| {
            (
                matches!(this, Self::Either | Self::ServerFirst),
                matches!(this, Self::Either | Self::ClientsFirst),
            )
        };
        let (one, two) = (works(self), works(other));
        Self::of(one.0 && two.0, one.1 && two.1)
    }

    /// True when a client that is deployed already notices: what it does fails, or means something else.
    pub fn breaks_old_clients(self) -> bool {
        matches!(self, Self::ClientsFirst | Self::Neither)
    }

    /// The words of reports.
    pub fn words(self) -> &'static str {
        match self {
            Self::Either => "either side first",
            Self::ServerFirst => "server first",
            Self::ClientsFirst => "clients first",
            Self::Neither => "neither side first: add a new method",
        }
    }
}

/// The part of a semantic version that has to go up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Bump {
    /// Nothing has changed.
    None,
    /// Neither bytes nor names have changed.
    Patch,
    /// Something was added, and nobody has to change code.
    Minor,
    /// Clients that are deployed fail, or code has to be changed.
    Major,
}

impl Bump {
    /// The word of reports.
    pub fn word(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Patch => "patch",
            Self::Minor => "minor",
            Self::Major => "major",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Rollout::{ClientsFirst, Either, Neither, ServerFirst};

    #[test]
    fn an_order_works_when_it_works_for_every_change() {
        for (one, two, both) in [
            (Either, Either, Either),
            (Either, ServerFirst, ServerFirst),
            (ServerFirst, ServerFirst, ServerFirst),
            (ServerFirst, ClientsFirst, Neither),
            (ClientsFirst, Either, ClientsFirst),
            (Neither, Either, Neither),
        ] {
            assert_eq!((one.and(two), two.and(one)), (both, both), "{one:?} {two:?}");
        }
    }
}
