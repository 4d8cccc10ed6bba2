//! The examples of `data/examples`, run as they stand on small logs that the tests make.
//!
//! Each example has a file of its own below; here is what they share: a copy of its folder, and logs of answers.

mod document_checks;
mod linked_questions;
mod opening_hours;
mod photo_review;

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use datafusion::arrow::array::{
    ArrayRef, Float64Array, Int32Array, RecordBatch, StringArray, TimestampMicrosecondArray,
};
use tempfile::TempDir;

use crate::binary::{Ran, command, finish, package, text};
use crate::published::Snapshot;
use crate::rows::{Row, read_files, write_file};
use crate::shop::files_below;

/// A copy of one example; commands run in its folder, as its README says.
struct Example {
    folder: TempDir,
}

impl Example {
    fn copied(name: &str) -> Self {
        let example = Self {
            folder: TempDir::new().expect("a temporary folder"),
        };
        let original = examples().join(name);
        for file in files_below(&original) {
            let copy = example.path(text(file.strip_prefix(&original).expect("below")));
            std::fs::create_dir_all(copy.parent().expect("a folder")).expect("a new folder");
            std::fs::copy(&file, copy).expect("a copy");
        }
        example
    }

    fn path(&self, relative: &str) -> PathBuf {
        self.folder.path().join(relative)
    }

    /// `crowdrank run` with this configuration.
    fn run(&self, config: &str) -> Ran {
        finish(
            command()
                .current_dir(self.folder.path())
                .args(["run", "--config", config]),
        )
    }

    /// `crowdrank sql` with these arguments, as a Parquet file of this name.
    fn write(&self, file: &str, arguments: &[&str]) {
        let stdout = File::create(self.path(file)).expect("a new file");
        finish(
            command()
                .current_dir(self.folder.path())
                .arg("sql")
                .args(arguments)
                .args(["--format", "parquet"])
                .stdout(stdout),
        )
        .succeeded();
    }

    /// The rows of `crowdrank sql` with these arguments.
    fn rows(&self, arguments: &[&str]) -> Vec<Row> {
        self.write("rows.parquet", arguments);
        read_files(&[self.path("rows.parquet")])
    }

    /// What a project published last.
    fn published(&self, output: &str) -> Snapshot {
        Snapshot::current(&self.path(output))
    }
}

fn examples() -> PathBuf {
    package().join("data/examples")
}

/// One answer on a page of its own.
#[derive(Clone, Default)]
struct Answer {
    page: String,
    worker: String,
    task: String,
    given: Option<String>,
    golden: Option<String>,
    minute: i64,
}

/// A raw log of one pool, with the columns of an example.
struct Log {
    pool: &'static str,
    task_column: &'static str,
    answer_column: &'static str,
    overlap: BTreeMap<String, i32>,
    answers: Vec<Answer>,
}

impl Log {
    /// `overlap` answers are planned for every task.
    fn new(pool: &'static str, task_column: &'static str, answer_column: &'static str) -> Self {
        Self {
            pool,
            task_column,
            answer_column,
            overlap: BTreeMap::new(),
            answers: Vec::new(),
        }
    }

    /// An answer that is taken and handed in within the minute.
    fn answer(&mut self, page: &str, worker: &str, task: &str, answer: &str, minute: i64) {
        self.answers.push(Answer {
            page: page.to_owned(),
            worker: worker.to_owned(),
            task: task.to_owned(),
            given: Some(answer.to_owned()),
            golden: None,
            minute,
        });
    }

    /// The same worker by worker, on pages that are called by task and worker.
    fn answers(&mut self, task: &str, answers: &[(&str, &str)], minute: i64) {
        for (worker, answer) in answers {
            self.answer(&format!("{task}-{worker}"), worker, task, answer, minute);
        }
    }

    /// An answer to a task of which the right one is known.
    fn control(&mut self, worker: &str, task: &str, answer: &str, golden: &str) {
        self.answers.push(Answer {
            page: format!("{task}-{worker}"),
            worker: worker.to_owned(),
            task: task.to_owned(),
            given: Some(answer.to_owned()),
            golden: Some(golden.to_owned()),
            minute: 0,
        });
    }

    /// Writes the log as it stands now.
    fn write(&self, path: &Path) {
        let text_of = |value: &dyn Fn(&Answer) -> Option<String>| {
            Arc::new(self.answers.iter().map(value).collect::<StringArray>()) as ArrayRef
        };
        let instant = |second: i64| {
            let microseconds = |answer: &Answer| {
                (START_SECONDS + answer.minute * 60 + second) * MICROSECONDS_PER_SECOND
            };
            let instants = self.answers.iter().map(microseconds);
            Arc::new(TimestampMicrosecondArray::from_iter_values(instants).with_timezone("UTC"))
                as ArrayRef
        };
        let n_rows = self.answers.len();
        let overlap = |answer: &Answer| self.overlap.get(&answer.task).copied().unwrap_or(3);
        let columns = [
            (
                "assignment_id",
                text_of(&|answer| Some(answer.page.clone())),
            ),
            ("pool_id", text_of(&|_| Some(self.pool.to_owned()))),
            ("worker_id", text_of(&|answer| Some(answer.worker.clone()))),
            ("status", text_of(&|_| Some("SUBMITTED".to_owned()))),
            ("created_at", instant(0)),
            ("submitted_at", instant(50)),
            (
                "reward_usd",
                Arc::new(Float64Array::from(vec![0.05; n_rows])) as ArrayRef,
            ),
            (
                self.task_column,
                text_of(&|answer| Some(answer.task.clone())),
            ),
            (self.answer_column, text_of(&|answer| answer.given.clone())),
            ("golden_answer", text_of(&|answer| answer.golden.clone())),
            (
                "overlap",
                Arc::new(Int32Array::from_iter_values(
                    self.answers.iter().map(overlap),
                )),
            ),
        ];
        write_file(path, &batch(columns.to_vec()));
    }
}

/// 2026-11-02T08:00:00Z.
const START_SECONDS: i64 = 1_793_606_400;
const MICROSECONDS_PER_SECOND: i64 = 1_000_000;
const DAY: i64 = 24 * 60;

fn batch(columns: Vec<(&str, ArrayRef)>) -> RecordBatch {
    RecordBatch::try_from_iter_with_nullable(
        columns
            .into_iter()
            .map(|(name, column)| (name, column, true)),
    )
    .expect("columns of one length")
}

/// A column of text.
fn texts(values: impl IntoIterator<Item = String>) -> ArrayRef {
    Arc::new(StringArray::from_iter_values(values))
}

/// The texts of a column, row by row.
fn column(rows: &[Row], name: &str) -> Vec<String> {
    rows.iter().map(|row| row.id(name)).collect()
}

#[test]
fn the_readme_of_an_example_names_every_file_of_it() {
    let mut offences = Vec::new();
    for entry in std::fs::read_dir(examples()).expect("a folder of examples") {
        let folder = entry.expect("a readable folder").path();
        let readme = std::fs::read_to_string(folder.join("README.md")).expect("a README.md");
        for file in files_below(&folder) {
            let relative = text(file.strip_prefix(&folder).expect("below")).to_owned();
            if relative != "README.md" && !readme.contains(&relative) {
                offences.push(format!("{}: no {relative}", folder.display()));
            }
        }
    }
    assert!(offences.is_empty(), "\n{}", offences.join("\n"));
}
