//! The tidy test: what the style asks for and the compiler and clippy cannot see.
//!
//! It reads files as text and runs nothing. All offences are shown at once.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::binary::{package, text};
use crate::shop::files_below;

const TOP_LEVEL: [&str; 11] = [
    "CHANGELOG.md",
    "Cargo.lock",
    "Cargo.toml",
    "LICENSE",
    "Makefile",
    "README.md",
    "data",
    "sql",
    "src",
    "target",
    "tests",
];

const FILE_LINES_MAX: usize = 400;
const FUNCTION_LINES_MAX: usize = 70;
const MODEL_LINES_MAX: usize = 120;

/// Names that say nothing about what is inside.
const EMPTY_NAMES: [&str; 7] = [
    "util", "utils", "misc", "tmp", "common", "helpers", "manager",
];

/// Words of unfinished work, in two parts each so that this file does not hold them.
const UNFINISHED: [(&str, &str); 4] = [
    ("TO", "DO"),
    ("FIX", "ME"),
    ("unimple", "mented!"),
    ("to", "do!("),
];

/// Files below `folder` of the package with one of these extensions, relative to the package.
fn files(folder: &str, extensions: &[&str]) -> Vec<(PathBuf, String)> {
    let root = package();
    files_below(&root.join(folder))
        .into_iter()
        .filter(|path| {
            let extension = path.extension().and_then(|extension| extension.to_str());
            extension.is_some_and(|extension| extensions.contains(&extension))
        })
        .map(|path| {
            let content = std::fs::read_to_string(&path).expect("a readable text file");
            let relative = path.strip_prefix(&root).expect("below the package");
            (relative.to_path_buf(), content)
        })
        .collect()
}

fn rust_files() -> Vec<(PathBuf, String)> {
    [files("src", &["rs"]), files("tests", &["rs"])].concat()
}

/// Where files of SQL hold queries that must return no row.
const AUDITS_FOLDER: &str = "sql/8_audits/";

fn holds_checks(path: &Path) -> bool {
    text(path).ends_with(".check.sql") || text(path).starts_with(AUDITS_FOLDER)
}

/// SQL models, without their checks.
fn models() -> Vec<(PathBuf, String)> {
    let mut models = files("sql", &["sql"]);
    models.retain(|(path, _)| !holds_checks(path));
    models
}

fn assert_tidy(offences: &[String]) {
    assert!(offences.is_empty(), "\n{}", offences.join("\n"));
}

/// Whether the file holds tests only.
fn is_tests_only(path: &Path) -> bool {
    let is_named_tests = |part: &std::ffi::OsStr| part == "tests" || part == "tests.rs";
    path.starts_with("src") && path.iter().any(is_named_tests)
}

/// The lines before a file's test module.
fn without_tests(content: &str) -> Vec<&str> {
    let lines: Vec<&str> = content.lines().collect();
    let tests = lines.windows(2).position(|pair| {
        pair[0] == "#[cfg(test)]" && pair[1].starts_with("mod ") && pair[1].ends_with('{')
    });
    lines[..tests.unwrap_or(lines.len())].to_vec()
}

#[test]
fn the_top_level_is_what_the_user_fixed() {
    let mut offences = Vec::new();
    for entry in std::fs::read_dir(package()).expect("a readable folder") {
        let name = entry.expect("a readable folder").file_name();
        let name = name.to_str().expect("a UTF-8 name").to_owned();
        if !name.starts_with('.') && !TOP_LEVEL.contains(&name.as_str()) {
            offences.push(format!("{name}: does not belong on the top level"));
        }
    }
    assert_tidy(&offences);
}

#[test]
fn rust_files_are_short_and_say_first_what_they_own() {
    let mut offences = Vec::new();
    for (path, content) in rust_files() {
        if !content.starts_with("//! ") {
            offences.push(format!("{}: does not open with //!", path.display()));
        }
        let n_lines = without_tests(&content).len();
        if n_lines > FILE_LINES_MAX && !is_tests_only(&path) {
            offences.push(format!("{}: {n_lines} lines without tests", path.display()));
        }
    }
    assert_tidy(&offences);
}

