//! A page of tasks as every export tells it, its texts checked and turned into values.
//!
//! It does not know which fields are the query, the sides or the answer.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use chrono::{DateTime, NaiveDateTime};

use crate::error::{Error, Result};

/// Field values by name, empty ones left out.
pub(super) type Fields = BTreeMap<String, String>;

/// Where in a file something stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// A line of text, from 1.
    Line(u64),
    /// An assignment of a JSON file, from 1.
    Assignment(u64),
    /// A task of an assignment, both from 1.
    Task(u64, usize),
    /// A pool of a JSON file, from 1.
    Pool(u64),
}

impl fmt::Display for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Line(line) => write!(formatter, "line {line}"),
            Self::Assignment(number) => write!(formatter, "assignment {number}"),
            Self::Task(number, task) => write!(formatter, "assignment {number}, task {task}"),
            Self::Pool(number) => write!(formatter, "pool {number}"),
        }
    }
}

/// An error of the export, at a place of a file.
pub(super) fn corrupt(file: &Path, place: Place, problem: &str) -> Error {
    Error::Corrupt {
        location: file.display().to_string(),
        problem: format!("{place}: {problem}"),
    }
}

/// What a page says of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PageField {
    AssignmentId,
    TaskSuiteId,
    PoolId,
    WorkerId,
    Status,
    Created,
    Submitted,
    Accepted,
    Rejected,
    Skipped,
    Expired,
    Reward,
    Verdict,
    Comment,
}

use PageField::{
    Accepted, AssignmentId, Comment, Created, Expired, PoolId, Rejected, Reward, Skipped, Status,
    Submitted, TaskSuiteId, Verdict, WorkerId,
};

pub(super) const PAGE_FIELDS: [PageField; 14] = [
    AssignmentId,
    TaskSuiteId,
    PoolId,
    WorkerId,
    Status,
    Created,
    Submitted,
    Accepted,
    Rejected,
    Skipped,
    Expired,
    Reward,
    Verdict,
    Comment,
];

/// How an export calls the fields of a page.
#[derive(Debug)]
pub(super) struct Spelling {
    /// In the order of `PAGE_FIELDS`.
    pub(super) names: [&'static str; PAGE_FIELDS.len()],
    /// What to do about one that is missing.
    pub(super) remedy: &'static str,
}

impl Spelling {
    pub(super) fn name(&self, field: PageField) -> &'static str {
        self.names[field as usize]
    }
}

/// The fields of a page as they stand in the export.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct PageText {
    cells: [Option<String>; PAGE_FIELDS.len()],
}

impl PageText {
    pub(super) fn set(&mut self, field: PageField, text: Option<String>) {
        self.cells[field as usize] = text;
    }

    pub(super) fn get(&self, field: PageField) -> Option<&str> {
        self.cells[field as usize].as_deref()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.cells.iter().all(Option::is_none)
    }

    /// Fills what is empty here, and gives the first field in which both say something else.
    pub(super) fn fill_from(&mut self, other: Self) -> Option<PageField> {
        let mut differing = None;
        for ((field, mine), theirs) in PAGE_FIELDS.iter().zip(&mut self.cells).zip(other.cells) {
            match (&*mine, &theirs) {
                (None, _) => *mine = theirs,
                (Some(text), Some(other_text)) if text != other_text && *field != Comment => {
                    differing = differing.or(Some(*field));
                }
                _ => {}
            }
        }
        differing
    }
}

/// A reviewer's word on a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Review {
    Accept,
    Reject,
}

/// One page of tasks taken by one worker.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Page {
    pub(super) assignment_id: String,
    pub(super) task_suite_id: Option<String>,
    pub(super) pool_id: Option<String>,
    pub(super) worker_id: String,
    /// As in the data model, upper case.
    pub(super) status: &'static str,
    /// Microseconds since 1970, UTC, as all times here.
    pub(super) created_at: i64,
    pub(super) submitted_at: Option<i64>,
    pub(super) accepted_at: Option<i64>,
    pub(super) rejected_at: Option<i64>,
    pub(super) skipped_at: Option<i64>,
    pub(super) expired_at: Option<i64>,
    pub(super) reward_usd: Option<f64>,
    pub(super) verdict: Option<Review>,
    pub(super) comment: Option<String>,
    pub(super) tasks: Vec<Task>,
}

/// One task of a page with what the worker answered.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Task {
    pub(super) place: Place,
    pub(super) id: Option<String>,
    pub(super) kind: TaskKind,
    pub(super) inputs: Fields,
    pub(super) outputs: Fields,
    /// Only where it differs from `outputs`.
    pub(super) first_outputs: Option<Fields>,
    pub(super) solutions: Solutions,
    pub(super) overlap: Option<i32>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TaskKind {
    Real,
    Golden,
    Training,
}

impl TaskKind {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Real => "REAL",
            Self::Golden => "GOLDEN",
            Self::Training => "TRAINING",
        }
    }
}

/// The correct answers of a control or training task.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Solutions {
    /// At most one; without a field, none is known.
    One(Fields),
    /// Any number, each with the credit that it earns, 0..1.
    Weighted(Vec<(Fields, f64)>),
}

/// Who is shown the pages of an export, one by one.
pub(super) trait PageVisitor {
    /// Fields that the file has, filled or not.
    fn fields(&mut self, _inputs: &[&str], _outputs: &[&str]) -> Result<()> {
        Ok(())
    }

