//! Types in two blocks of one function: nothing but their symbols tells them apart.

pub trait Made {
    type Item;
}

pub struct First;
pub struct Second;

pub fn make() {
    {
        #[derive(facet::Facet)]
        pub struct Item {
            pub number: u8,
        }
        impl Made for First {
            type Item = Item;
        }
    }
    {
        #[derive(facet::Facet)]
        pub struct Item {
            pub text: String,
        }
        impl Made for Second {
            type Item = Item;
        }
    }
}

#[rapace::service]
pub trait Blocks {
    async fn first(&self) -> <First as Made>::Item;
    async fn second(&self) -> <Second as Made>::Item;
}
