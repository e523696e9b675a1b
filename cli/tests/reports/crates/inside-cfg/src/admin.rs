#![cfg(feature = "admin")]

#[rapace::service]
pub trait Admin {
    async fn zip(&self) -> u32;
    async fn add(&self);
}
