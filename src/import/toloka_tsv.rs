//! The platform's results as TSV: what each column means, and what a row says of its page and its task.
//!
//! `tsv_pages` puts pages together from the rows. It does not interpret answers.

use std::collections::BTreeSet;
use std::path::Path;

use super::page::{
    Fields, PAGE_FIELDS, PageField, PageText, PageVisitor, Place, Solutions, Spelling, Task,
    TaskKind, corrupt,
};
use super::tsv_pages::Pages;
use super::tsv_rows::{TsvRow, TsvRows};
use crate::error::Result;

pub(super) static SPELLING: Spelling = Spelling {
    names: [
        "ASSIGNMENT:assignment_id",
        "ASSIGNMENT:task_suite_id",
        "ASSIGNMENT:pool_id",
        "ASSIGNMENT:worker_id",
        "ASSIGNMENT:status",
        "ASSIGNMENT:started",
        "ASSIGNMENT:submitted",
        "ASSIGNMENT:accepted",
        "ASSIGNMENT:rejected",
        "ASSIGNMENT:skipped",
        "ASSIGNMENT:expired",
        "ASSIGNMENT:reward",
        "ACCEPT:verdict",
        "ACCEPT:comment",
    ],
    remedy: "tick this column when you download the results, and import the new file",
};

/// Shows every page of `file` to `visitor`.
pub(super) fn read(file: &Path, visitor: &mut dyn PageVisitor) -> Result<()> {
    let mut rows = TsvRows::open(file)?;
    let Some(header) = rows.next()? else {
        let problem = "the file is empty; download the results again";
        return Err(corrupt(file, Place::Line(1), problem));
    };
    let columns = Columns::read(file, header, visitor)?;
    let mut pages = Pages::new(file, visitor);
    while let Some(row) = rows.next()? {
        if row.n_blank_lines > 0 {
            pages.close()?;
        }
        let line = row.line;
        match columns.split(file, row)? {
            (None, None) => pages.close()?,
            (Some(page), None) => pages.page_row(line, page)?,
            (None, Some(task)) => pages.task_row(line, task)?,
            (Some(page), Some(task)) => pages.full_row(line, page, task)?,
        }
    }
    pages.close()
}

/// What a column holds.
#[derive(Debug, PartialEq, Eq)]
enum Column {
    Input(String),
    Output(String),
    Golden(String),
    Hint,
    Overlap,
    TaskId,
    Page(PageField),
    /// A known column that says nothing new, or an unknown one.
    Unread,
}

impl Column {
    fn of(name: &str) -> Self {
        let field = |prefix: &str| name.strip_prefix(prefix).map(str::to_owned);
        if let Some(field) = field("INPUT:") {
            return Self::Input(field);
        }
        if let Some(field) = field("OUTPUT:") {
            return Self::Output(field);
        }
        if let Some(field) = field("GOLDEN:") {
            return Self::Golden(field);
        }
        match name {
            "HINT:text" | "HINT:default_language" => Self::Hint,
            "TASK:overlap" => Self::Overlap,
            "ASSIGNMENT:task_id" => Self::TaskId,
            _ => PAGE_FIELDS
                .into_iter()
                .find(|field| SPELLING.name(*field) == name)
                .map_or(Self::Unread, Self::Page),
        }
    }
}

/// The header.
#[derive(Debug)]
struct Columns {
    names: Vec<String>,
    columns: Vec<Column>,
}

impl Columns {
    fn read(file: &Path, header: TsvRow, visitor: &mut dyn PageVisitor) -> Result<Self> {
        let place = Place::Line(header.line);
        let columns: Vec<Column> = header.cells.iter().map(|name| Column::of(name)).collect();
        let read = Self {
            names: header.cells,
            columns,
        };
        let mut seen = BTreeSet::new();
        if let Some(twice) = read.names.iter().find(|name| !seen.insert(*name)) {
            let problem = format!("column {twice} stands twice in the header; rename one of them");
            return Err(corrupt(file, place, &problem));
        }
        for field in [
            PageField::AssignmentId,
            PageField::WorkerId,
            PageField::Status,
            PageField::Created,
        ] {
            if !read.columns.contains(&Column::Page(field)) {
                let problem = read.missing_column(SPELLING.name(field));
                return Err(corrupt(file, place, &problem));
            }
        }
        read.announce(visitor)?;
        Ok(read)
    }

