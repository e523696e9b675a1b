//! The flags that cargo's configuration gives the compiler, and what the driver's program needs of them.
//!
//! They come from one of several places (variables, tables per target, tables per `cfg`, `build.rustflags`), so cargo
//! itself is asked: a build script is given the flags that hold. The driver is then built with those flags, less what
//! would take symbols away, and with those that it needs.

use std::env;
use std::fs;
use std::path::Path;
use std::process::Command;

use cargo_metadata::Message;

use super::cargo::{Cargo, Failure};

/// What cargo's configuration says of compiling.
#[derive(Clone, Debug, Default)]
pub(crate) struct Settings {
    /// The compiler's flags, as the user has them.
    flags: Vec<String>,
}

/// What the driver needs, after all that the user has: the last of each wins.
const OURS: [&str; 4] = [
    // Symbols that name types in full.
    "-Csymbol-mangling-version=v0",
    "-Cstrip=none",
    // Libraries with code, and not with what a linker makes code of.
    "-Clinker-plugin-lto=no",
    // What the user's lints forbid, in their code and in ours, is for builds that are about code.
    "--cap-lints=allow",
];

/// Overrides of profiles in a `.cargo/config.toml` or in variables.
const PROFILE: [&str; 3] = [
    "profile.dev.strip=\"none\"",
    "profile.dev.lto=\"off\"",
    "profile.dev.debug=false",
];

const BUILD_SCRIPT: &str = r#"fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    for name in ["CARGO_ENCODED_RUSTFLAGS", "RUSTC_LINKER", "RUSTC_WRAPPER", "RUSTC_WORKSPACE_WRAPPER"] {
        let value = std::env::var(name).unwrap_or_default();
        let digits: String = value.bytes().map(|byte| format!("{byte:02x}")).collect();
        println!("cargo::rustc-env=RAPACE_{name}={digits}");
    }
}
"#;

impl Settings {
    /// Asks cargo. `probe` is the folder of the package whose build script answers.
    pub(super) fn ask(cargo: &Cargo<'_>, probe: &Path) -> Result<Self, String> {
        write_probe(probe).map_err(|error| format!("{}: {error}", probe.display()))?;
        let (messages, said) = Self::probe(cargo, probe).map_err(|failure| match failure {
            Failure::Start(message) => message,
            Failure::Said { .. } => String::new(),
        })?;
        // The answer comes from the build script, so the user's lints may forbid the package what they like.
        let flags = value(&messages, "CARGO_ENCODED_RUSTFLAGS").ok_or_else(|| {
            format!(
                "cargo cannot build an empty package with your configuration:\n{}",
                said.trim_end()
            )
        })?;
        Ok(Self {
            flags: flags
                .split('\x1f')
                .filter(|flag| !flag.is_empty())
                .map(str::to_owned)
                .collect(),
        })
    }

    fn probe(cargo: &Cargo<'_>, probe: &Path) -> Result<(Vec<Message>, String), Failure> {
        let mut command = cargo.command("check", probe);
        // The progress of an empty package is of no interest.
        command.args((!cargo.options.quiet).then_some("--quiet"));
        cargo.ask(command)
    }

    /// Makes a cargo command build with these flags.
    pub(super) fn apply(&self, command: &mut Command) {
        let flags = without_stripping(&self.flags);
        let flags = flags.into_iter().chain(OURS.map(str::to_owned));
        command.env_remove("RUSTFLAGS");
        command.env("CARGO_ENCODED_RUSTFLAGS", flags.collect::<Vec<_>>().join("\x1f"));
        for setting in PROFILE {
            command.args(["--config", setting]);
        }
    }

