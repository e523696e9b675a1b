#[rapace::service]
pub trait Front {
    async fn zip(&self) -> u32;
    async fn add(&self);
}

#[cfg(feature = "x")]
pub mod x {
    #[rapace::service]
    pub trait Extra {
        async fn ping(&self) -> u32;
    }
}
