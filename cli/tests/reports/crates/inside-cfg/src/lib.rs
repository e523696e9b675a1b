#[rapace::service]
pub trait Front {
    async fn zip(&self) -> u32;
    async fn add(&self);
}

pub mod admin;

#[cfg(test)]
mod tests {
    #[rapace::service]
    pub trait InTests {
        async fn m(&self);
    }
}
