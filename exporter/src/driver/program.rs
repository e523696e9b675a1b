//! The driver's program: runs it and reads its facts.

use std::collections::BTreeSet;
use std::env;
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use cargo_metadata::Message;

use crate::facts::Facts;

/// The built program.
#[derive(Clone, Debug)]
pub(crate) struct Program {
    file: PathBuf,
    /// What it says that it is of.
    of: String,
    /// Where it finds dynamic libraries.
    libraries: Vec<PathBuf>,
    /// An empty place to run in: what a program leaves in its folder must not be left in the user's.
    folder: PathBuf,
}

impl Program {
    /// The program among the results of a build.
    ///
    /// # Errors
    /// A message: there is none.
    pub(super) fn new(messages: &[Message], of: String, folder: &Path) -> Result<Self, String> {
        let (mut programs, mut libraries) = (Vec::new(), BTreeSet::new());
        for message in messages {
            match message {
                Message::CompilerArtifact(artifact) => {
                    programs.extend(artifact.executable.clone());
                    let dynamic = |file: &&cargo_metadata::camino::Utf8PathBuf| {
                        file.extension().is_some_and(|end| end == env::consts::DLL_EXTENSION)
                    };
                    let folders = artifact
                        .filenames
                        .iter()
                        .filter(dynamic)
                        .filter_map(|file| file.parent());
                    for folder in folders {
                        libraries.insert(folder.as_std_path().to_owned());
                        libraries.insert(folder.join("deps").into_std_path_buf());
                    }
                }
                Message::BuildScriptExecuted(script) => {
                    let searched = script.linked_paths.iter().map(|path| {
                        let path = path.as_str();
                        let kinds = ["native=", "dependency=", "crate=", "framework=", "all="];
                        PathBuf::from(kinds.iter().find_map(|kind| path.strip_prefix(kind)).unwrap_or(path))
                    });
                    libraries.extend(searched);
                }
                _ => {}
            }
        }
        let file = programs.pop().ok_or("cargo built no program")?;
        Ok(Self {
            file: file.into(),
            of,
            libraries: libraries.into_iter().chain(standard_libraries()).collect(),
            folder: folder.to_owned(),
        })
    }

    /// Runs the program. Where there are defaults, it runs twice: one that the process or the clock decides is no constant.
    ///
    /// # Errors
    /// A message: it does not start, ends badly, or is the program of another export.
    pub(crate) fn facts(&self) -> Result<Facts, String> {
        let mut facts = self.run()?;
        if facts.fields_mut().any(|field| !field.default_bytes.is_empty()) {
            let mut again = self.run()?;
            for (field, again) in facts.fields_mut().zip(again.fields_mut()) {
                field.default_bytes.append(&mut again.default_bytes);
            }
        }
        Ok(facts)
    }

    fn run(&self) -> Result<Facts, String> {
        let file = tempfile::NamedTempFile::new().map_err(|error| format!("temporary file: {error}"))?;
        let status = Command::new(&self.file)
            .arg(file.path())
            .env(LIBRARY_PATH, self.library_path())
            // Code that is instrumented for coverage writes a file otherwise.
            .env("LLVM_PROFILE_FILE", file.path().with_extension("profile"))
            .current_dir(&self.folder)
            .stdin(Stdio::null())
            .stdout(io::stderr())
            .status();
        let profile = file.path().with_extension("profile");
        let _ = std::fs::remove_file(profile);
        let status = status.map_err(|error| format!("{} cannot start: {error}", self.file.display()))?;
        if !status.success() {
            return Err(format!("the program that reads the types failed: {status}"));
        }
        let text = std::fs::read_to_string(file.path()).map_err(|error| format!("temporary file: {error}"))?;
        let facts: Facts = ron::from_str(&ron_of(&text))
            .map_err(|error| format!("the program that reads the types printed nonsense: {error}"))?;
        if facts.of != self.of {
            return Err(format!(
                "{} answers for other services than those asked for (`{}`, not `{}`): was it replaced while this export \
                 ran? Export again",
                self.file.display(),
                facts.of,
                self.of
            ));
        }
        Ok(facts)
    }

    /// As cargo sets it for `cargo run`.
    fn library_path(&self) -> OsString {
        let before = env::var_os(LIBRARY_PATH).unwrap_or_default();
        let paths = self.libraries.iter().cloned().chain(env::split_paths(&before));
        // A folder with the separator in its name cannot be in the list; no library is found there.
        let allowed = paths.filter(|path| env::join_paths([path]).is_ok());
        env::join_paths(allowed).unwrap_or(before)
    }
}

/// The variable that lists folders for the system's loader.
const LIBRARY_PATH: &str = if cfg!(windows) {
    "PATH"
} else if cfg!(target_os = "macos") {
    "DYLD_FALLBACK_LIBRARY_PATH"
} else {
    "LD_LIBRARY_PATH"
};

/// The folder of the standard library as a dynamic library, which programs under `-Cprefer-dynamic` load.
fn standard_libraries() -> Option<PathBuf> {
    let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = Command::new(rustc).args(["--print", "target-libdir"]).output().ok()?;
    let path = String::from_utf8(output.stdout).ok()?;
    Some(PathBuf::from(path.trim())).filter(|path| path.is_dir())
}

/// The form of `Debug` as RON: its structs have parentheses instead of braces.
fn ron_of(debug: &str) -> String {
    let (mut in_text, mut escaped) = (false, false);
    let characters = debug.chars().map(|character| {
        let outside = !in_text;
        match character {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => in_text = !in_text,
            '{' if outside => return '(',
            '}' if outside => return ')',
            _ => {}
        }
        character
    });
    characters.collect()
}

#[cfg(test)]
mod tests {
    use super::ron_of;
    use crate::facts::{
        Facts, FieldsFacts, FieldsStyle, Form, OtherForm, PointerKind, Scalar, ServiceFacts, ShapeFacts, Symbol,
        VariantFacts,
    };

    #[test]
    fn facts_survive_the_way_out_of_the_driver() {
        let symbol = Symbol { file: 1, offset: -5 };
        let shape = |form| ShapeFacts {
            name: "r#type".into(),
            display: "T<'a>".into(),
            parameters: vec![0, 7],
            doc: vec![" \"quoted\" {braces} \\ \\\" \0 \t \u{202e} 😀".into(), String::new()],
            symbol,
            path: None,
            consts: vec!["'\\''".into()],
            form,
        };
        let variant = VariantFacts {
            name: "A".into(),
            doc: Vec::new(),
            fields: FieldsFacts {
                style: FieldsStyle::Unit,
                fields: Vec::new(),
            },
        };
        let forms = [
            Form::Scalar(Scalar::U8),
            Form::Scalar(Scalar::Other("IpAddr".into())),
            Form::Pointer(PointerKind::Box, Some(1)),
            Form::Other(OtherForm::NdArray),
            Form::Enum(vec![variant]),
        ];
        let service = ServiceFacts {
            register: 3,
            symbol,
            name: "Shop".into(),
            doc: String::new(),
            methods: Vec::new(),
        };
        let facts = Facts {
            of: "shop-{1}".into(),
            files: vec!["/a (b)/c".into()],
            services: vec![service],
            shapes: forms.into_iter().map(shape).collect(),
        };
        assert_eq!(ron::from_str::<Facts>(&ron_of(&format!("{facts:?}"))).unwrap(), facts);
    }
}
