//! What audits found: a verdict for the manifest, and the first offending rows for a look.
//!
//! It judges nothing and stores nothing.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::manifest::{Audit, Severity};

/// Offending rows of one audit that are kept.
pub const ROWS_KEPT_MAX: usize = 1000;

/// One audit, and the rows that made it fail or warn.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// What the manifest says.
    pub audit: Audit,
    /// At most [`ROWS_KEPT_MAX`] offending rows.
    pub rows: Vec<Value>,
}

/// What offends one audit.
#[derive(Debug, Default)]
struct Note {
    first: String,
    n_offences: u64,
    rows: Vec<Value>,
}

/// The offences seen so far, by audit, and what audits measured.
#[derive(Debug, Default)]
pub(super) struct Notes {
    notes: BTreeMap<&'static str, Note>,
    figures: BTreeMap<&'static str, Vec<String>>,
}

impl Notes {
    /// Notes an offence; `row` names what to look at.
    pub(super) fn add(&mut self, code: &'static str, problem: String, row: Value) {
        let note = self.notes.entry(code).or_default();
        note.n_offences += 1;
        if note.rows.len() < ROWS_KEPT_MAX {
            note.rows.push(row);
        }
        if note.n_offences == 1 {
            note.first = problem;
        }
    }

    /// Notes an offence of a whole file.
    pub(super) fn add_file(&mut self, code: &'static str, path: &str, problem: &str) {
        let row = serde_json::json!({"path": path, "problem": problem});
        self.add(code, format!("{path}: {problem}"), row);
    }

    /// Notes what an audit measured, told where it holds.
    pub(super) fn measured(&mut self, code: &'static str, figure: String) {
        self.figures.entry(code).or_default().push(figure);
    }

    pub(super) fn is_offended(&self, code: &str) -> bool {
        self.notes.contains_key(code)
    }

    /// Takes over what another part of the work saw, after what is here.
    pub(super) fn append(&mut self, later: Self) {
        for (code, mut note) in later.notes {
            let mine = self.notes.entry(code).or_default();
            if mine.n_offences == 0 {
                mine.first = note.first;
            }
            mine.n_offences += note.n_offences;
            note.rows.truncate(ROWS_KEPT_MAX - mine.rows.len());
            mine.rows.append(&mut note.rows);
        }
        for (code, mut figures) in later.figures {
            self.figures.entry(code).or_default().append(&mut figures);
        }
    }

    /// The verdict of one audit; `unless` is what it says where nothing offends and nothing was measured.
    pub(super) fn finding(
        &mut self,
        code: &'static str,
        severity: Severity,
        unless: &str,
    ) -> Finding {
        let note = self.notes.remove(code);
        let figures = self.figures.remove(code).unwrap_or_default().join("; ");
        let observed = match &note {
            None if figures.is_empty() => unless.to_owned(),
            None => figures,
            Some(note) if note.n_offences == 1 => note.first.clone(),
            Some(note) => format!("{}, and {} more", note.first, note.n_offences - 1),
        };
        Finding {
            audit: Audit {
                code: code.to_owned(),
                severity,
                passed: note.is_none(),
                observed,
            },
            rows: note.map_or_else(Vec::new, |note| note.rows),
        }
    }
}
