//! `rapace breaking`, `call`, `decode`, `tap`, `docs` and `lint`. `cargo xtask test --only command` runs these tests, and so does the
//! whole test, in that part alone.

mod breaking;
mod call;
mod decode;
mod lint;
mod reference;
mod stdout;
