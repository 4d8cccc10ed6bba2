//! The operator's own audits: `*.sql` in a folder beside the configuration.
//!
//! They are read when a run begins and run at its end, by `audits`.

use std::path::Path;

use super::Queries;
use crate::checks::parse_lines;
use crate::config::Config;
use crate::error::{Error, Result};

/// Where they are unless the configuration says so.
const DEFAULT_FOLDER: &str = "audits";

/// The audits of a folder, sorted by file name; none where the folder is not there.
#[derive(Debug, Clone, Default)]
pub(crate) struct UserAudits {
    pub(super) queries: Vec<Queries>,
    /// Names and texts of the files: part of what makes two runs the same.
    pub(crate) texts: Vec<String>,
}

impl UserAudits {
    /// Reads the folder that the configuration names.
    ///
    /// # Errors
    /// [`Error::Usage`] with file and line for a file that is no list of checks.
    pub(crate) fn read(config: &Config) -> Result<Self> {
        let named = config.audits.folder.as_deref();
        let folder = config.folder.join(named.unwrap_or(DEFAULT_FOLDER));
        let mut paths = Vec::new();
        let entries = match std::fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound && named.is_none() => {
                return Ok(Self::default());
            }
            Err(error) => return Err(unreadable(&folder, &error)),
        };
        for entry in entries {
            let path = entry.map_err(|error| unreadable(&folder, &error))?.path();
            if is_audit(&path) {
                paths.push(path);
            }
        }
        paths.sort();
        let mut audits = Self::default();
        for path in paths {
            audits.add(&path)?;
        }
        Ok(audits)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.queries.is_empty()
    }

    fn add(&mut self, path: &Path) -> Result<()> {
        let text = std::fs::read_to_string(path).map_err(|error| unreadable(path, &error))?;
        let file = path.display().to_string();
        let checks = parse_lines(&text).map_err(|mistake| {
            Error::Usage(format!("{file}:{}: {}", mistake.line, mistake.problem))
        })?;
        if checks.is_empty() {
            return Err(Error::Usage(format!(
                "{file}:1: no audit; write \"-- fail: a sentence\" and a query that returns offending rows"
            )));
        }
        let name = path
            .file_stem()
            .map_or_else(String::new, |stem| stem.to_string_lossy().into_owned());
        self.texts.extend([name.clone(), text]);
        self.queries.push(Queries {
            code: format!("user.{name}"),
            checks,
            file: Some(file),
        });
        Ok(())
    }
}

/// Editors and other systems leave hidden files and links.
fn is_audit(path: &Path) -> bool {
    let is_sql = path
        .extension()
        .is_some_and(|extension| extension.eq_ignore_ascii_case("sql"));
    let name = path.file_name().unwrap_or_default();
    is_sql && !name.to_string_lossy().starts_with('.') && path.is_file()
}

fn unreadable(path: &Path, error: &std::io::Error) -> Error {
    Error::Usage(format!(
        "audits.folder: cannot read {}: {error}",
        path.display()
    ))
}
