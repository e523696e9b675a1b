//! Services that no `trait` item of this file shows.

macro_rules! either {
    (if [$condition:meta] { $($yes:item)* } else { $($no:item)* }) => {
        $(#[cfg($condition)] $yes)*
        $(#[cfg(not($condition))] $no)*
    };
}

macro_rules! counter {
    ($name:ident) => {
        #[rapace::service]
        pub trait $name {
            async fn zero(&self);
            async fn count(&self) -> u64;
        }
    };
}

either! {
    if [unix] {
        #[rapace::service]
        pub trait InMacro {
            async fn zip(&self) -> u32;
            async fn add(&self);
        }
    } else {
        pub struct Nothing;
    }
}

pub mod hits {
    counter!(Hits);
}

pub mod generated {
    include!(concat!(env!("OUT_DIR"), "/generated.rs"));
}

#[cfg(has_tables)]
#[rapace::service]
pub trait Tables {
    async fn zip(&self) -> u32;
    async fn add(&self);
}

#[cfg(not(has_tables))]
#[rapace::service]
pub trait NoTables {
    async fn zip(&self) -> u32;
}
