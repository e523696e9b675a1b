//! Docs as people write them: block comments, included files, joined texts.

use rapace_schema::{Api, TypeKind};

use crate::support::Crate;

const TEXT: &str = r#"
    #![doc = include_str!("../README.md")]
    use facet::Facet;

    /** A thing.
     *
     * - one
     * - two
     */
    #[derive(Facet)]
    pub struct Thing {
        /** Its id.
         * More. */
        pub id: u32,
        #[doc = include_str!("field.md")]
        pub included: u8,
        #[doc = concat!("joined ", concat!("text ", 1))]
        pub joined: u8,
        /// Before.
        #[doc = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/field.md"))]
        pub both: u8,
        #[doc = "Written:\n * one\n * two"]
        pub written: u8,
        /// * a list alone
        pub list: u8,
    }

    #[derive(Facet)]
    #[doc = include_str!("../README.md")]
    #[repr(u8)]
    pub enum Kind {
        /**
         * Framed.
         **/
        One,
        #[doc = concat!("two")]
        Two,
    }

    macro_rules! made {
        ($name:ident) => {
            #[derive(Facet)]
            /// Made by a macro.
            pub struct $name {
                /** A block
                 * in a macro.
                 */
                pub a: u8,
            }
        };
    }
    made!(Made);

    #[derive(Facet)]
    #[doc = include_str!(env!("SOMEWHERE"))]
    pub struct Unread { pub a: u8 }

    /** Sells.
     * Twice.
     */
    #[rapace::service]
    pub trait Shop {
        /** Finds.
         * More.
         */
        async fn find(&self) -> Thing;
        #[doc = include_str!("field.md")]
        async fn kind(&self) -> Kind;
        #[doc = concat!("a", "b")]
        async fn made(&self) -> Made;
        /// Plain "text".
        async fn unread(&self) -> Unread;
    }
"#;

fn docs(api: &Api, name: &str) -> Vec<String> {
    let def = api.types.iter().find(|def| def.name == name).unwrap();
    let inner: Vec<String> = match &def.kind {
        TypeKind::Struct(fields) => fields.fields.iter().map(|field| field.doc.clone()).collect(),
        TypeKind::Enum { variants } => variants.iter().map(|variant| variant.doc.clone()).collect(),
    };
    std::iter::once(def.doc.clone()).chain(inner).collect()
}

#[test]
fn docs_arrive_however_they_are_written() {
    let shop = Crate::new(
        "reports-docs",
        &[
            ("src/lib.rs", &format!("\u{feff}{}", TEXT.replace('\n', "\r\n"))),
            ("src/field.md", "The id.\r\n\r\nWith CRLF.\r\n"),
            ("README.md", "# Shop\n\nSells.\n"),
            (
                ".cargo/config.toml",
                "[env]\nSOMEWHERE = { value = \"README.md\", relative = true }\n",
            ),
        ],
    );
    let outcome = shop.export();
    assert!(outcome.success, "{}", outcome.stderr);
    let api = rapace_schema::read(&outcome.stdout).unwrap();
    assert_eq!(
        docs(&api, "Thing"),
        [
            "A thing.\n\n- one\n- two",
            "Its id.\nMore.",
            "The id.\n\nWith CRLF.",
            "joined text 1",
            "Before.\nThe id.\n\nWith CRLF.",
            "Written:\n * one\n * two",
            "* a list alone",
        ]
    );
    assert_eq!(docs(&api, "Kind"), ["# Shop\n\nSells.", "Framed.", "two"]);
    assert_eq!(docs(&api, "Made"), ["Made by a macro.", "A block\nin a macro."]);
    let service = &api.services[0];
    let methods: Vec<&str> = service.methods.iter().map(|method| method.doc.as_str()).collect();
    assert_eq!(service.doc, "Sells.\nTwice.");
    assert_eq!(
        methods,
        ["Finds.\nMore.", "The id.\n\nWith CRLF.", "ab", "Plain \"text\"."]
    );
    assert!(
        outcome.said().contains(
            "warning: reports_docs::Unread: its docs cannot be read: `env!(\"SOMEWHERE\")` is not known here [docs-unread]"
        ),
        "{}",
        outcome.stderr
    );
}
