//! Two types of one name, which only their modules tell apart.

pub mod near {
    #[derive(facet::Facet)]
    pub struct Entry {
        #[deprecated = "use name"]
        pub id: u32,
    }
}

pub mod deep {
    pub mod er {
        #[derive(facet::Facet)]
        pub struct Entry {
            pub name: String,
        }
        #[derive(facet::Facet)]
        pub struct Other {
            pub name: String,
        }
    }
    #[derive(facet::Facet)]
    pub struct Other {
        pub id: u8,
    }
}

#[cfg(not(extra))]
pub type Answer = deep::er::Entry;
#[cfg(extra)]
pub type Answer = deep::er::Entry;

#[rapace::service]
pub trait Shelf {
    async fn one(&self) -> near::Entry;
    async fn two(&self) -> Answer;
    async fn three(&self) -> deep::Other;
    async fn four(&self) -> deep::er::Other;
}

#[cfg(extra)]
#[rapace::service]
pub trait Extra {
    async fn one(&self);
}
