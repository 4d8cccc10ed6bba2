//! The second reading of an export: its pages as rows of `responses`, and its reviews.
//!
//! The canonical columns come first, then every field under the name that it has in the export.

use std::path::Path;

use sha2::{Digest, Sha256};

use super::answers::Sides;
use super::page::{Fields, Page, PageVisitor, Place, Solutions, Task, TaskKind, corrupt};
use super::response_columns::{ResponseColumns, Row};
use super::reviews::ReviewWriter;
use super::roles::{ONLY_QUERY, Roles, SideFields};
use super::row_writer::{RowWriter, WrittenTable};
use super::survey::Survey;
use crate::error::{Error, Result};

/// Hexadecimal digits of the id of a task that has none.
const TASK_ID_DIGITS: usize = 16;

/// The open tables `responses` and, where there are reviews, `review_events`.
pub(super) struct ResponseWriter<'a> {
    roles: &'a Roles,
    rows: RowWriter,
    reviews: Option<ReviewWriter>,
    columns: ResponseColumns<'a>,
}

impl<'a> ResponseWriter<'a> {
    pub(super) fn create(directory: &Path, survey: &'a Survey, roles: &'a Roles) -> Result<Self> {
        let columns = ResponseColumns::new(survey, roles.kind())?;
        let reviews = if survey.n_reviews > 0 {
            Some(ReviewWriter::create(directory)?)
        } else {
            None
        };
        Ok(Self {
            roles,
            rows: RowWriter::create(directory, "responses", columns.schema())?,
            reviews,
            columns,
        })
    }

    /// Writes what is left; the tables in the order of the data model.
    pub(super) fn finish(mut self) -> Result<Vec<WrittenTable>> {
        self.flush()?;
        let mut tables = vec![self.rows.finish()?];
        if let Some(reviews) = self.reviews {
            tables.push(reviews.finish()?);
        }
        Ok(tables)
    }

    fn flush(&mut self) -> Result<()> {
        let columns = self.columns.take();
        self.rows.write(columns)
    }

    fn push_task(&mut self, file: &Path, page: &Page, task_idx: usize) -> Result<()> {
        let task = &page.tasks[task_idx];
        let roles = self.roles;
        let side_fields = roles.sides.as_ref();
        let shown = side_fields
            .map(|fields| Shown::of(fields, task, file))
            .transpose()?;
        let answer_of = |outputs: &Fields| answer(roles, shown.as_ref(), outputs);
        let given = answer_of(&task.outputs);
        let first = match task.kind {
            TaskKind::Training => task
                .first_outputs
                .as_ref()
                .and_then(answer_of)
                .or_else(|| given.clone()),
            TaskKind::Real | TaskKind::Golden => None,
        };
        let (golden, weighted) = match &task.solutions {
            Solutions::One(fields) => (answer_of(fields), Vec::new()),
            Solutions::Weighted(all) => {
                // A solution that says nothing of the answer's field cannot be held against an answer.
                let spelled = all
                    .iter()
                    .filter_map(|(fields, weight)| Some((answer_of(fields)?, *weight)));
                (None, spelled.collect())
            }
        };
        let own_id = task.id.is_none().then(|| id_of_inputs(&task.inputs));
        self.columns.push(&Row {
            page,
            task,
            task_idx,
            pool_id: page.pool_id.as_deref().or(roles.pool_id.as_deref()),
            project_id: roles.project_id.as_deref(),
            task_id: task.id.as_deref().or(own_id.as_deref()),
            query: shown.as_ref().map(|shown| shown.query),
            left: shown.as_ref().map(|shown| shown.sides.left),
            right: shown.as_ref().map(|shown| shown.sides.right),
            answer: given.as_deref(),
            first_answer: first.as_deref(),
            golden_answer: golden.as_deref(),
            golden_answers: &weighted,
        });
        Ok(())
    }
}

impl PageVisitor for ResponseWriter<'_> {
    fn page(&mut self, file: &Path, page: Page) -> Result<()> {
        for task_idx in 0..page.tasks.len() {
            self.push_task(file, &page, task_idx)?;
        }
        if let Some(reviews) = &mut self.reviews {
            reviews.push(&page)?;
        }
        if self.columns.is_full() {
            self.flush()?;
        }
        Ok(())
    }
}

/// The items of a task as shown.
struct Shown<'t> {
    query: &'t str,
    sides: Sides<'t>,
}

impl<'t> Shown<'t> {
    fn of(fields: &'t SideFields, task: &'t Task, file: &Path) -> Result<Self> {
        let required = |name: &str| {
            task.inputs
                .get(name)
                .map(String::as_str)
                .ok_or_else(|| empty_field(file, task.place, name))
        };
        Ok(Self {
            query: match &fields.query {
                Some(name) => required(name)?,
                None => ONLY_QUERY,
            },
            sides: Sides {
                left: required(&fields.left)?,
                right: required(&fields.right)?,
                field_names: [&fields.left, &fields.right],
                encoding: fields.encoding,
            },
        })
    }
}

fn empty_field(file: &Path, place: Place, name: &str) -> Error {
    let problem = format!(
        "INPUT:{name}: expected a value in every task, found none; name another field by --query-field, --left-field, --right-field, or import these tasks apart"
    );
    corrupt(file, place, &problem)
}

/// The answer in these output fields; `None` where there is none.
fn answer(roles: &Roles, shown: Option<&Shown>, outputs: &Fields) -> Option<String> {
    if let [name] = &roles.answers[..] {
        let text = outputs.get(name)?;
        return Some(shown.map_or_else(|| text.clone(), |shown| shown.sides.spell(text)));
    }
    let values: Vec<Option<&String>> = roles.answers.iter().map(|f| outputs.get(f)).collect();
    if values.iter().all(Option::is_none) {
        return None;
    }
    // The platform's majority compares all fields together; JSON keeps them apart.
    Some(serde_json::json!(values).to_string())
}

/// The same input is the same task, on every page and in every file.
fn id_of_inputs(inputs: &Fields) -> String {
    let mut hasher = Sha256::new();
    for text in inputs.iter().flat_map(|(name, value)| [name, value]) {
        // The length first: no two inputs then give the same bytes.
        hasher.update((text.len() as u64).to_be_bytes());
        hasher.update(text);
    }
    let mut digits = crate::manifest::hex(&hasher.finalize());
    digits.truncate(TASK_ID_DIGITS);
    digits
}
