//! JavaScript and declarations made of TypeScript, so that a package works without a build step.
//!
//! The sources are ours: all of them are erasable syntax with isolated declarations, so each file is translated alone.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::LazyLock;

use oxc::allocator::Allocator;
use oxc::codegen::{Codegen, CodegenOptions, CommentOptions};
use oxc::isolated_declarations::{IsolatedDeclarations, IsolatedDeclarationsOptions};
use oxc::parser::Parser;
use oxc::semantic::SemanticBuilder;
use oxc::span::SourceType;
use oxc::transformer::{TransformOptions, Transformer, TypeScriptOptions};
use rapace_gen_core::{Files, Origin};

/// The folder of TypeScript sources.
const SOURCES: &str = "src/";
/// The folder of what is made of them.
const MADE: &str = "dist/";

/// What is made of the runtime's sources, by their texts: it is the same in every package.
static RUNTIME: LazyLock<BTreeMap<&str, Made>> = LazyLock::new(|| {
    let sources = rapace_runtimes::TYPESCRIPT.iter().map(|(_, text)| *text);
    sources
        .map(|text| (text, Made::of(&Allocator::default(), text)))
        .collect()
});

/// What is made of a source.
#[derive(Clone)]
struct Made {
    /// What runs.
    javascript: String,
    /// What compilers read.
    declarations: String,
}

impl Made {
    fn of(allocator: &Allocator, source: &str) -> Self {
        Self {
            javascript: javascript(allocator, source),
            declarations: declarations(allocator, source),
        }
    }
}

/// Adds the JavaScript and the declarations of each TypeScript source in `files`.
pub(crate) fn add(files: &mut Files) {
    let mut allocator = Allocator::default();
    let made = files.iter().filter_map(|(path, file)| {
        let module = path.strip_prefix(SOURCES)?.strip_suffix(".ts")?;
        allocator.reset();
        let made = match file.origin {
            Origin::Runtime => RUNTIME.get(file.text.as_str())?.clone(),
            Origin::Generated => Made::of(&allocator, &file.text),
        };
        Some((module.to_owned(), file.origin, made))
    });
    for (module, origin, made) in made.collect::<Vec<_>>() {
        for (extension, text) in [("js", made.javascript), ("d.ts", made.declarations)] {
            let path = format!("{MADE}{module}.{extension}");
            match origin {
                Origin::Generated => files.add(path, text),
                Origin::Runtime => files.add_runtime(path, text),
            }
        }
    }
}

/// What runs: the source without its types.
fn javascript(allocator: &Allocator, source: &str) -> String {
    let parsed = Parser::new(allocator, source, SourceType::ts()).parse();
    assert!(parsed.diagnostics.is_empty(), "it does not parse: {source}");
    let mut program = parsed.program;
    let scoping = SemanticBuilder::new().build(&program).semantic.into_scoping();
    let options = TransformOptions {
        typescript: TypeScriptOptions {
            // As `verbatimModuleSyntax` and `useDefineForClassFields: false` of the package's tsconfig.json.
            only_remove_type_imports: true,
            remove_class_fields_without_initializer: true,
            ..TypeScriptOptions::default()
        },
        ..TransformOptions::default()
    };
    let transformed =
        Transformer::new(allocator, Path::new("module.ts"), &options).build_with_scoping(scoping, &mut program);
    assert!(transformed.diagnostics.is_empty(), "it is not erasable: {source}");
    Codegen::new().build(&program).code
}

/// What compilers read: the types of what the source exports, with their documentation.
fn declarations(allocator: &Allocator, source: &str) -> String {
    let parsed = Parser::new(allocator, source, SourceType::ts()).parse();
    let options = IsolatedDeclarationsOptions { strip_internal: false };
    let declared = IsolatedDeclarations::new(allocator, options).build(&parsed.program);
    assert!(
        declared.diagnostics.is_empty(),
        "an export has no written type: {:?}",
        declared.diagnostics
    );
    let comments = CommentOptions {
        jsdoc: true,
        ..CommentOptions::disabled()
    };
    let options = CodegenOptions {
        comments,
        ..CodegenOptions::default()
    };
    Codegen::new().with_options(options).build(&declared.program).code
}
