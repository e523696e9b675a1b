#[cfg(feature = "rapace")]
#[rapace::service]
pub trait Till {
    async fn zip(&self) -> u32;
    async fn add(&self);
}
