//! rapace comes with a feature.

#[cfg(feature = "rpc")]
#[rapace::service]
pub trait Till {
    async fn open(&self) -> u32;
}

#[cfg(all(feature = "extra", feature = "rpc"))]
#[rapace::service]
pub trait Extra {
    async fn more(&self) -> reports_extra::Kind;
}

pub fn next(number: u32) -> u32 {
    number + 1
}
