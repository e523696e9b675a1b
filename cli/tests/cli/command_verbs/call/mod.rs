//! `rapace call`.

mod bookshop;
mod described;
mod many;
pub mod server;
mod tls;
mod wrong;
