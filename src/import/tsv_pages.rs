//! Puts pages together from the rows of a TSV export.
//!
//! Where the assignment's columns stand only on a row of their own, after or before the tasks of the page,
//! they are filled in. A page is never given its neighbour's columns: what does not add up is refused.

use std::path::Path;

use super::page::{PageField, PageReader, PageText, PageVisitor, Place, Task, corrupt};
use super::toloka_tsv::SPELLING;
use crate::error::{Error, Result};

/// Tasks on one page: more is a file whose pages cannot be told apart.
const PAGE_TASKS_MAX: usize = 100_000;

/// Gathers rows until a page is complete.
pub(super) struct Pages<'a> {
    file: &'a Path,
    visitor: &'a mut dyn PageVisitor,
    open: Option<OpenPage>,
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
    /// The line that the assignment's columns stand on, where it is another one.
    text_line: Option<u64>,
    text: Option<PageText>,
    tasks: Vec<Task>,
}

impl<'a> Pages<'a> {
    pub(super) fn new(file: &'a Path, visitor: &'a mut dyn PageVisitor) -> Self {
        Self {
            file,
            visitor,
            open: None,
        }
    }

    pub(super) fn full_row(&mut self, line: u64, text: PageText, task: Task) -> Result<()> {
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

    pub(super) fn page_row(&mut self, line: u64, text: PageText) -> Result<()> {
        match &mut self.open {
            Some(open) if open.layout == Layout::TasksFirst && open.text.is_none() => {
                open.text = Some(text);
                open.text_line = Some(line);
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

    pub(super) fn task_row(&mut self, line: u64, task: Task) -> Result<()> {
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
            text_line: None,
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
    pub(super) fn close(&mut self) -> Result<()> {
        let Some(open) = self.open.take() else {
            return Ok(());
        };
        let Some(text) = open.text else {
            return Err(self.without_page(open.first_line));
        };
        let place = Place::Line(open.text_line.unwrap_or(open.first_line));
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

    fn without_page(&self, line: u64) -> Error {
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
