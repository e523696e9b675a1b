//! Files as shells, editors and git leave them: what is read, and what `--out` writes to.

use std::fs;
use std::path::Path;

use crate::support::{Outcome, rapace, workspace};

fn bookshop_api() -> String {
    fs::read_to_string(workspace().join("examples/bookshop/api.json")).unwrap()
}

#[test]
fn a_checkout_with_line_ends_of_windows_is_up_to_date() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("api.json"), bookshop_api().replace('\n', "\r\n")).unwrap();
    for language in ["python", "go", "typescript"] {
        let generate = ["gen", "--lang", language, "--out", language, "api.json"];
        let outcome = rapace(folder.path(), &generate);
        assert!(outcome.success, "{}", outcome.stderr);
        let out = folder.path().join(language);
        every_file(&out, &|path| {
            let text = fs::read_to_string(path).unwrap();
            fs::write(path, text.replace('\n', "\r\n")).unwrap();
        });
        let check = [generate.as_slice(), &["--check"]].concat();
        let outcome = rapace(folder.path(), &check);
        assert!(outcome.success, "{language}: {}", outcome.stderr);
        // Anything else is still a difference.
        let changed = out.join(".rapace-files");
        let first = fs::read_to_string(&changed).unwrap();
        let first = first.lines().find(|line| !line.starts_with('#')).unwrap();
        let text = fs::read_to_string(out.join(first)).unwrap();
        fs::write(out.join(first), text + "\r").unwrap();
        let outcome = rapace(folder.path(), &check);
        assert!(
            outcome.error().ends_with(&format!("\n  {first}: differs")),
            "{}",
            outcome.stderr
        );
        // Another run makes it what it was.
        assert!(rapace(folder.path(), &generate).success);
        assert!(rapace(folder.path(), &check).success);
    }
}

fn every_file(folder: &Path, act: &dyn Fn(&Path)) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            every_file(&path, act);
        } else {
            act(&path);
        }
    }
}

fn generate_from(bytes: &[u8]) -> Outcome {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("api.json"), bytes).unwrap();
    rapace(folder.path(), &["gen", "--lang", "go", "--out", "out", "api.json"])
}

#[test]
fn a_description_of_another_encoding() {
    let marked = format!("\u{feff}{}", bookshop_api());
    let outcome = generate_from(marked.as_bytes());
    assert!(outcome.success, "{}", outcome.stderr);
    let little: Vec<u8> = marked.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let big: Vec<u8> = bookshop_api().encode_utf16().flat_map(u16::to_be_bytes).collect();
    for utf16 in [little, big] {
        assert_eq!(
            generate_from(&utf16).error(),
            "api.json: it is UTF-16, as `>` in Windows PowerShell writes it, and must be UTF-8: write it with `--out FILE` \
             instead of `>`, or save it as UTF-8"
        );
    }
    assert_eq!(
        generate_from(b"{\"name\": \"b\xfccher\"}").error(),
        "api.json: it must be UTF-8, and the byte at 11 is not: save it as UTF-8"
    );
}

#[cfg(unix)]
mod out {
    use std::fs;
    use std::io::Read;
    use std::os::unix::fs::{FileTypeExt, PermissionsExt, symlink};
    use std::path::Path;
    use std::process::Command;

    use crate::support::{Crate, rapace};

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn what_out_names_stays_what_it_is() {
        let shop = Crate::new(
            "reports-out",
            &[(
                "src/lib.rs",
                "#[rapace::service] pub trait Shop { async fn a(&self); }\n",
            )],
        );
        let folder = shop.path();
        let export = |to: &str| {
            let outcome = rapace(folder, &["export", "--out", to]);
            assert!(outcome.success && outcome.stdout.is_empty(), "{to}: {}", outcome.stderr);
        };
        let wanted = shop.export().stdout;
        let text = |path: &str| fs::read_to_string(folder.join(path)).unwrap();

        // A new file has the mode of any new file here, an old one keeps its own.
        fs::write(folder.join("any"), "").unwrap();
        export("new.json");
        assert_eq!(
            (text("new.json"), mode(&folder.join("new.json"))),
            (wanted.clone(), mode(&folder.join("any")))
        );
        fs::set_permissions(folder.join("any"), fs::Permissions::from_mode(0o604)).unwrap();
        export("any");
        assert_eq!((text("any"), mode(&folder.join("any"))), (wanted.clone(), 0o604));

        // A link leads where it led, whether the file was there or not.
        fs::create_dir(folder.join("elsewhere")).unwrap();
        for (link, there) in [("old-link", true), ("new-link", false)] {
            let target = folder.join("elsewhere").join(link);
            if there {
                fs::write(&target, "longer than what is written? ".repeat(500)).unwrap();
            }
            symlink(&target, folder.join(link)).unwrap();
            export(link);
            assert!(fs::symlink_metadata(folder.join(link)).unwrap().is_symlink(), "{link}");
            assert_eq!(fs::read_to_string(&target).unwrap(), wanted);
        }
        // A file of two names is one file afterwards.
        fs::write(folder.join("one"), "").unwrap();
        fs::hard_link(folder.join("one"), folder.join("two")).unwrap();
        export("one");
        assert_eq!((text("one"), text("two")), (wanted.clone(), wanted.clone()));

        // A pipe hands the text on.
        let pipe = folder.join("pipe");
        assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        let reader = std::thread::spawn({
            let pipe = pipe.clone();
            move || {
                let mut text = String::new();
                fs::File::open(pipe).unwrap().read_to_string(&mut text).unwrap();
                text
            }
        });
        export("pipe");
        assert_eq!(reader.join().unwrap(), wanted);
        assert!(fs::symlink_metadata(&pipe).unwrap().file_type().is_fifo());

        // A device takes it: by a link, so that a defect harms no machine.
        symlink("/dev/null", folder.join("null")).unwrap();
        export("null");
        assert!(fs::metadata("/dev/null").unwrap().file_type().is_char_device());
        assert!(fs::symlink_metadata(folder.join("null")).unwrap().is_symlink());
    }
}