    /// Something in the export that is not imported.
    fn ignored(&mut self, _what: &str) {}

    fn page(&mut self, file: &Path, page: Page) -> Result<()>;
}

const STATUSES: [&str; 6] = [
    "ACTIVE",
    "SUBMITTED",
    "ACCEPTED",
    "REJECTED",
    "SKIPPED",
    "EXPIRED",
];

/// Whether a page in this state was handed in.
pub(super) fn is_handed_in(status: &str) -> bool {
    matches!(status, "SUBMITTED" | "ACCEPTED" | "REJECTED")
}

/// Turns the texts of a page into values.
pub(super) struct PageReader<'a> {
    pub(super) file: &'a Path,
    pub(super) place: Place,
    pub(super) spelling: &'static Spelling,
}

impl PageReader<'_> {
    /// The page, or the first field that is missing or cannot be read.
    pub(super) fn read(&self, text: &PageText, tasks: Vec<Task>) -> Result<Page> {
        let status = self.status(text)?;
        let submitted_at = self.time(text, Submitted)?;
        if submitted_at.is_none() && is_handed_in(status) {
            return Err(self.missing(Submitted, &format!("the page is {status}")));
        }
        let owned = |field| text.get(field).map(str::to_owned);
        let created_at = self.time(text, Created)?;
        Ok(Page {
            assignment_id: self.required(text, AssignmentId)?.to_owned(),
            task_suite_id: owned(TaskSuiteId),
            pool_id: owned(PoolId),
            worker_id: self.required(text, WorkerId)?.to_owned(),
            status,
            created_at: created_at
                .ok_or_else(|| self.missing(Created, "every page has been taken"))?,
            submitted_at,
            accepted_at: self.time(text, Accepted)?,
            rejected_at: self.time(text, Rejected)?,
            skipped_at: self.time(text, Skipped)?,
            expired_at: self.time(text, Expired)?,
            reward_usd: self.reward(text)?,
            verdict: self.verdict(text)?,
            comment: owned(Comment),
            tasks,
        })
    }

    fn error(&self, field: PageField, problem: &str) -> Error {
        let column = self.spelling.name(field);
        corrupt(self.file, self.place, &format!("{column}: {problem}"))
    }

    fn missing(&self, field: PageField, why: &str) -> Error {
        self.error(
            field,
            &format!(
                "expected a value ({why}), found none; {}",
                self.spelling.remedy
            ),
        )
    }

    fn required<'t>(&self, text: &'t PageText, field: PageField) -> Result<&'t str> {
        text.get(field)
            .ok_or_else(|| self.missing(field, "every page has one"))
    }

    fn status(&self, text: &PageText) -> Result<&'static str> {
        let found = self.required(text, Status)?;
        let upper = found.trim().to_uppercase();
        let spelled = if upper == "APPROVED" {
            "ACCEPTED"
        } else {
            &upper
        };
        let known = STATUSES.iter().find(|status| **status == spelled);
        known.copied().ok_or_else(|| {
            self.error(
                Status,
                &format!(
                    "expected one of {}, APPROVED, found \"{found}\"",
                    STATUSES.join(", ")
                ),
            )
        })
    }

    fn time(&self, text: &PageText, field: PageField) -> Result<Option<i64>> {
        let Some(found) = text.get(field) else {
            return Ok(None);
        };
        let micros = micros_of(found).ok_or_else(|| {
            self.error(
                field,
                &format!("expected a time such as 2026-11-20T08:30:00.123, found \"{found}\""),
            )
        })?;
        Ok(Some(micros))
    }

    fn reward(&self, text: &PageText) -> Result<Option<f64>> {
        let Some(found) = text.get(Reward) else {
            return Ok(None);
        };
        let reward = found.trim().parse::<f64>().ok();
        let finite = reward.filter(|reward| reward.is_finite());
        let problem = || format!("expected a number such as 0.05, found \"{found}\"");
        finite
            .map(Some)
            .ok_or_else(|| self.error(Reward, &problem()))
    }

    fn verdict(&self, text: &PageText) -> Result<Option<Review>> {
        match text.get(Verdict).map(str::trim) {
            None => Ok(None),
            Some("+") => Ok(Some(Review::Accept)),
            Some("-") => Ok(Some(Review::Reject)),
            Some(found) => Err(self.error(Verdict, &format!("expected + or -, found \"{found}\""))),
        }
    }
}

/// Microseconds since 1970 of an ISO 8601 time; without a zone it is UTC.
fn micros_of(text: &str) -> Option<i64> {
    let trimmed = text.trim();
    for format in [
        "%Y-%m-%dT%H:%M:%S%.f",
        "%Y-%m-%d %H:%M:%S%.f",
        "%Y-%m-%dT%H:%M",
    ] {
        if let Ok(time) = NaiveDateTime::parse_from_str(trimmed, format) {
            return Some(time.and_utc().timestamp_micros());
        }
    }
    for format in ["%Y-%m-%dT%H:%M:%S%.f%#z", "%Y-%m-%d %H:%M:%S%.f%#z"] {
        if let Ok(time) = DateTime::parse_from_str(trimmed, format) {
            return Some(time.timestamp_micros());
        }
    }
    None
}
