#[derive(facet::Facet)]
pub struct Book {
    #[deprecated = "numbers grew"]
    pub number: u32,
}
