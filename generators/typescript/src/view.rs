//! What the templates print: every decision is made, every text is laid out.

use askama::Template;

/// The declaration of a type.
pub(crate) enum Declaration {
    /// A type alias or a function, in full.
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

/// A function of a service's client.
pub(crate) struct Function {
    /// The comment before the member of the client's interface, with its line break.
    pub(crate) doc: String,
    /// The comment before the constant, which a client of single methods is made of.
    pub(crate) constant_doc: String,
    /// `find(isbn: Isbn, options?: CallOptions): Promise<FindOutcome>;`
    pub(crate) member: String,
    /// `find`
    pub(crate) property: String,
    /// `find`, or `delete_`
    pub(crate) constant: String,
    /// `export const find: Method<CatalogClient["find"]> = { … };`
    pub(crate) declaration: String,
}

impl Function {
    /// See [`entry`].
    pub(crate) fn entry(&self) -> String {
        entry(&self.property, &self.constant)
    }
}

/// The entry of a method in its service: `find,` or `delete: delete_,`.
pub(crate) fn entry(property: &str, constant: &str) -> String {
    match property == constant {
        true => format!("{property},"),
        false => format!("{property}: {constant},"),
    }
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
    /// There are functions among them.
    pub(crate) makes: bool,
}

/// `src/codecs.ts`
#[derive(Template)]
#[template(path = "codecs.ts.txt", escape = "none")]
pub(crate) struct CodecsModule {
    /// The `import` statements, laid out.
    pub(crate) imports: Vec<String>,
    /// The tables of names, then the functions.
    pub(crate) declarations: Vec<String>,
}

/// `src/json.ts`
#[derive(Template)]
#[template(path = "json.ts.txt", escape = "none")]
pub(crate) struct JsonModule {
    /// The `import` statements, laid out.
    pub(crate) imports: Vec<String>,
    /// The forms and their functions.
    pub(crate) declarations: Vec<String>,
}

/// `src/services/<name>.ts`
#[derive(Template)]
#[template(path = "service.ts.txt", escape = "none")]
pub(crate) struct ServiceModule {
    /// The `import` statements, laid out.
    pub(crate) imports: Vec<String>,
    /// The comment about the service.
    pub(crate) doc: String,
    /// `export const Catalog: Service<CatalogClient> = { … };`
    pub(crate) declaration: String,
    /// The interface of its clients.
    pub(crate) client: String,
    /// Its functions.
    pub(crate) functions: Vec<Function>,
}

/// `src/handlers/<name>.ts`
#[derive(Template)]
#[template(path = "handler.ts.txt", escape = "none")]
pub(crate) struct HandlerModule {
    /// The `import` statements, laid out.
    pub(crate) imports: Vec<String>,
    /// The comment about the service.
    pub(crate) doc: String,
    /// The comment before the service.
    pub(crate) service_doc: String,
    /// The interface of its handlers.
    pub(crate) handler: String,
    /// The functions of the interface.
    pub(crate) members: Vec<Member>,
    /// `export const Catalog: HandledService<CatalogClient, CatalogHandler> = { … };`
    pub(crate) declaration: String,
}

/// The text of a template, with one line break at its end.
pub(crate) fn render(template: &impl Template) -> String {
    let mut text = template.render().expect("writing to a string does not fail");
    // A template loses its last line break.
    text.truncate(text.trim_end().len());
    text.push('\n');
    text
}
