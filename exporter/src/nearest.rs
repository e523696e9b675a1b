//! The word that somebody may have meant.

/// The candidate that resembles `word` most, if one does.
pub(crate) fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let candidates = candidates.into_iter();
    let by_distance = candidates.map(|candidate| (strsim::damerau_levenshtein(word, candidate), candidate));
    let is_near = |(distance, candidate): &(usize, &str)| *distance <= candidate.len().max(word.len()).div_ceil(2);
    by_distance.min().filter(is_near).map(|(_, candidate)| candidate)
}

/// `did you mean "jobs::JobId"?`, or what to do where nothing resembles the word.
pub(crate) fn did_you_mean<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>, otherwise: &str) -> String {
    match nearest(word, candidates) {
        Some(found) => format!("did you mean {found:?}?"),
        None => otherwise.to_owned(),
    }
}
