//! A library that programs load.

pub mod near {
    #[derive(facet::Facet)]
    pub struct Entry {
        pub id: u32,
    }
}

pub mod deep {
    #[derive(facet::Facet)]
    pub struct Entry {
        pub name: String,
    }
}

#[rapace::service]
pub trait Front {
    async fn zip(&self) -> near::Entry;
    async fn add(&self) -> deep::Entry;
}

#[cfg(feature = "x")]
#[rapace::service]
pub trait Extra {
    async fn ping(&self) -> u32;
}
