//! The attribute under names that only the compiler follows.

use rapace as wire;

pub mod prelude {
    pub use rapace::service as remote;
}

pub mod outside {
    pub use rapace;
}

#[wire::service]
pub trait Renamed {
    async fn zip(&self) -> u32;
    async fn add(&self);
}

pub mod glob {
    use crate::prelude::*;

    #[remote]
    pub trait ByPrelude {
        async fn zip(&self) -> u32;
        async fn add(&self);
    }
}

pub mod far {
    #[crate::outside::rapace::service]
    pub trait Through {
        async fn zip(&self) -> u32;
        #[deprecated = "use zip"]
        async fn add(&self);
    }
}