    /// What `rustc --print cfg` says with these flags.
    pub(super) fn cfg(&self) -> Result<String, String> {
        let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
        let shown = Path::new(&rustc).display().to_string();
        let output = Command::new(&rustc)
            .args(["--print", "cfg"])
            .args(&self.flags)
            .output()
            .map_err(|error| format!("{shown}: cannot start: {error}"))?;
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// The settings that may have changed what the compiler or the linker makes, one per line, for a refusal.
    ///
    /// cargo is asked anew: it does not run a build script again when a linker or a wrapper changes, but when its file is
    /// newer.
    pub(super) fn suspects(cargo: &Cargo<'_>, probe: &Path) -> String {
        let asked = fs::write(probe.join("build.rs"), BUILD_SCRIPT)
            .ok()
            .and_then(|()| Self::probe(cargo, probe).ok());
        let (messages, _) = asked.unwrap_or_default();
        let settings = [
            ("CARGO_ENCODED_RUSTFLAGS", "rustflags"),
            ("RUSTC_LINKER", "linker"),
            ("RUSTC_WRAPPER", "build.rustc-wrapper"),
            ("RUSTC_WORKSPACE_WRAPPER", "build.rustc-workspace-wrapper"),
        ];
        let told = settings
            .iter()
            .map(|(name, setting)| (*setting, value(&messages, name).unwrap_or_default()));
        let rustc = ("build.rustc", env::var("RUSTC").unwrap_or_default());
        let mut found: Vec<String> = told
            .chain([rustc])
            .filter(|(_, value)| !value.is_empty())
            .map(|(setting, value)| format!("\n  `{setting}` = `{}`", value.replace('\x1f', " ")))
            .collect();
        if found.is_empty() {
            found.push(" none that cargo tells of, so look at the compiler and the linker themselves".into());
        }
        found.concat()
    }
}

fn write_probe(folder: &Path) -> std::io::Result<()> {
    let manifest =
        "[package]\nname = \"rapace-export-probe\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[workspace]\n";
    fs::create_dir_all(folder.join("src"))?;
    for (path, text) in [("Cargo.toml", manifest), ("build.rs", BUILD_SCRIPT), ("src/lib.rs", "")] {
        super::package::write_if_changed(&folder.join(path), text)?;
    }
    Ok(())
}

/// What the build script was given under a name.
fn value(messages: &[Message], name: &str) -> Option<String> {
    let name = format!("RAPACE_{name}");
    let digits = messages.iter().find_map(|message| match message {
        Message::BuildScriptExecuted(script) => script.env.iter().find(|(known, _)| *known == name),
        _ => None,
    });
    let (_, digits) = digits?;
    let bytes = (0..digits.len() / 2).filter_map(|at| u8::from_str_radix(&digits[2 * at..2 * at + 2], 16).ok());
    Some(String::from_utf8_lossy(&bytes.collect::<Vec<u8>>()).into_owned())
}

/// The flags without those that make the linker take symbols away: `-Clink-arg=-s`, `-Clink-args=-Wl,--strip-all`.
fn without_stripping(flags: &[String]) -> Vec<String> {
    let mut kept: Vec<String> = Vec::new();
    for flag in flags {
        let option = flag
            .trim_start_matches("--codegen=")
            .trim_start_matches("-C")
            .trim_start();
        let Some((name, value)) = option.split_once('=') else {
            kept.push(flag.clone());
            continue;
        };
        // A flag of two words has its name alone, and is an option only after `-C`.
        let second = option == flag;
        let after_codegen = kept.last().is_some_and(|last| last == "-C" || last == "--codegen");
        if !["link-arg", "link-args", "pre-link-args", "post-link-args"].contains(&name) || (second && !after_codegen) {
            kept.push(flag.clone());
            continue;
        }
        let arguments: Vec<String> = value.split(' ').filter_map(linker_argument).collect();
        if !arguments.is_empty() {
            let before = &flag[..flag.len() - value.len()];
            kept.push(format!("{before}{}", arguments.join(" ")));
        } else if second {
            kept.pop();
        }
    }
    kept
}

/// An argument of the linker less what strips.
fn linker_argument(argument: &str) -> Option<String> {
    const STRIPPING: [&str; 8] = [
        "-s",
        "-S",
        "-x",
        "-X",
        "--strip-all",
        "--strip-debug",
        "--discard-all",
        "--discard-locals",
    ];
    if STRIPPING.contains(&argument) {
        return None;
    }
    let Some(list) = argument.strip_prefix("-Wl,") else {
        return Some(argument.to_owned());
    };
    let kept: Vec<&str> = list.split(',').filter(|part| !STRIPPING.contains(part)).collect();
    (!kept.is_empty()).then(|| format!("-Wl,{}", kept.join(",")))
}

#[cfg(test)]
mod tests {
    use super::without_stripping;

    #[test]
    fn only_what_strips_is_taken_away() {
        for (flags, expected) in [
            ("--cfg|extra|-Ctarget-cpu=native", "--cfg|extra|-Ctarget-cpu=native"),
            ("-Clink-arg=-s|-Copt-level=1", "-Copt-level=1"),
            ("-C|link-arg=-s|--cfg|a", "--cfg|a"),
            ("-C link-arg=-Wl,-s,--as-needed", "-C link-arg=-Wl,--as-needed"),
            ("--codegen=link-args=-Wl,--strip-all -lm", "--codegen=link-args=-lm"),
            ("--codegen|link-args=-Wl,-x", ""),
            ("--cfg|link-arg=-s", "--cfg|link-arg=-s"),
            ("-Clink-arg=-L/opt/-s", "-Clink-arg=-L/opt/-s"),
        ] {
            let flags: Vec<String> = flags.split('|').map(str::to_owned).collect();
            assert_eq!(without_stripping(&flags).join("|"), expected, "{flags:?}");
        }
    }
}
