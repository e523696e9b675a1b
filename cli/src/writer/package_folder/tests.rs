use std::fs;
use std::io::{self, ErrorKind};
use std::path::Path;

use rapace_gen_core::Files;

use super::{LIST, Owner, Written, write_in_steps};

fn owner() -> Owner {
    Owner::new("python", "shop")
}

fn write(folder: &Path, files: &Files) -> Result<Written, String> {
    super::write(folder, files, &owner())
}

fn differences(folder: &Path, files: &Files) -> Result<Vec<String>, String> {
    super::differences(folder, files, &owner())
}

fn files(entries: &[(&str, &str)]) -> Files {
    let mut files = Files::new();
    entries.iter().for_each(|(path, text)| files.add(*path, *text));
    files
}

/// What is in the folder: paths of files with their texts, `->` before where a link leads.
fn tree(folder: &Path) -> Vec<(String, String)> {
    let (mut found, mut left) = (Vec::new(), vec![folder.to_owned()]);
    while let Some(next) = left.pop() {
        for entry in fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            let kind = fs::symlink_metadata(&path).unwrap();
            let name = path.strip_prefix(folder).unwrap().to_str().unwrap().to_owned();
            if kind.is_dir() {
                left.push(path);
            } else if kind.is_symlink() {
                found.push((name, format!("-> {}", fs::read_link(&path).unwrap().display())));
            } else if name != LIST {
                found.push((name, fs::read_to_string(&path).unwrap()));
            }
        }
    }
    found.sort();
    found
}

fn texts(entries: &[(&str, &str)]) -> Vec<(String, String)> {
    let mut texts: Vec<(String, String)> = entries.iter().map(|(a, b)| ((*a).into(), (*b).into())).collect();
    texts.sort();
    texts
}

const OLD: &[(&str, &str)] = &[("a.py", "1"), ("sub/b.py", "2"), ("gone/c.py", "3"), ("x", "file")];
const NEW: &[(&str, &str)] = &[
    ("a.py", "new"),
    ("sub/b.py", "2"),
    ("sub/deep/d.py", "4"),
    ("x/e.py", "a folder now"),
];
const MINE: &[(&str, &str)] = &[("notes.txt", "mine"), ("sub/mine.py", "mine too")];

fn with_mine(package: &[(&str, &str)]) -> Vec<(String, String)> {
    texts(&[package, MINE].concat())
}

/// An old package with files of someone else beside it.
fn old_package() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), &files(OLD)).unwrap();
    for (path, text) in MINE {
        fs::write(folder.path().join(path), text).unwrap();
    }
    folder
}

#[test]
fn a_second_run_replaces_and_removes_its_own_files_only() {
    let folder = old_package();
    let out = folder.path();
    write(out, &files(NEW)).unwrap();
    assert_eq!(tree(out), with_mine(NEW));
    assert!(!out.join("gone").exists());
    assert!(differences(out, &files(NEW)).unwrap().is_empty());
    assert_eq!(
        differences(out, &files(&[("a.py", "5"), ("d.py", "")])).unwrap(),
        [
            "a.py: differs",
            "d.py: missing",
            "sub/b.py: no longer generated",
            "sub/deep/d.py: no longer generated",
            "x/e.py: no longer generated",
        ]
    );
}

/// Runs a second generation that ends at its `n`th step as `how` does; true when it came so far.
fn interrupted(out: &Path, package: &[(&str, &str)], n: usize, how: fn() -> io::Result<()>) -> bool {
    let mut count = 0;
    let mut step = || {
        count += 1;
        if count > n { how() } else { Ok(()) }
    };
    // A run that is killed ends without tidying up, as one does whose panic is caught out here.
    let ended = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        write_in_steps(out, &files(package), &owner(), &mut step)
    }));
    !matches!(ended, Ok(Ok(_)))
}

fn killed() -> io::Result<()> {
    std::panic::resume_unwind(Box::new("killed"))
}

fn disk_full() -> io::Result<()> {
    Err(io::Error::new(ErrorKind::StorageFull, "no space"))
}

#[test]
fn whatever_step_a_run_ends_at_the_next_one_finds_its_way() {
    for how in [killed, disk_full] {
        let mut steps = 0;
        loop {
            let folder = old_package();
            if !interrupted(folder.path(), NEW, steps, how) {
                break;
            }
            for (path, text) in MINE {
                assert_eq!(
                    fs::read_to_string(folder.path().join(path)).unwrap(),
                    *text,
                    "step {steps}"
                );
            }
            // The next run is stopped as well, at every third step, and goes the other way.
            interrupted(folder.path(), OLD, steps % 3, how);
            for package in [OLD, NEW] {
                write(folder.path(), &files(package)).unwrap();
                assert_eq!(tree(folder.path()), with_mine(package), "step {steps}");
            }
            steps += 1;
        }
        assert!(steps > 10, "only {steps} steps");
    }
}

