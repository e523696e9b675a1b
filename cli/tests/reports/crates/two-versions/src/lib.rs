//! A service with types of two versions of one crate.

#[rapace::service]
pub trait Upgrades {
    async fn first(&self) -> model_one::Book;
    async fn second(&self) -> model_two::Book;
}
