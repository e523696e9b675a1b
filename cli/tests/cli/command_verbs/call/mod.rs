//! `rapace call`.

mod bookshop;
mod carried;
mod described;
mod many;
pub mod server;
mod tls;
mod wrong;

pub use server::Bookshop;
