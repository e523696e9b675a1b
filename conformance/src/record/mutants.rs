//! Valid vectors with something changed.

use conformance_draw::Random;

use super::recorder::Recorder;
use crate::fuzz;
use crate::vectors::Case;

/// How many mutants there are.
const MUTANTS: usize = 1_600;
/// Valid bytes that are longer are left alone.
const LONGEST: usize = 120;

/// Flips, insertions, deletions and splices, drawn at random.
pub(super) fn of(r: &mut Recorder<'_>, valid: &[Case]) -> Result<(), String> {
    let fit = |case: &&Case| {
        case.bytes
            .as_ref()
            .is_some_and(|hex| (2..=LONGEST).contains(&hex.0.len()))
    };
    let valid: Vec<&Case> = valid.iter().filter(fit).collect();
    let mut random = Random(13);
    for number in 0..MUTANTS {
        let case = valid[random.below(valid.len())];
        let other = valid[random.below(valid.len())];
        let (Some(bytes), Some(other)) = (&case.bytes, &other.bytes) else {
            continue;
        };
        let mut bytes = bytes.0.clone();
        let place = random.below(bytes.len());
        let kind = match random.below(4) {
            0 => {
                bytes[place] ^= 1 << random.below(8);
                "flip"
            }
            1 => {
                bytes.insert(place, random.bits() as u8);
                "insert"
            }
            2 => {
                bytes.remove(place);
                "delete"
            }
            _ => {
                bytes.truncate(place);
                bytes.extend(&other.0[random.below(other.0.len())..]);
                "splice"
            }
        };
        r.judged(&case.method, &format!("{kind}_{number}"), &bytes)?;
    }
    Ok(())
}

/// What fuzzing found, which is never to come back.
pub(super) fn found(r: &mut Recorder<'_>) -> Result<(), String> {
    let list = fuzz::read_found(&crate::fixtures::folder().join(fuzz::FILE))?;
    for (number, found) in list.iter().enumerate() {
        r.judged(&found.method, &format!("found_{number}"), &found.bytes.0)?;
    }
    Ok(())
}
