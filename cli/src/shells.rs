//! Completions for shells. The script of a shell asks the command itself for candidates, so that they include what an `api.json` has.

use std::ffi::OsString;
use std::io::{self, Write};
use std::path::Path;

use clap::Command;
use clap_complete::engine;
use clap_complete::env::{Bash, CompleteEnv, Elvish, EnvCompleter, Fish, Powershell, Shells, Zsh};

/// The variable with which a script asks for candidates. Its value is the name of the shell.
const VARIABLE: &str = "RAPACE_COMPLETE";
/// The command's name, and how scripts start it.
const COMMAND: &str = "rapace";
/// The shells that have scripts.
const SHELLS: [&dyn EnvCompleter; 5] = [&WholeWords, &Elvish, &Fish, &Powershell, &Zsh];

/// Bash, which takes colons for ends of words: the one in `tcp://127.0.0.1:9000` would make five words of it.
struct WholeWords;

/// The script for bash. The words of the line are read again, because those of bash are split at colons.
const BASH: &str = r#"_rapace() {
    local IFS=$' \t\n' words
    read -ra words <<< "${COMP_LINE:0:COMP_POINT}"
    [[ "${COMP_LINE:0:COMP_POINT}" == *[[:space:]] ]] && words+=("")
    IFS=$'\n'
    COMPREPLY=( $(VARIABLE=bash COMMAND -- "${words[@]}" 2>/dev/null) )
    # What is before a colon in the last word is a word of its own for bash, and stays as it is.
    local word="${words[-1]}"
    if [[ "$word" == *:* && "$COMP_WORDBREAKS" == *:* ]]; then
        COMPREPLY=( "${COMPREPLY[@]#"${word%"${word##*:}"}"}" )
    fi
    [[ "${COMPREPLY-}" == *[=/] ]] && compopt -o nospace
}
complete -o bashdefault -o nosort -F _rapace COMMAND
"#;

impl EnvCompleter for WholeWords {
    fn name(&self) -> &'static str {
        Bash.name()
    }

    fn is(&self, name: &str) -> bool {
        Bash.is(name)
    }

    fn write_registration(&self, _: &str, _: &str, _: &str, _: &str, buf: &mut dyn Write) -> io::Result<()> {
        let script = BASH.replace("VARIABLE", VARIABLE).replace("COMMAND", COMMAND);
        buf.write_all(script.as_bytes())
    }

    fn write_complete(
        &self,
        command: &mut Command,
        words: Vec<OsString>,
        folder: Option<&Path>,
        buf: &mut dyn Write,
    ) -> io::Result<()> {
        let last = words.len().saturating_sub(1);
        for candidate in engine::complete(command, words, last, folder)? {
            writeln!(buf, "{}", candidate.get_value().to_string_lossy())?;
        }
        Ok(())
    }
}

/// The names of the shells that have scripts.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    SHELLS.into_iter().map(EnvCompleter::name)
}

/// The script for a shell of this name, if there is one.
///
/// # Errors
/// When the script cannot be made.
pub(crate) fn script(name: &str) -> io::Result<Option<Vec<u8>>> {
    let mut script = Vec::new();
    let Some(shell) = SHELLS.into_iter().find(|shell| shell.name() == name) else {
        return Ok(None);
    };
    shell.write_registration(VARIABLE, COMMAND, COMMAND, COMMAND, &mut script)?;
    Ok(Some(script))
}

/// Prints candidates and ends the process, when a script has started it for that.
pub(crate) fn answer(command: fn() -> Command) {
    CompleteEnv::with_factory(command)
        .var(VARIABLE)
        .shells(Shells(&SHELLS))
        .complete();
}

/// The words of the command line that a script asks about.
pub(crate) fn words() -> impl Iterator<Item = OsString> {
    std::env::args_os().skip_while(|word| word != "--").skip(1)
}
