//! How many cases each class must have.

use std::collections::BTreeMap;

use crate::class::Class;

/// By class: fewer, and something is no longer tested. The live matrix is what its servers make it.
const LEAST: &[(Class, usize)] = &[
    (Class::Integers, 300),
    (Class::Floats, 60),
    (Class::Texts, 150),
    (Class::ComposedTypes, 500),
    (Class::UnfitValues, 150),
    (Class::CutValues, 2_000),
    (Class::Varints, 200),
    (Class::Tags, 300),
    (Class::BadText, 150),
    (Class::Lengths, 150),
    (Class::Depth, 30),
    (Class::Leftovers, 60),
    (Class::Mutants, 1_500),
    (Class::Descriptors, 80),
    (Class::FrameLengths, 24),
    (Class::Chunks, 200),
    (Class::WebSocket, 25),
    (Class::AnswersToNothing, 25),
    (Class::ErrorFrames, 30),
    (Class::EndsOfStreams, 30),
    (Class::Cuts, 30),
    (Class::Closing, 20),
    (Class::Interleaving, 10),
    (Class::SlowReaders, 12),
    (Class::PeersThatDoNotRead, 8),
    (Class::Timeouts, 20),
    (Class::Cancellation, 30),
    (Class::ManyAtOnce, 8),
    (Class::MethodsThatFail, 10),
    (Class::ReconnectingAndPools, 20),
    (Class::Tunnels, 12),
    (Class::DecodedSizes, 40),
    (Class::UnaskedPeers, 10),
    (Class::ServedCalls, 50),
    (Class::ServedRefusals, 45),
    (Class::ServedCancellation, 25),
    (Class::ServedLimits, 12),
    (Class::Hosts, 20),
    (Class::BothWays, 10),
    (Class::OpenEnums, 13),
    (Class::ServedContext, 36),
    (Class::Context, 10),
];

/// Counts cases.
///
/// # Errors
/// When a class has too few, or is not in the table.
pub(super) fn check(counts: &BTreeMap<Class, usize>) -> Result<(), String> {
    for (class, least) in LEAST {
        let count = counts.get(class).copied().unwrap_or_default();
        if count < *least {
            return Err(format!("class {class} has {count} cases; it must have {least}"));
        }
    }
    let listed = |class: &&Class| LEAST.iter().any(|(listed, _)| listed == *class);
    match counts.keys().find(|class| !listed(class)) {
        Some(class) => Err(format!("class {class} is not in the table of least numbers")),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn too_few_and_unlisted_are_told() {
        let mut counts: BTreeMap<Class, usize> = LEAST.iter().copied().collect();
        assert_eq!(check(&counts), Ok(()));
        counts.insert(Class::Tls, 1);
        assert_eq!(
            check(&counts),
            Err("class 32 is not in the table of least numbers".into())
        );
        counts.insert(Class::EndsOfStreams, 29);
        assert_eq!(check(&counts), Err("class 20 has 29 cases; it must have 30".into()));
        counts.remove(&Class::Integers);
        assert_eq!(check(&counts), Err("class 01 has 0 cases; it must have 300".into()));
    }
}
