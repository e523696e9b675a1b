//! Instantiations that differ in const arguments alone.

#[derive(facet::Facet)]
pub struct Grid<const ROWS: usize> {
    pub cells: [u16; ROWS],
}

#[derive(facet::Facet)]
pub struct Labels<T, const COUNT: usize> {
    pub labels: [T; COUNT],
}

#[derive(facet::Facet)]
pub struct Shift<const BY: i32, const WRAP: bool, const MARK: char> {
    pub value: u8,
}

#[rapace::service]
pub trait Grids {
    async fn wide(&self, grid: Grid<12>) -> Grid<3>;
    async fn tall(&self) -> Grid<40>;
    async fn pair(&self) -> Labels<u8, 2>;
    async fn triple(&self) -> Labels<u8, 3>;
    async fn shifted(&self) -> Shift<-5, true, 'x'>;
}
