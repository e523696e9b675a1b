//! Services for other crates to give.

pub mod archive;

/// What is new.
#[rapace::service]
pub trait Feed {
    /// The newest.
    async fn newest(&self) -> String;
    /// All of a day.
    async fn day(&self, number: u32) -> Vec<String>;
}
