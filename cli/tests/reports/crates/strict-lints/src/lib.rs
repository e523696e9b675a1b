//! Code that its own lints do not like.

pub fn unused() {
    let number = 5;
}

#[deprecated]
pub fn old() {}

pub fn uses_old() {
    old();
}

#[cfg(extra)]
#[rapace::service]
pub trait Strict {
    #[deprecated = "use add"]
    async fn zip(&self) -> u32;
    async fn add(&self);
}
