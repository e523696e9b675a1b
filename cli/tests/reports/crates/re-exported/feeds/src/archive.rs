//! What was new.

/// Kept for ever.
#[rapace::service]
pub trait Archive {
    /// Of a year.
    async fn year(&self, year: u16) -> String;
    /// How many.
    #[deprecated = "grows"]
    async fn count(&self) -> u64;
}
