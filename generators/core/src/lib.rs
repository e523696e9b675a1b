//! What every rapace client generator shares: the Generator trait, names, docs, files
