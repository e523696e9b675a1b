//! What the templates print: every decision is made, every text is laid out.

use askama::Template;

/// A constant of the module with the codecs.
pub(crate) struct Table {
    /// `const currencyNames: readonly Currency[] = ["Eur", "Usd"];`
    pub(crate) declaration: String,
}

/// A function that writes or reads values of one type.
#[derive(Default)]
pub(crate) struct Codec {
    /// Its first line, with the opening brace.
    pub(crate) signature: String,
    /// The lines between the braces, each with its tabs.
    pub(crate) body: Vec<String>,
}

/// The declaration of a type.
pub(crate) enum Declaration {
    /// A type alias, in full.
    Alias {
        /// The comment before it, with its line break.
        doc: String,
        /// `export type Isbn = string;`
        text: String,
    },
    /// An interface.
    Interface {
        /// The comment before it, with its line break.
        doc: String,
        /// Its name.
        name: String,
        /// Its properties.
        members: Vec<Member>,
    },
}

/// A property or method of an interface.
pub(crate) struct Member {
    /// The comment before it, with tabs and its line break.
    pub(crate) doc: String,
    /// `title: string;`
    pub(crate) text: String,
}

/// A method of a service.
pub(crate) struct Method {
    /// The comment before the member of the client's interface.
    pub(crate) doc: String,
    /// The comment before the constant, which a client of single methods is made of.
    pub(crate) constant_doc: String,
    /// `find(isbn: Isbn, options?: CallOptions): Promise<FindOutcome>;`
    pub(crate) member: String,
    /// `find`
    pub(crate) property: String,
    /// `find`, or `delete_`
    pub(crate) constant: String,
    /// `export const find: Method<CatalogClient["find"]> = {`
    pub(crate) declaration: String,
    /// What stands before each further line of it: a tab when the value begins on a line of its own.
    pub(crate) tab: &'static str,
    /// `unary` or `serverStreaming`
    pub(crate) kind: String,
    /// `"Catalog.find"`
    pub(crate) wire_name: String,
    /// In hexadecimal.
    pub(crate) id: String,
    /// How many arguments there are.
    pub(crate) arity: usize,
    /// Whether the call may be made twice.
    pub(crate) idempotent: bool,
    /// `encode(w, isbn) {`, or `encode() {},` when nothing is to be written.
    pub(crate) encode: String,
    /// The lines that write the arguments.
    pub(crate) encode_body: Vec<String>,
    /// `decode: decodeBook,`: a function that reads the answer as it is; empty when there is an expression instead.
    pub(crate) decode_function: String,
    /// `r`, or nothing when the expression reads nothing.
    pub(crate) decode_parameter: &'static str,
    /// `r.u32("")`, laid out behind `return`.
    pub(crate) decode_expression: String,
    /// The same call without an answer, where there is nothing in it.
    pub(crate) notification: Option<Notification>,
}

/// A call that nobody answers.
pub(crate) struct Notification {
    /// The comment before the member of the client's interface.
    pub(crate) doc: String,
    /// The comment before the constant.
    pub(crate) constant_doc: String,
    /// `notifyForget(isbn: Isbn, options?: CallOptions): Promise<void>;`
    pub(crate) member: String,
    /// `notifyForget`
    pub(crate) property: String,
    /// `notifyForget`, or `notifyForget_`
    pub(crate) constant: String,
    /// `export const notifyForget: Method<CatalogClient["notifyForget"]> = …;`
    pub(crate) declaration: String,
}

/// `tsconfig.json`
#[derive(Template)]
#[template(path = "tsconfig.json.txt", escape = "none")]
pub(crate) struct TsConfig {}

/// `src/index.ts`
#[derive(Template)]
#[template(path = "index.ts.txt", escape = "none")]
pub(crate) struct Index<'a> {
    /// The comment about the API.
    pub(crate) doc: &'a str,
    /// The `export` lines, laid out.
    pub(crate) exports: Vec<String>,
}

/// `src/types.ts`
#[derive(Template)]
#[template(path = "types.ts.txt", escape = "none")]
pub(crate) struct TypesModule {
    /// The `import` statements, laid out.
    pub(crate) imports: Vec<String>,
    /// The types.
    pub(crate) declarations: Vec<Declaration>,
}

/// `src/codecs.ts`
#[derive(Template)]
#[template(path = "codecs.ts.txt", escape = "none")]
pub(crate) struct CodecsModule {
    /// The `import` statements, laid out.
    pub(crate) imports: Vec<String>,
    /// The constants.
    pub(crate) tables: Vec<Table>,
    /// The functions.
    pub(crate) codecs: Vec<Codec>,
}

/// `src/services/<name>.ts`
#[derive(Template)]
#[template(path = "service.ts.txt", escape = "none")]
pub(crate) struct ServiceModule {
    /// The `import` statements, laid out.
    pub(crate) imports: Vec<String>,
    /// The comment about the service.
    pub(crate) doc: String,
    /// `export const Catalog: Service<CatalogClient> =`, and what follows it up to the brace.
    pub(crate) declaration: String,
    /// What stands before the lines behind it: a tab when the brace is on a line of its own.
    pub(crate) tab: &'static str,
    /// The interface of its clients.
    pub(crate) client: String,
    /// Its methods.
    pub(crate) methods: Vec<Method>,
}
