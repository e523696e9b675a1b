//! Modules whose files are not where their names say.

#[cfg_attr(unix, path = "on_unix.rs")]
#[cfg_attr(not(unix), path = "elsewhere.rs")]
pub mod system;

pub mod inline {
    #[path = "strange.rs"]
    pub mod inner;
}

#[path = "attic"]
pub mod moved {
    pub mod inner;
}
