//! Refusals say every place, the type in full and a cure that fits it; warnings say what helps.

use crate::support::Crate;

const PLACES: &str = r#"
    use facet::Facet;

    #[derive(Facet, Clone)] pub struct Row { pub id: u32 }
    #[derive(Facet, Clone)] #[repr(u8)] pub enum Failure { Denied, Missing(String) }
    #[derive(Facet, Clone)] pub struct Query { pub host: std::net::IpAddr, pub others: Vec<std::net::IpAddr>, pub deep: Deep }
    #[derive(Facet, Clone)] pub struct Deep { pub by_name: std::collections::BTreeMap<String, Option<std::net::IpAddr>> }

    #[rapace::service]
    pub trait Table {
        async fn create(&self, row: Row) -> Result<Row, Failure>;
        async fn get(&self, id: u32) -> Result<Row, Failure>;
        async fn update(&self, row: Row) -> Result<Row, Failure>;
        async fn replace(&self, row: Row, was: Result<Row, Failure>) -> Result<Row, Failure>;
        async fn delete(&self, id: u32) -> Result<u64, std::net::IpAddr>;
        async fn find(&self, query: Query) -> Vec<Row>;
        async fn count(&self, query: Query, borrowed: &'static [u8]) -> u32;
    }
"#;

#[test]
fn a_refusal_names_every_place_of_a_type() {
    let shop = Crate::new("reports-places", &[("src/lib.rs", PLACES)]);
    insta::assert_snapshot!(shop.export().error(), @r#"
    reports_places: Table.count, argument query.host: `IpAddr` cannot be encoded by facet-postcard: every call would fail
      --> src/lib.rs:6:52
        also at: reports_places: Table.count, argument query.others (src/lib.rs:6:80)
        also at: reports_places: Table.count, argument query.deep.by_name, value (src/lib.rs:7:51)
        also at: reports_places: Table.delete, response, Err (src/lib.rs:15:44)
        instead: send it as a `String`, or its octets
    error: reports_places: Table.count, argument borrowed: `&[u8]` can be written and not read
      --> src/lib.rs:17:55
        instead: take a `Vec<u8>`
    error: reports_places: Table.create, response: `Result<reports_places::Row, reports_places::Failure>` cannot be encoded by facet-postcard: every call would fail
      --> src/lib.rs:11:45
        also at: reports_places: Table.get, response (src/lib.rs:12:41)
        also at: reports_places: Table.replace, argument was (src/lib.rs:14:48)
        also at: reports_places: Table.replace, response (src/lib.rs:14:73)
        also at: reports_places: Table.update, response (src/lib.rs:13:45)
        instead: return `Outcome<reports_places::Row, reports_places::Failure>`, an enum that you write once for all methods: `#[derive(facet::Facet)] #[repr(u8)] pub enum Outcome<T: 'static, E: 'static> { Ok(T), Err(E) }`
        in rapace.toml, under `[results]`: `"reports_places::Outcome" = { ok = "Ok", err = "Err" }`, by which clients return the value or raise an error
    error: reports_places: Table.delete, response: `Result<u64, IpAddr>` cannot be encoded by facet-postcard: every call would fail
      --> src/lib.rs:15:44
        instead: return `Outcome<u64, IpAddr>`, an enum that you write once for all methods: `#[derive(facet::Facet)] #[repr(u8)] pub enum Outcome<T: 'static, E: 'static> { Ok(T), Err(E) }`
        in rapace.toml, under `[results]`: `"reports_places::Outcome" = { ok = "Ok", err = "Err" }`, by which clients return the value or raise an error
    error: nothing was exported: 4 problems
    "#);
    // For tools each place is an object.
    let json = shop.export_with(&["--format", "json"]);
    let result = r#""rust_type":"Result<reports_places::Row, reports_places::Failure>""#;
    let places = json
        .stderr
        .lines()
        .filter(|line| line.starts_with('{') && line.contains(result));
    assert_eq!(places.count(), 5, "{}", json.stderr);
}

const BITES: &str = r#"
    use facet::Facet;
    use std::collections::{HashMap, HashSet};

    #[derive(Facet)] pub struct A { pub b: Vec<B>, pub set: HashSet<u8>, pub map: HashMap<String, u8> }
    #[derive(Facet)] pub struct B { pub c: Option<Box<C>> }
    #[derive(Facet)] pub struct C { pub a: Vec<A> }
    #[derive(Facet)] pub struct Tree { pub children: Vec<Tree> }

    #[rapace::service] pub trait Shop { async fn a(&self) -> A; async fn tree(&self) -> Tree; }
    #[rapace::service] pub trait Feed { async fn watch(&self) -> rapace::Streaming<u8>; async fn post(&self, text: String); }
    #[rapace::service] pub trait Clock { async fn ticks(&self) -> rapace::Streaming<u8>; }
"#;

#[test]
fn warnings_say_what_helps_and_once() {
    let shop = Crate::new("reports-bites", &[("src/lib.rs", BITES)]);
    let outcome = shop.export();
    assert!(outcome.success, "{}", outcome.stderr);
    insta::assert_snapshot!(outcome.said(), @r#"
    warning: `A` is recursive through `B`, `C`: clients refuse values nested deeper than 128, and some 500 levels end a Rust server that reads them [recursive-type]
      --> src/lib.rs:5:33
        instead: bound the depth, or send a flat list with the parents' places
    warning: `Tree` is recursive: clients refuse values nested deeper than 128, and some 500 levels end a Rust server that reads them [recursive-type]
      --> src/lib.rs:8:33
        instead: bound the depth, or send a flat list with the parents' places
    warning: 3 services: rapace's plain `serve()` answers for one of them per connection [several-services]
      --> src/lib.rs:12:34
        instead: serve those that one program offers through a session, or on one listener with rapace-host; those of the other side of a connection need nothing
    warning: Feed.watch: streams, and the service has other methods: on rapace's plain `serve()` an open stream keeps all other calls of its connection waiting [stream-blocks]
      --> src/lib.rs:11:50
        instead: serve it with rapace-host or through a session, or open a connection for each stream
    "#);
}