    fn missing_column(&self, name: &str) -> String {
        let is_aggregated = self
            .names
            .iter()
            .any(|name| name.starts_with("CONFIDENCE:"));
        let hint = if is_aggregated {
            "this file holds aggregated results: download the answers of every worker instead"
        } else {
            SPELLING.remedy
        };
        format!(
            "expected the column {name}, found {}; {hint}",
            self.names.join(", ")
        )
    }

    fn announce(&self, visitor: &mut dyn PageVisitor) -> Result<()> {
        let mut inputs = Vec::new();
        let mut outputs = Vec::new();
        for (name, column) in self.names.iter().zip(&self.columns) {
            match column {
                Column::Input(field) => inputs.push(field.as_str()),
                Column::Output(field) => outputs.push(field.as_str()),
                Column::Unread if name != "ASSIGNMENT:link" => {
                    visitor.ignored(&format!("column {name}"));
                }
                _ => {}
            }
        }
        visitor.fields(&inputs, &outputs)
    }

    /// What a row says of its page and of its task; nothing of either where it is blank.
    fn split(&self, file: &Path, row: TsvRow) -> Result<(Option<PageText>, Option<Task>)> {
        if row.cells.iter().all(|cell| cell.trim().is_empty()) {
            return Ok((None, None));
        }
        let place = Place::Line(row.line);
        if row.cells.len() != self.columns.len() {
            let problem = format!(
                "expected {} cells as in the header, found {}; a cell with a tab or a line break needs double quotes",
                self.columns.len(),
                row.cells.len()
            );
            return Err(corrupt(file, place, &problem));
        }
        let mut page = PageText::default();
        let mut task = TaskCells::default();
        for (column, cell) in self.columns.iter().zip(row.cells) {
            if cell.is_empty() {
                continue;
            }
            task.is_given |= !matches!(column, Column::Page(_) | Column::TaskId | Column::Unread);
            match column {
                Column::Input(field) => drop(task.inputs.insert(field.clone(), cell)),
                Column::Output(field) => drop(task.outputs.insert(field.clone(), cell)),
                Column::Golden(field) => drop(task.golden.insert(field.clone(), cell)),
                Column::Hint => task.has_hint = true,
                Column::Overlap => task.overlap = Some(overlap(file, place, &cell)?),
                Column::TaskId => task.id = Some(cell),
                Column::Page(field) => page.set(*field, Some(cell)),
                Column::Unread => {}
            }
        }
        let page = (!page.is_empty()).then_some(page);
        // The row that a page has for itself may repeat the id of a task.
        task.is_given |= page.is_none() && task.id.is_some();
        Ok((page, task.is_given.then(|| task.into_task(place))))
    }
}

fn overlap(file: &Path, place: Place, cell: &str) -> Result<i32> {
    cell.trim().parse().map_err(|_| {
        let problem = format!("TASK:overlap: expected a whole number, found \"{cell}\"");
        corrupt(file, place, &problem)
    })
}

/// The cells of one task.
#[derive(Debug, Default)]
struct TaskCells {
    is_given: bool,
    id: Option<String>,
    inputs: Fields,
    outputs: Fields,
    golden: Fields,
    has_hint: bool,
    overlap: Option<i32>,
}

impl TaskCells {
    fn into_task(self, place: Place) -> Task {
        let kind = if self.has_hint {
            TaskKind::Training
        } else if self.golden.is_empty() {
            TaskKind::Real
        } else {
            TaskKind::Golden
        };
        Task {
            place,
            id: self.id,
            kind,
            inputs: self.inputs,
            outputs: self.outputs,
            // The file holds the first attempt only.
            first_outputs: None,
            solutions: Solutions::One(self.golden),
            overlap: self.overlap,
        }
    }
}
