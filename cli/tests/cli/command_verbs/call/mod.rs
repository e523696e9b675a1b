//! `rapace call`.

mod bookshop;
mod described;
mod server;
mod wrong;
