//! Whether the tables of `docs/types.md` are true: each type that travels is exported and generated, each of the others is refused by
//! the exporter or by the compiler, and what is to be written instead travels.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use crate::documents::shared;
use crate::languages::LANGUAGES;
use crate::project::{Error, Project, Result, all_good, command, output, run};

const PAGE: &str = "docs/types.md";

/// The crates of types that facet knows with a feature of its own.
const OTHERS: &str = "chrono = { version = \"0.4\", default-features = false }\nserde_json = \"1\"\nurl = \"2\"\n\
                      uuid = { version = \"1\", default-features = false }\n";

/// A row of a table: its cells, and the line that it is in.
struct Row {
    line: usize,
    cells: Vec<String>,
}

impl Row {
    /// The types or names in backticks in a cell.
    fn code(&self, cell: usize) -> Vec<&str> {
        let cell = self.cells.get(cell).map_or("", String::as_str);
        cell.split('`').skip(1).step_by(2).collect()
    }
}

/// Checks every row. Returns a line of figures.
///
/// # Errors
/// When a row is not true; with all of these.
pub fn test(project: &Project) -> Result<String> {
    let start = Instant::now();
    let page = fs::read_to_string(project.path(PAGE)).map_err(|error| Error(format!("{PAGE}: {error}")))?;
    let travel = rows(&page, "| Rust | on the wire |")?;
    let refused = rows(&page, "| Rust, refused by the export |")?;
    let unknown = rows(&page, "| Rust, not known to facet |")?;
    let mut problems = Vec::new();
    problems.extend(travels(project, &travel, &[&refused, &unknown]).err());
    problems.extend(is_refused(project, &refused).err());
    problems.extend(does_not_compile(project, &unknown).err());
    all_good(problems.into_iter().map(|Error(problem)| problem).collect())?;
    Ok(format!(
        "types: {} rows travel in every language, {} are refused, {} do not compile, {:.1} s",
        travel.len(),
        refused.len(),
        unknown.len(),
        start.elapsed().as_secs_f64()
    ))
}

/// The rows of the table that begins so.
fn rows(page: &str, header: &str) -> Result<Vec<Row>> {
    let mut lines = page
        .lines()
        .enumerate()
        .skip_while(|(_, line)| !line.starts_with(header));
    lines
        .next()
        .ok_or_else(|| Error(format!("{PAGE}: no table begins {header}")))?;
    let rows: Vec<Row> = lines
        .skip(1)
        .map_while(|(number, line)| {
            let inside = line.strip_prefix('|')?.strip_suffix('|')?;
            // A bar inside a cell is escaped.
            let inside = inside.replace("\\|", "\u{0}");
            let cells = inside
                .split('|')
                .map(|cell| cell.trim().replace('\u{0}', "|"))
                .collect();
            Some(Row {
                line: number + 1,
                cells,
            })
        })
        .collect();
    match rows.is_empty() {
        true => Err(Error(format!("{PAGE}: the table {header} is empty"))),
        false => Ok(rows),
    }
}

/// A crate of a service whose methods take and return these types, a line each.
fn make(project: &Project, name: &str, methods: &[String], dependencies: &str) -> Result<PathBuf> {
    let folder = project.scratch(&format!("types/{name}"))?;
    fs::create_dir_all(folder.join("src"))?;
    let manifest = format!(
        "[package]\nname = \"rows\"\nedition = \"2024\"\n\n[workspace]\n\n[dependencies]\nfacet = \"0.32.3\"\nfutures = \"0.3.32\"\n\
         rapace = \"0.5.0\"\n{dependencies}"
    );
    fs::write(folder.join("Cargo.toml"), manifest)?;
    fs::copy(project.path("Cargo.lock"), folder.join("Cargo.lock"))?;
    let source = fs::read_to_string(project.path("xtask/frames/types.rs"))?;
    let methods: String = methods.iter().map(|method| format!("    {method}\n")).collect();
    fs::write(folder.join("src/lib.rs"), source.replace("    {{methods}}\n", &methods))?;
    Ok(folder)
}

fn export(project: &Project, folder: &Path) -> Command {
    let mut export = command(project.built("rapace"), folder);
    shared(project, &mut export);
    export.args(["export", "--out", "api.json"]);
    export
}

/// Exports and generates every type that travels, and those that the other tables name as what to write instead.
fn travels(project: &Project, rows: &[Row], others: &[&[Row]]) -> Result {
    let mut methods = Vec::new();
    for row in rows {
        for (number, rust) in row.code(0).iter().enumerate() {
            let name = format!("row{}_{}", row.line, letter(number));
            methods.push(match rust.strip_prefix("-> ") {
                Some(response) => format!("async fn {name}(&self) -> {response};"),
                None => format!("async fn {name}(&self, value: {rust}) -> {rust};"),
            });
        }
    }
    for row in others.iter().flat_map(|rows| rows.iter()) {
        let [_, instead @ ..] = row.cells.as_slice() else {
            continue;
        };
        let instead = Row {
            line: row.line,
            cells: instead.to_vec(),
        };
        for (number, rust) in instead.code(instead.cells.len() - 1).iter().enumerate() {
            methods.push(format!(
                "async fn instead{}_{}(&self, value: {rust}) -> {rust};",
                row.line,
                letter(number)
            ));
        }
    }
    let folder = make(project, "travel", &methods, "")?;
    run(&mut export(project, &folder))?;
    let mut problems = Vec::new();
    for (place, language) in LANGUAGES.iter().enumerate() {
        let out = folder.join(language.name);
        project.generate(language.name, &folder.join("api.json"), &out)?;
        let source = client(&out, language.name)?;
        for row in rows {
            let expected = row.code(2 + place).concat();
            for number in 0..row.code(0).len() {
                if !has(&source, language.name, row.line, number, &expected) {
                    problems.push(format!(
                        "{PAGE}:{}: {} has no {expected} there",
                        row.line, language.name
                    ));
                }
            }
        }
    }
    all_good(problems)
}