#[test]
fn functions_are_short() {
    let mut offences = Vec::new();
    for (path, content) in rust_files() {
        let lines = without_tests(&content);
        for (start, line) in lines.iter().enumerate() {
            let Some(name) = function_name(line) else {
                continue;
            };
            let indent = line.len() - line.trim_start().len();
            let end = format!("{}}}", " ".repeat(indent));
            // A function without a body ends with a semicolon before any closing brace.
            let rest = lines[start..].iter();
            let n_lines = 1 + rest.take_while(|line| ***line != end).count();
            if n_lines > FUNCTION_LINES_MAX && has_body(&lines[start..]) && !is_tests_only(&path) {
                offences.push(format!("{}: {name} has {n_lines} lines", path.display()));
            }
        }
    }
    assert_tidy(&offences);
}

/// The name of the function that this line begins.
fn function_name(line: &str) -> Option<&str> {
    let line = line.trim_start();
    let (before, after) = line.split_once("fn ")?;
    let is_declaration = before.split_whitespace().all(|word| {
        word.starts_with("pub") || ["async", "const", "super)", "crate)"].contains(&word)
    });
    is_declaration.then(|| after.split(['(', '<']).next().unwrap_or(after))
}

fn has_body(lines: &[&str]) -> bool {
    let ending = lines
        .iter()
        .find(|line| line.ends_with('{') || line.ends_with(';'));
    ending.is_some_and(|line| line.ends_with('{'))
}

#[test]
fn models_are_short_and_open_with_a_sentence_and_their_grain() {
    let mut offences = Vec::new();
    for (path, content) in models() {
        let path = path.display();
        let n_lines = content.lines().count();
        if n_lines > MODEL_LINES_MAX {
            offences.push(format!("{path}: {n_lines} lines"));
        }
        let header: Vec<&str> = content
            .lines()
            .take_while(|l| l.starts_with("--"))
            .collect();
        let is_sentence = header.len() >= 2 && header[header.len() - 2].ends_with('.');
        if !is_sentence {
            offences.push(format!(
                "{path}: does not open with a sentence in a comment"
            ));
        }
        let grain = header.last().copied().unwrap_or_default();
        if !grain.starts_with("-- grain: one row per ") {
            offences.push(format!(
                "{path}: the sentence is not followed by -- grain: one row per"
            ));
        }
        if content.lines().nth(header.len()) != Some("with") {
            offences.push(format!(
                "{path}: the header is not followed by with on its own line"
            ));
        }
    }
    assert_tidy(&offences);
}

#[test]
fn every_model_is_listed_and_has_a_check_and_every_listed_path_exists() {
    let pipeline = std::fs::read_to_string(package().join("src/pipeline.rs")).expect("pipeline.rs");
    let listed: BTreeSet<String> = pipeline
        .split("model!(\"")
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .map(|path| format!("sql/{path}.sql"))
        .collect();
    let models: BTreeSet<String> = models()
        .iter()
        .map(|(path, _)| text(path).to_owned())
        .collect();
    assert!(!listed.is_empty(), "no model! line in src/pipeline.rs");
    let mut offences = Vec::new();
    for path in models.difference(&listed) {
        offences.push(format!("{path}: not in MODELS of src/pipeline.rs"));
    }
    for path in listed.difference(&models) {
        offences.push(format!(
            "{path}: in MODELS of src/pipeline.rs and not there"
        ));
    }
    let checks: BTreeSet<String> = files("sql", &["sql"])
        .iter()
        .map(|(path, _)| text(path).to_owned())
        .filter(|path| path.ends_with(".check.sql"))
        .collect();
    let wanted: BTreeSet<String> = models
        .iter()
        .map(|path| path.replace(".sql", ".check.sql"))
        .collect();
    for path in wanted.symmetric_difference(&checks) {
        offences.push(format!(
            "{path}: a model has one check beside it, a check one model"
        ));
    }
    assert_tidy(&offences);
}

#[test]
fn every_audit_is_listed_and_every_listed_one_exists() {
    let audits = std::fs::read_to_string(package().join("src/audits.rs")).expect("audits.rs");
    let listed: BTreeSet<String> = audits
        .split("audit!(\"")
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .map(|code| format!("{AUDITS_FOLDER}{code}.sql"))
        .collect();
    let found: BTreeSet<String> = files("sql/8_audits", &["sql"])
        .iter()
        .map(|(path, _)| text(path).to_owned())
        .collect();
    assert!(!found.is_empty(), "no audit in {AUDITS_FOLDER}");
    assert_eq!(listed, found, "AUDITS of src/audits.rs and {AUDITS_FOLDER}");
}

