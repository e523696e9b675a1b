#[rapace::service]
pub trait InAttic {
    async fn zip(&self) -> u32;
    async fn add(&self);
}