#[test]
fn a_first_run_that_is_stopped_leaves_what_a_later_one_takes_for_its_own() {
    for how in [killed, disk_full] {
        for steps in 0.. {
            let folder = tempfile::tempdir().unwrap();
            let out = folder.path().join("out");
            if !interrupted(&out, NEW, steps, how) {
                break;
            }
            write(&out, &files(OLD)).unwrap();
            assert_eq!(tree(&out), texts(OLD), "step {steps}");
        }
    }
}

#[test]
fn a_file_that_someone_puts_where_a_stopped_run_wanted_one_is_theirs() {
    for steps in 0.. {
        let folder = old_package();
        if !interrupted(folder.path(), NEW, steps, killed) {
            break;
        }
        let theirs = folder.path().join("sub/deep/d.py");
        fs::create_dir_all(theirs.parent().unwrap()).unwrap();
        fs::write(&theirs, "theirs").unwrap();
        if !fs::read_to_string(folder.path().join(LIST))
            .unwrap()
            .contains("sub/deep/d.py")
        {
            assert!(write(folder.path(), &files(NEW)).unwrap_err().contains("sub/deep/d.py"));
            assert_eq!(fs::read_to_string(&theirs).unwrap(), "theirs", "step {steps}");
        }
    }
}

#[test]
fn files_of_someone_else_are_left_alone_and_nothing_is_written() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("thesis.txt"), "years of work").unwrap();
    let error = write(folder.path(), &files(&[("a.py", "1")])).unwrap_err();
    assert!(
        error.contains("thesis.txt") && error.contains("nothing was written"),
        "{error}"
    );
    assert_eq!(tree(folder.path()), texts(&[("thesis.txt", "years of work")]));
}

#[test]
fn a_new_file_in_the_way_of_a_later_run_is_someone_elses_too() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), &files(&[("a.py", "1")])).unwrap();
    fs::write(folder.path().join("b.py"), "mine").unwrap();
    for path in ["b.py", "b.py/c.py"] {
        let error = write(folder.path(), &files(&[("a.py", "2"), (path, "2")])).unwrap_err();
        assert!(error.contains("b.py"), "{error}");
    }
    fs::create_dir_all(folder.path().join("c/d")).unwrap();
    fs::write(folder.path().join("c/d/e"), "mine").unwrap();
    let error = write(folder.path(), &files(&[("a.py", "2"), ("c", "2")])).unwrap_err();
    assert!(error.contains("c/d"), "{error}");
    assert_eq!(fs::read_to_string(folder.path().join("a.py")).unwrap(), "1");
}

#[test]
fn a_list_that_leads_outside_is_refused() {
    for path in ["../victim", "/etc/passwd", ".git/config", "a\\..\\b"] {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path().join("out");
        fs::create_dir(&out).unwrap();
        fs::write(folder.path().join("victim"), "").unwrap();
        fs::write(out.join(LIST), format!("{path}\n")).unwrap();
        let error = write(&out, &files(&[("a.py", "1")])).unwrap_err();
        assert!(error.contains("is not a path inside"), "{error}");
        assert!(folder.path().join("victim").exists());
    }
}

