//! The platform's results as TSV: one row per task, pages put together from their rows.
//!
//! Where the assignment's columns stand only on a row of their own, after or before the tasks of the page,
//! they are filled in; a blank row ends a page. It does not interpret answers.

use std::collections::BTreeSet;
use std::path::Path;

use super::page::{
    Fields, PAGE_FIELDS, PageField, PageReader, PageText, PageVisitor, Place, Solutions, Spelling,
    Task, TaskKind, corrupt,
};
use super::tsv_rows::{TsvRow, TsvRows};
use crate::error::Result;

static SPELLING: Spelling = Spelling {
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

/// Tasks on one page: more is a file whose pages cannot be told apart.
const PAGE_TASKS_MAX: usize = 100_000;

/// Shows every page of `file` to `visitor`.
pub(super) fn read(file: &Path, visitor: &mut dyn PageVisitor) -> Result<()> {
    let mut rows = TsvRows::open(file)?;
    let Some(header) = rows.next()? else {
        let problem = "the file is empty; download the results again";
        return Err(corrupt(file, Place::Line(1), problem));
    };
    let columns = Columns::read(file, header, visitor)?;
    let mut pages = Pages {
        file,
        visitor,
        open: None,
    };
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

/// How the rows of the open page stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Layout {
    /// Every row has the assignment's columns.
    Full,
    /// Tasks, then a row with the assignment's columns.
    TasksFirst,
    /// A row with the assignment's columns, then its tasks.
    PageFirst,
}

#[derive(Debug)]
struct OpenPage {
    layout: Layout,
    first_line: u64,
    text: Option<PageText>,
    tasks: Vec<Task>,
}

/// Gathers rows until a page is complete.
struct Pages<'a> {
    file: &'a Path,
    visitor: &'a mut dyn PageVisitor,
    open: Option<OpenPage>,
}

impl Pages<'_> {
    fn full_row(&mut self, line: u64, text: PageText, task: Task) -> Result<()> {
        let id = text.get(PageField::AssignmentId);
        match &mut self.open {
            Some(open) if open.layout == Layout::Full && open.has_id(id) => {
                let first_line = open.first_line;
                let known = open.text.get_or_insert_default();
                if let Some(field) = known.fill_from(text) {
                    let problem = format!(
                        "{} is another one than on line {first_line} of the same page",
                        SPELLING.name(field)
                    );
                    return Err(corrupt(self.file, Place::Line(line), &problem));
                }
                self.push(line, task)
            }
            _ => {
                self.close()?;
                self.begin(Layout::Full, line, Some(text));
                self.push(line, task)
            }
        }
    }

    fn page_row(&mut self, line: u64, text: PageText) -> Result<()> {
        match &mut self.open {
            Some(open) if open.layout == Layout::TasksFirst && open.text.is_none() => {
                open.text = Some(text);
                Ok(())
            }
            // The columns of full rows once more, on the row that ends the page.
            Some(open) if open.layout == Layout::Full => {
                if open.has_id(text.get(PageField::AssignmentId)) {
                    return self.close();
                }
                self.close()?;
                self.begin(Layout::PageFirst, line, Some(text));
                Ok(())
            }
            _ => {
                self.close()?;
                self.begin(Layout::PageFirst, line, Some(text));
                Ok(())
            }
        }
    }

    fn task_row(&mut self, line: u64, task: Task) -> Result<()> {
        let is_continued = match &self.open {
            Some(open) => match open.layout {
                Layout::TasksFirst => open.text.is_none(),
                Layout::PageFirst => true,
                Layout::Full => return Err(self.without_page(line)),
            },
            None => false,
        };
        if !is_continued {
            self.close()?;
            self.begin(Layout::TasksFirst, line, None);
        }
        self.push(line, task)
    }

    fn begin(&mut self, layout: Layout, first_line: u64, text: Option<PageText>) {
        self.open = Some(OpenPage {
            layout,
            first_line,
            text,
            tasks: Vec::new(),
        });
    }

    fn push(&mut self, line: u64, task: Task) -> Result<()> {
        let Some(open) = &mut self.open else {
            return Ok(());
        };
        if open.tasks.len() == PAGE_TASKS_MAX {
            return Err(self.without_page(line));
        }
        open.tasks.push(task);
        Ok(())
    }

    /// Hands on the open page, if there is one.
    fn close(&mut self) -> Result<()> {
        let Some(open) = self.open.take() else {
            return Ok(());
        };
        let Some(text) = open.text else {
            return Err(self.without_page(open.first_line));
        };
        let place = Place::Line(open.first_line);
        if open.tasks.is_empty() {
            let problem = "assignment columns without a task after or before them; download the results again";
            return Err(corrupt(self.file, place, problem));
        }
        let reader = PageReader {
            file: self.file,
            place,
            spelling: &SPELLING,
        };
        let page = reader.read(&text, open.tasks)?;
        self.visitor.page(self.file, page)
    }

    fn without_page(&self, line: u64) -> crate::error::Error {
        let problem = "a task without assignment columns, and no row that belongs to it alone has them; download the results again, without empty rows between pages";
        corrupt(self.file, Place::Line(line), problem)
    }
}

impl OpenPage {
    fn has_id(&self, id: Option<&str>) -> bool {
        self.text
            .as_ref()
            .and_then(|text| text.get(PageField::AssignmentId))
            == id
    }
}
