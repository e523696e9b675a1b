//! How the files of a runtime are listed.

/// The files of a runtime: `(path inside the runtime, text)`, sorted by path.
pub type Sources = &'static [(&'static str, &'static str)];

/// The files below a folder of this crate, each with its text: `sources!["python/src/rapace": "errors.py", …]`.
macro_rules! sources {
    ($folder:literal: $($path:literal),* $(,)?) => {
        &[$(($path, include_str!(concat!("../", $folder, "/", $path)))),*]
    };
}
pub(crate) use sources;