#[cfg(unix)]
#[test]
fn links_inside_the_folder_are_not_followed() {
    use std::os::unix::fs::symlink;

    let of_others = || {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir(root.path().join("home")).unwrap();
        fs::write(root.path().join("home/thesis.txt"), "years of work").unwrap();
        fs::create_dir(root.path().join("out")).unwrap();
        root
    };
    let new = files(&[("sub/a.py", "1"), ("sub/thesis.txt", "generated")]);
    // A folder, with and without a list that says what is in it is ours; the list itself; a folder or file of a run.
    for (link, list, victim) in [
        ("sub", "sub/thesis.txt\n", "../home"),
        ("sub", "x\n", "../home"),
        (".rapace-files", "", "../home/thesis.txt"),
        (".rapace-pending", "", "../home/thesis.txt"),
        (".rapace-new", "x\n", "../home"),
    ] {
        let root = of_others();
        let out = root.path().join("out");
        if !list.is_empty() {
            fs::write(out.join(LIST), list).unwrap();
        }
        symlink(victim, out.join(link)).unwrap();
        write(&out, &new).unwrap_err();
        for package in [&new, &files(&[("b.py", "1")])] {
            // A link that is not in the way of a package may stay.
            let _ = write(&out, package);
            assert_eq!(
                tree(&root.path().join("home")),
                texts(&[("thesis.txt", "years of work")]),
                "{link}"
            );
        }
    }
    // A link in the place of a file of ours is replaced, and what it leads to stays.
    let root = of_others();
    let out = root.path().join("out");
    write(&out, &files(&[("a.py", "1")])).unwrap();
    fs::remove_file(out.join("a.py")).unwrap();
    symlink("../home/thesis.txt", out.join("a.py")).unwrap();
    symlink("../home/thesis.txt", out.join("a.py.rapace-new")).unwrap();
    assert_eq!(differences(&out, &files(&[("a.py", "1")])).unwrap(), ["a.py: missing"]);
    write(&out, &files(&[("a.py", "2")])).unwrap();
    assert_eq!(fs::read_to_string(out.join("a.py")).unwrap(), "2");
    assert_eq!(
        tree(&root.path().join("home")),
        texts(&[("thesis.txt", "years of work")])
    );
}

#[test]
fn what_is_not_of_a_run_in_its_folder_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join(".rapace-new")).unwrap();
    fs::write(folder.path().join(".rapace-new/thesis.txt"), "years of work").unwrap();
    let error = write(folder.path(), &files(&[("a.py", "1")])).unwrap_err();
    assert!(error.contains("not what `rapace gen` left there"), "{error}");
    assert!(folder.path().join(".rapace-new/thesis.txt").exists());
}

#[test]
fn runs_at_once_follow_one_another() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    std::thread::scope(|scope| {
        for package in [OLD, NEW, OLD, NEW] {
            let out = &out;
            scope.spawn(move || write(out, &files(package)).unwrap());
        }
    });
    let there = tree(&out);
    assert!(there == texts(OLD) || there == texts(NEW), "{there:?}");
    write(&out, &files(NEW)).unwrap();
    assert_eq!(tree(&out), texts(NEW));
}

#[test]
fn a_file_is_no_folder() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    assert!(
        write(&file, &files(&[("a.py", "1")]))
            .unwrap_err()
            .ends_with("file is not a folder")
    );
}

#[test]
fn what_was_written_is_counted() {
    let folder = old_package();
    let written = write(folder.path(), &files(NEW)).unwrap();
    // `a.py`, `sub/deep/d.py` and `x/e.py` are new, `gone/c.py` and `x` are removed.
    assert_eq!(written, Written { files: 4, changed: 5 });
    let written = write(folder.path(), &files(NEW)).unwrap();
    assert_eq!(written, Written { files: 4, changed: 0 });
}

#[test]
fn a_folder_of_another_package_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    write(&out, &files(OLD)).unwrap();
    for (language, package) in [("go", "shop"), ("python", "stock")] {
        let other = Owner::new(language, package);
        let expected = format!(
            "{} holds the python package `shop`, and this is the {language} package `{package}`; nothing was written, choose \
             another folder or remove that one",
            out.display()
        );
        assert_eq!(super::write(&out, &files(NEW), &other).unwrap_err(), expected);
        assert_eq!(super::differences(&out, &files(OLD), &other).unwrap_err(), expected);
        assert_eq!(tree(&out), texts(OLD));
    }
}

#[test]
fn a_list_that_does_not_say_what_the_package_is_is_of_any() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path();
    write(out, &files(OLD)).unwrap();
    let list = fs::read_to_string(out.join(LIST)).unwrap();
    let old = list
        .lines()
        .filter(|line| !line.starts_with("# language") && !line.starts_with("# package"));
    fs::write(out.join(LIST), old.map(|line| format!("{line}\n")).collect::<String>()).unwrap();
    let other = Owner::new("go", "shop");
    super::write(out, &files(NEW), &other).unwrap();
    assert_eq!(tree(out), texts(NEW));
    assert!(
        write(out, &files(NEW))
            .unwrap_err()
            .contains("holds the go package `shop`")
    );
}

#[test]
fn a_name_of_several_lines_is_one_line_of_the_list() {
    let folder = tempfile::tempdir().unwrap();
    let odd = Owner::new("python", "a\n../b");
    for _ in 0..2 {
        super::write(folder.path(), &files(OLD), &odd).unwrap();
    }
}
