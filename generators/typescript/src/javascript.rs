//! JavaScript and declarations made of TypeScript, so that a package works without a build step.
//!
//! The sources are ours: all of them are erasable syntax with isolated declarations, so each file is translated alone.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{LazyLock, OnceLock};

use oxc::allocator::Allocator;
use oxc::ast::ast::Program;
use oxc::codegen::{Codegen, CodegenOptions, CommentOptions};
use oxc::isolated_declarations::{IsolatedDeclarations, IsolatedDeclarationsOptions};
use oxc::parser::Parser;
use oxc::semantic::SemanticBuilder;
use oxc::span::SourceType;
use oxc::transformer::{TransformOptions, Transformer, TypeScriptOptions};
use rapace_gen_core::{File, Files, Origin, in_parallel};

/// The folder of TypeScript sources.
const SOURCES: &str = "src/";
/// The folder of what is made of them.
const MADE: &str = "dist/";

/// What is made of the runtime's sources, by their texts: it is the same in every package.
static RUNTIME: LazyLock<BTreeMap<&str, OnceLock<Made>>> = LazyLock::new(|| {
    let sources = rapace_runtimes::TYPESCRIPT.iter();
    sources.map(|(_, text)| (*text, OnceLock::new())).collect()
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
    fn of(source: &str) -> Self {
        let allocator = Allocator::default();
        let mut program = parsed(&allocator, source);
        Self {
            declarations: declarations(&allocator, &program),
            javascript: javascript(&allocator, &mut program),
        }
    }
}

/// Adds the JavaScript and the declarations of each TypeScript source in `files`.
pub(crate) fn add(files: &mut Files) {
    let sources = files.iter().filter_map(|(path, file)| {
        let module = path.strip_prefix(SOURCES)?.strip_suffix(".ts")?;
        Some((module, file))
    });
    let mut sources: Vec<(&str, &File)> = sources.collect();
    // The longest first, so that no processor is left alone with one.
    sources.sort_by_key(|(_, file)| Reverse(file.text.len()));
    let made = in_parallel(&sources, |(module, file)| {
        let made = match (file.origin, RUNTIME.get(file.text.as_str())) {
            (Origin::Runtime, Some(made)) => made.get_or_init(|| Made::of(&file.text)).clone(),
            _ => Made::of(&file.text),
        };
        ((*module).to_owned(), file.origin, made)
    });
    for (module, origin, made) in made {
        for (extension, text) in [("js", made.javascript), ("d.ts", made.declarations)] {
            let path = format!("{MADE}{module}.{extension}");
            match origin {
                Origin::Generated => files.add(path, text),
                Origin::Runtime => files.add_runtime(path, text),
            }
        }
    }
}

/// The syntax tree of a source.
///
/// For each export the parser looks through all imports. So the two are parsed apart: either text is blank where the other one
/// is, which keeps all positions.
fn parsed<'a>(allocator: &'a Allocator, source: &'a str) -> Program<'a> {
    let (imports, rest) = source.split_at(end_of_imports(source));
    let rest = allocator.alloc_str(&(" ".repeat(imports.len()) + rest));
    let [mut program, rest] = [imports, rest].map(|text| {
        let parsed = Parser::new(allocator, text, SourceType::ts()).parse();
        assert!(parsed.diagnostics.is_empty(), "it does not parse: {source}");
        parsed.program
    });
    program.body.extend(rest.body);
    program.comments.extend(rest.comments);
    program.span = rest.span;
    program.source_text = source;
    program
}

/// Where the imports before the first export end.
fn end_of_imports(source: &str) -> usize {
    let mut at = 0;
    let mut end = 0;
    for line in source.split_inclusive('\n') {
        if line.starts_with("export ") {
            break;
        }
        at += line.len();
        if (line.starts_with("import ") || line.starts_with("} from ")) && line.ends_with(";\n") {
            end = at;
        }
    }
    end
}

/// What runs: the source without its types.
fn javascript<'a>(allocator: &'a Allocator, program: &mut Program<'a>) -> String {
    let scoping = SemanticBuilder::new().build(program).semantic.into_scoping();
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
        Transformer::new(allocator, Path::new("module.ts"), &options).build_with_scoping(scoping, program);
    assert!(
        transformed.diagnostics.is_empty(),
        "it is not erasable: {}",
        program.source_text
    );
    Codegen::new().build(program).code
}

/// What compilers read: the types of what the source exports, with their documentation.
fn declarations<'a>(allocator: &'a Allocator, program: &Program<'a>) -> String {
    let options = IsolatedDeclarationsOptions { strip_internal: false };
    let declared = IsolatedDeclarations::new(allocator, options).build(program);
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