#[test]
fn checks_say_what_is_wrong_in_a_sentence() {
    let mut offences = Vec::new();
    for (path, content) in files("sql", &["sql"]) {
        let words = ["-- fail: ", "-- warn: ", "-- note: "];
        if holds_checks(&path) && !words.iter().any(|word| content.starts_with(word)) {
            offences.push(format!(
                "{}: does not open with -- fail:, -- warn: or -- note:",
                path.display()
            ));
        }
    }
    assert_tidy(&offences);
}

#[test]
fn sql_has_no_traps_and_no_aliases_of_one_letter() {
    let mut offences = Vec::new();
    for (path, content) in files("sql", &["sql"]) {
        let code: Vec<&str> = content.lines().map(without_comment).collect();
        let code = code.join("\n");
        let words: Vec<&str> = code
            .split(|character: char| !(character.is_alphanumeric() || "_.$'".contains(character)))
            .filter(|word| !word.is_empty())
            .collect();
        let path = path.display();
        for three in words.windows(3) {
            if matches!(three, ["not", "in", "select"]) {
                offences.push(format!(
                    "{path}: not in (select …) is never true beside a null"
                ));
            }
            let is_alias = three[2].len() == 1 && three[2].chars().all(char::is_alphabetic);
            if matches!(three[0], "from" | "join") && is_alias {
                offences.push(format!("{path}: {} is called {}", three[1], three[2]));
            }
        }
        for two in words.windows(2) {
            if two[0] == "union" && two[1] != "all" {
                offences.push(format!("{path}: union without all"));
            }
            if two[0] == "as" && two[1].len() == 1 && two[1].chars().all(char::is_alphabetic) {
                offences.push(format!("{path}: something is called {}", two[1]));
            }
            if matches!(two[0], "natural" | "right") && two[1] == "join" {
                offences.push(format!("{path}: {} join", two[0]));
            }
        }
    }
    assert_tidy(&offences);
}

fn without_comment(line: &str) -> &str {
    line.split("--").next().unwrap_or(line)
}

#[test]
fn nothing_is_unfinished_and_no_line_ends_with_a_space() {
    let extensions = ["rs", "sql", "py", "toml", "md", "json"];
    let folders = ["src", "sql", "tests", "data"];
    let mut offences = Vec::new();
    for (path, content) in folders.iter().flat_map(|folder| files(folder, &extensions)) {
        for (number, line) in (1..).zip(content.lines()) {
            let place = format!("{}:{number}", path.display());
            if line.ends_with([' ', '\t']) {
                offences.push(format!("{place}: ends with a space"));
            }
            let is_unfinished = UNFINISHED
                .iter()
                .any(|(head, tail)| line.contains(&format!("{head}{tail}")));
            if is_unfinished {
                offences.push(format!("{place}: unfinished: {}", line.trim()));
            }
        }
        if !content.ends_with('\n') {
            offences.push(format!("{}: no newline at the end", path.display()));
        }
    }
    assert_tidy(&offences);
}

#[test]
fn file_names_say_what_is_inside() {
    let mut offences = Vec::new();
    for folder in ["src", "sql", "tests", "data"] {
        for path in files_below(&package().join(folder)) {
            let relative = path.strip_prefix(package()).expect("below the package");
            let words = text(relative).split(|c: char| !c.is_alphanumeric());
            let empty: Vec<&str> = words.filter(|word| EMPTY_NAMES.contains(word)).collect();
            if !empty.is_empty() || text(relative).ends_with("/mod.rs") {
                offences.push(format!("{}: says nothing", relative.display()));
            }
        }
    }
    assert_tidy(&offences);
}

#[test]
fn the_readme_says_where_everything_lives() {
    let readme = std::fs::read_to_string(package().join("README.md")).expect("README.md");
    let mut offences = Vec::new();
    for folder in ["data", "sql", "src", "tests"] {
        if !readme.contains(&format!("{folder}/")) {
            offences.push(format!("README.md does not mention {folder}/"));
        }
    }
    assert_tidy(&offences);
}
