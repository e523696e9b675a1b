#[rapace::service]
pub trait OnUnix {
    async fn zip(&self) -> u32;
    async fn add(&self);
}
