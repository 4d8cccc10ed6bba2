//! Runs the binary and keeps what it said.
//!
//! It knows no command: the tests say which.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// One finished run of the binary.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ran {
    /// The output, or a failed test that shows everything.
    pub(crate) fn succeeded(self) -> Self {
        assert_eq!(self.code, Some(0), "{self}");
        self
    }

    /// A clean refusal: this exit code, an explanation on stderr, no panic.
    pub(crate) fn refused(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{self}");
        assert!(!self.stderr.contains("panicked"), "{self}");
        assert!(!self.stderr.trim().is_empty(), "no explanation: {self}");
        assert!(self.stdout.trim().is_empty(), "an error on stdout: {self}");
        self
    }

    /// A failed test unless stderr has all `words`.
    pub(crate) fn explains(&self, words: &[&str]) {
        for word in words {
            assert!(self.stderr.contains(word), "no \"{word}\" in: {self}");
        }
    }
}

impl std::fmt::Display for Ran {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            code,
            stdout,
            stderr,
        } = self;
        write!(
            formatter,
            "exit {code:?}\n--- stdout\n{stdout}\n--- stderr\n{stderr}"
        )
    }
}

/// The binary with nothing from outside that changes its settings.
pub(crate) fn command() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_crowdrank"));
    for (name, _) in std::env::vars() {
        if name.starts_with("CROWDRANK_") || name.starts_with("AWS_") {
            command.env_remove(name);
        }
    }
    command
}

/// Runs `command` to its end.
pub(crate) fn finish(command: &mut Command) -> Ran {
    let Output {
        status,
        stdout,
        stderr,
    } = command.output().expect("the binary starts");
    Ran {
        code: status.code(),
        stdout: String::from_utf8(stdout).expect("stdout is UTF-8"),
        stderr: String::from_utf8_lossy(&stderr).into_owned(),
    }
}

/// Runs the binary with these arguments.
pub(crate) fn crowdrank(arguments: &[&str]) -> Ran {
    finish(command().args(arguments))
}

/// The text of a path.
pub(crate) fn text(path: &Path) -> &str {
    path.to_str().expect("test paths are UTF-8")
}

/// The package's folder.
pub(crate) fn package() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The python of the test environment, or `None` after saying why a test is skipped.
pub(crate) fn python() -> Option<PathBuf> {
    let environment = std::env::var_os("CROWDRANK_TEST_PYTHON").map(PathBuf::from);
    if environment.is_none() {
        eprintln!(
            "skipped: CROWDRANK_TEST_PYTHON names no Python environment; `make test` makes one"
        );
    }
    environment
}
