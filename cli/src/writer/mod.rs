//! The only code that writes files. Nothing is half-written: new text is complete before it takes its place.
//!
//! `file` writes one file, `package_folder` all files of a package.

mod file;
mod package_folder;

pub(crate) use file::{create_file, folder_of, write_file};
pub(crate) use package_folder::{Owner, Written, differences, write as write_package};
