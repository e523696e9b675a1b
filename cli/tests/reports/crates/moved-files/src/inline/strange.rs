#[rapace::service]
pub trait InInline {
    async fn zip(&self) -> u32;
    async fn add(&self);
}
