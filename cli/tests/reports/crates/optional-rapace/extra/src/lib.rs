#[derive(facet::Facet)]
pub struct Kind {
    #[cfg(feature = "wide")]
    pub number: u64,
    #[cfg(not(feature = "wide"))]
    pub number: u8,
}
