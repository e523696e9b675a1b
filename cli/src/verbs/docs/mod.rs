//! `rapace docs`: the reference of an API as one file, a page for browsers or Markdown.

mod data;
mod html;
mod links;
mod markdown;
mod prose;
mod shell;
mod signature;
mod view;

use std::path::{Path, PathBuf};

use clap::Args;
use rapace_gen_core::Options;
use rapace_schema::Api;

use crate::description;
use crate::failure::Failure;
use crate::generators::generators;
use crate::printer;
use crate::project::{Content, Entry, Project};
use crate::writer;

/// The name of stdin and of stdout.
const STDIO: &str = "-";

/// The flags.
#[derive(Args)]
#[command(after_help = "Examples:\n  \
    rapace docs api.json --out docs.html         # open it in a browser: it needs no network\n  \
    rapace docs api.json --format markdown --out API.md\n\n\
    The page's \"Try it\" calls a server that accepts WebSockets, such as rapace-host.")]
pub(crate) struct Docs {
    /// Description to read, as `rapace export` writes it; `-` is stdin. Code in it uses the packages of the rapace.toml beside it
    #[arg(value_name = "API_JSON")]
    api: PathBuf,
    /// File to write, `-` for stdout
    #[arg(long, value_name = "FILE", default_value = "-")]
    out: PathBuf,
    /// What to write: a page for browsers, with search and \"Try it\", or Markdown
    #[arg(long, value_name = "FORMAT", default_value = "html")]
    format: Format,
}

/// What is written.
#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    Html,
    Markdown,
}

impl Docs {
    /// Writes the reference.
    ///
    /// # Errors
    /// When the description is refused, or the file cannot be written.
    pub(crate) fn run(self) -> Result<(), Failure> {
        let api = description::read(&self.api)?;
        let folder = match self.api.as_os_str() == STDIO {
            true => Path::new(""),
            false => writer::folder_of(&self.api),
        };
        let packages = match Project::nearest(folder)? {
            Some(project) => project.entries()?,
            None => Vec::new(),
        };
        let reference = view::Reference::new(&api, programs(&api, &packages)?);
        let text = match self.format {
            Format::Html => html::page(&reference)?,
            Format::Markdown => markdown::document(&reference),
        };
        if self.out.as_os_str() == STDIO {
            return printer::result(&text);
        }
        writer::write_file(&self.out, &text)?;
        let contents = description::contents(&api);
        printer::line(&format!("wrote {}: {contents}", self.out.display()));
        Ok(())
    }
}

/// The programs of each language that has some, with its name for people. They use the first of the project's packages in their
/// language, and a package of the default name where there is none.
fn programs(api: &Api, packages: &[Entry]) -> Result<Vec<view::Programs>, String> {
    let mut all = Vec::new();
    for generator in generators() {
        let language = generator.language();
        let package = packages.iter().find_map(|entry| match &entry.content {
            Content::Api { without } if entry.language == language => Some((&entry.options, without.as_slice())),
            _ => None,
        });
        let default = Options::default();
        let (options, without) = package.unwrap_or((&default, &[]));
        let mut programs = generator
            .calls(api, options)
            .map_err(|error| format!("{language}: {}", error.message))?;
        for (service, programs) in api.services.iter().zip(&mut programs) {
            if without.contains(&service.name) {
                programs.clear();
            }
        }
        if !programs.is_empty() {
            all.push(view::Programs { language, programs });
        }
    }
    Ok(all)
}
