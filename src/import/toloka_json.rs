//! The platform's assignments as its API gives them.
//!
//! It does not interpret answers.

use std::path::Path;

use serde::Deserialize;
use serde_json::{Map, Value};

use super::json_stream::{IsCutOff, read_objects};
use super::page::{
    Fields, PAGE_FIELDS, PageReader, PageText, PageVisitor, Place, Solutions, Spelling, Task,
    TaskKind, corrupt, is_handed_in,
};
use crate::error::{Error, Result};

static SPELLING: Spelling = Spelling {
    names: [
        "id",
        "task_suite_id",
        "pool_id",
        "user_id",
        "status",
        "created",
        "submitted",
        "accepted",
        "rejected",
        "skipped",
        "expired",
        "reward",
        NO_SUCH_FIELD,
        "public_comment",
    ],
    remedy: "export whole assignments, with every field that the platform gives",
};

/// A verdict is a thing of TSV files.
const NO_SUCH_FIELD: &str = "";

/// Shows every page of `file` to `visitor`.
pub(super) fn read(file: &Path, visitor: &mut dyn PageVisitor) -> Result<()> {
    let is_cut_off = read_objects(file, &mut |number, object| {
        let page = Assignment { file, number }.read(&object, visitor)?;
        visitor.page(file, page)
    })?;
    if is_cut_off == IsCutOff::Yes {
        visitor.ignored(&format!(
            "whatever follows {}: it says has_more, so fetch the next page of the answer too",
            file.display()
        ));
    }
    Ok(())
}

/// The parts of an assignment that are lists; the others are single values.
#[derive(Debug, Deserialize)]
struct Lists {
    #[serde(default)]
    tasks: Option<Vec<JsonTask>>,
    #[serde(default)]
    solutions: Option<Vec<Option<Solution>>>,
    #[serde(default)]
    first_declined_solution_attempt: Option<Vec<Option<Solution>>>,
}

#[derive(Debug, Deserialize)]
struct JsonTask {
    #[serde(default)]
    id: Value,
    #[serde(default)]
    input_values: Option<Map<String, Value>>,
    #[serde(default)]
    known_solutions: Option<Vec<Solution>>,
    #[serde(default)]
    message_on_unknown_solution: Option<String>,
    #[serde(default)]
    baseline_solutions: Option<Vec<Value>>,
    #[serde(default)]
    overlap: Option<i32>,
    #[serde(default)]
    infinite_overlap: Option<bool>,
}

#[derive(Debug, Deserialize)]
struct Solution {
    #[serde(default)]
    output_values: Option<Map<String, Value>>,
    #[serde(default)]
    correctness_weight: Option<f64>,
}

impl Solution {
    fn fields(&self) -> Fields {
        fields(self.output_values.as_ref())
    }
}

/// One assignment of a file.
#[derive(Clone, Copy)]
struct Assignment<'a> {
    file: &'a Path,
    number: u64,
}

impl Assignment<'_> {
    fn read(self, object: &Value, visitor: &mut dyn PageVisitor) -> Result<super::page::Page> {
        let mut text = PageText::default();
        for field in PAGE_FIELDS {
            text.set(field, object.get(SPELLING.name(field)).and_then(text_of));
        }
        let lists: Lists = serde_path_to_error::deserialize(object)
            .map_err(|error| self.error(&format!("{}: {}", error.path(), error.inner())))?;
        let tasks = lists.tasks.as_deref().unwrap_or_default();
        if tasks.is_empty() {
            return Err(self.error("tasks: expected at least one task, found none; export whole assignments, with every field that the platform gives"));
        }
        let solutions = self.aligned("solutions", lists.solutions.as_deref(), tasks.len())?;
        let declined = self.aligned(
            "first_declined_solution_attempt",
            lists.first_declined_solution_attempt.as_deref(),
            tasks.len(),
        )?;
        let mut pages_tasks = Vec::with_capacity(tasks.len());
        for (task_idx, task) in tasks.iter().enumerate() {
            if task.baseline_solutions.is_some() {
                visitor.ignored("baseline_solutions");
            }
            let outputs = solutions.and_then(|all| all[task_idx].as_ref());
            let first = declined.and_then(|all| all[task_idx].as_ref());
            pages_tasks.push(self.task(task_idx, task, outputs, first)?);
        }
        let page = PageReader {
            file: self.file,
            place: Place::Assignment(self.number),
            spelling: &SPELLING,
        }
        .read(&text, pages_tasks)?;
        if solutions.is_none() && is_handed_in(page.status) {
            // Read as empty answers they would be wrong ones, and workers would be banned for them.
            return Err(self.error(&format!(
                "solutions: expected one for each of {} tasks (the page is {}), found none",
                tasks.len(),
                page.status
            )));
        }
        Ok(page)
    }

    fn error(self, problem: &str) -> Error {
        corrupt(self.file, Place::Assignment(self.number), problem)
    }

    /// The list if it is there, in which case it has an entry for each task.
    fn aligned<'l>(
        self,
        name: &str,
        list: Option<&'l [Option<Solution>]>,
        n_tasks: usize,
    ) -> Result<Option<&'l [Option<Solution>]>> {
        match list {
            None | Some([]) => Ok(None),
            Some(list) if list.len() == n_tasks => Ok(Some(list)),
            Some(list) => Err(self.error(&format!(
                "{name}: expected one for each of {n_tasks} tasks, found {}",
                list.len()
            ))),
        }
    }

    fn task(
        self,
        task_idx: usize,
        task: &JsonTask,
        outputs: Option<&Solution>,
        first: Option<&Solution>,
    ) -> Result<Task> {
        let place = Place::Task(self.number, task_idx + 1);
        let mut known = Vec::new();
        for solution in task.known_solutions.iter().flatten() {
            let weight = solution.correctness_weight.unwrap_or(1.0);
            if !(0.0..=1.0).contains(&weight) {
                let problem = format!("correctness_weight: expected 0..1, found {weight}");
                return Err(corrupt(self.file, place, &problem));
            }
            known.push((solution.fields(), weight));
        }
        let has_hint = task
            .message_on_unknown_solution
            .as_ref()
            .is_some_and(|hint| !hint.trim().is_empty());
        let kind = match (known.is_empty(), has_hint) {
            (false, true) => TaskKind::Training,
            (false, false) => TaskKind::Golden,
            (true, _) => TaskKind::Real,
        };
        let is_infinite = task.infinite_overlap == Some(true);
        Ok(Task {
            place,
            id: text_of(&task.id),
            kind,
            inputs: fields(task.input_values.as_ref()),
            outputs: outputs.map(Solution::fields).unwrap_or_default(),
            first_outputs: first.map(Solution::fields).filter(|f| !f.is_empty()),
            solutions: Solutions::Weighted(known),
            overlap: task.overlap.filter(|_| !is_infinite),
        })
    }
}

fn fields(values: Option<&Map<String, Value>>) -> Fields {
    let present = values.into_iter().flatten();
    present
        .filter_map(|(name, value)| Some((name.clone(), text_of(value)?)))
        .collect()
}

/// A text as it is, anything else as JSON; nothing for null and for the empty text.
pub(super) fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => (!text.is_empty()).then(|| text.clone()),
        other => Some(other.to_string()),
    }
}
