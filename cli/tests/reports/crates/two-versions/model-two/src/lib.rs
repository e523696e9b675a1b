#[derive(facet::Facet)]
pub struct Book {
    pub number: u64,
}