/// The file with the clients of a generated package.
fn client(package: &Path, language: &str) -> Result<String> {
    let file = match language {
        "python" => "src/rows/rows.py",
        "go" => "rows_client.go",
        _ => "src/services/rows.ts",
    };
    let path = package.join(file);
    fs::read_to_string(&path).map_err(|error| Error(format!("{}: {error}", path.display())))
}

/// Which of a row's types it is: a letter, since languages write digits next to digits.
fn letter(number: usize) -> char {
    char::from(b'a'.saturating_add(u8::try_from(number).unwrap_or(u8::MAX)))
}

/// Whether the method of a row has this type, as its argument, its answer or its items.
fn has(source: &str, language: &str, line: usize, number: usize, expected: &str) -> bool {
    let letter = letter(number);
    let name = match language {
        "go" => format!("Row{line}{}(", letter.to_ascii_uppercase()),
        "python" => format!("def row{line}_{letter}("),
        _ => format!("row{line}{}(", letter.to_ascii_uppercase()),
    };
    let plain: String = source.split_whitespace().collect::<Vec<_>>().join(" ");
    let expected = expected.split_whitespace().collect::<Vec<_>>().join(" ");
    // A method and what follows it, up to the next one.
    plain.match_indices(&name).any(|(start, _)| {
        let rest = &plain[start + name.len()..];
        let end = [" row", " def row", " Row"]
            .iter()
            .filter_map(|next| rest.find(next))
            .min();
        whole(&rest[..end.unwrap_or(rest.len())], &expected)
    })
}

/// Whether a text has these words, and not as a part of a longer word.
fn whole(text: &str, words: &str) -> bool {
    let part = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(words).any(|(start, _)| {
        let (before, after) = (
            text[..start].chars().next_back(),
            text[start + words.len()..].chars().next(),
        );
        !before.is_some_and(part) && !after.is_some_and(part)
    })
}

/// Every one of these types is refused by the exporter, all at once.
fn is_refused(project: &Project, rows: &[Row]) -> Result {
    let folder = make(project, "refused", &single(rows), OTHERS)?;
    let printed = said(&mut export(project, &folder))?;
    missing(
        rows,
        |row| printed.contains(&format!("row{}:", row.line)) || printed.contains(&format!("row{},", row.line)),
        &printed,
    )
}

/// The compiler refuses every one of these types.
fn does_not_compile(project: &Project, rows: &[Row]) -> Result {
    let folder = make(project, "unknown", &single(rows), OTHERS)?;
    let mut build = command("cargo", &folder);
    shared(project, &mut build);
    let printed = said(build.args(["build", "--quiet", "--message-format", "short"]))?;
    let complained = |row: &Row| {
        let rust = row.code(0)[0];
        let named = match rust.starts_with("Streaming<") {
            true => "`Pin<Box<dyn Stream<".to_owned(),
            false => format!("`{rust}: Facet<"),
        };
        let mut errors = printed.lines().filter(|line| line.contains("E0277"));
        errors.any(|line| line.contains(&named) && line.contains("Facet<"))
    };
    missing(rows, complained, &printed)
}

/// A method for each row, with its first type as its argument.
fn single(rows: &[Row]) -> Vec<String> {
    let method = |row: &Row| match row.code(0)[0].strip_prefix("-> ") {
        Some(response) => format!("async fn row{}(&self) -> {response};", row.line),
        None => format!("async fn row{}(&self, value: {});", row.line, row.code(0)[0]),
    };
    rows.iter().map(method).collect()
}

/// What a command says, which must fail.
fn said(command: &mut Command) -> Result<String> {
    match output(command) {
        Ok(_) => Err(Error(format!("{PAGE}: what should be refused was accepted"))),
        Err(Error(said)) => Ok(said),
    }
}

fn missing(rows: &[Row], complained: impl Fn(&Row) -> bool, printed: &str) -> Result {
    let missing: Vec<String> = rows
        .iter()
        .filter(|row| !complained(row))
        .map(|row| format!("{PAGE}:{}: {} is not refused", row.line, row.cells[0]))
        .collect();
    match missing.is_empty() {
        true => Ok(()),
        false => Err(Error(format!("{}\n{printed}", missing.join("\n")))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_has_rows_with_code() {
        let page = "| a | b |\n|---|---|\n| x | y |\n\n| Rust | on the wire |\n|---|---|\n| `u8`, `u16` | `x \\| None` |\n\n| `no` | |\n";
        let rows = rows(page, "| Rust |").unwrap_or_default();
        assert_eq!(rows.len(), 1);
        assert_eq!(rows[0].line, 7);
        assert_eq!(rows[0].code(0), ["u8", "u16"]);
        assert_eq!(rows[0].code(1), ["x | None"]);
        assert!(super::rows(page, "| none |").is_err());
    }

    #[test]
    fn a_type_is_found_in_its_method_alone() {
        let source =
            "def row7_a( self, value: int | None ) -> int | None: ... async def row8_a(self, value: str) -> str: ...";
        assert!(has(source, "python", 7, 0, "int | None"));
        assert!(has(source, "python", 8, 0, "str"));
        assert!(!has(source, "python", 7, 0, "str"));
        assert!(!has(source, "python", 8, 0, "st"));
        assert!(!has(source, "python", 9, 0, "str"));
    }
}
