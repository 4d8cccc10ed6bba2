//! The first reading of an export: which fields there are, what their answers look like, what is ignored.
//!
//! It keeps counts and a few values, never rows.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::Named;
use super::answers::Vote;
use super::page::{Page, PageVisitor, Task};
use super::reviews;
use crate::error::{Error, Result};

/// A field with more values than this is no list of options.
pub(super) const OPTIONS_MAX: usize = 32;

/// Fields of one kind: more are not fields but values in the wrong place.
const FIELDS_MAX: usize = 1_000;

/// What the export holds.
#[derive(Debug)]
pub(super) struct Survey<'a> {
    named: &'a Named,
    pub(super) inputs: BTreeSet<String>,
    pub(super) outputs: BTreeMap<String, Answers>,
    pub(super) n_rows: u64,
    pub(super) n_reviews: u64,
    n_undated_reviews: u64,
    /// What is not imported, and how often it was met.
    ignored: BTreeMap<String, u64>,
}

/// The answers in one output field.
#[derive(Debug, Default)]
pub(super) struct Answers {
    /// Different values, no more than one beyond `OPTIONS_MAX`.
    values: BTreeSet<String>,
    pub(super) n_values: u64,
    /// Answers other than a tie or an error.
    n_choices: u64,
    /// Of those, side words.
    n_side_words: u64,
    /// Of those, a value of the same task's input.
    n_items: u64,
    /// Of those, either.
    n_understood: u64,
}

impl Answers {
    /// Whether nearly every choice is a side's word, or an item of its task; a few may be noise.
    pub(super) fn are_choices_of_a_side(&self) -> bool {
        self.n_choices > 0 && 10 * self.n_understood >= 9 * self.n_choices
    }

    /// Whether "1" is rather an item's id than a side: an item is chosen at least as often as a side.
    pub(super) fn are_items(&self) -> bool {
        self.n_items > 0 && self.n_items >= self.n_side_words
    }

    /// Whether the values are a few that come again and again.
    pub(super) fn are_options(&self) -> bool {
        let n_options = self.values.len();
        n_options > 0 && n_options <= OPTIONS_MAX && self.n_values >= 2 * n_options as u64
    }

    fn count(&mut self, value: &str, task: &Task) {
        self.n_values += 1;
        if self.values.len() <= OPTIONS_MAX && !self.values.contains(value) {
            self.values.insert(value.to_owned());
        }
        let word = Vote::of_word(value);
        if word.is_some_and(|vote| !vote.is_side()) {
            return;
        }
        let is_item = task.inputs.values().any(|item| item.trim() == value.trim())
            || task.inputs.contains_key(value);
        self.n_choices += 1;
        self.n_side_words += u64::from(word.is_some());
        self.n_items += u64::from(is_item);
        self.n_understood += u64::from(is_item || word.is_some());
    }
}

impl<'a> Survey<'a> {
    pub(super) fn new(named: &'a Named) -> Self {
        Self {
            named,
            inputs: BTreeSet::new(),
            outputs: BTreeMap::new(),
            n_rows: 0,
            n_reviews: 0,
            n_undated_reviews: 0,
            ignored: BTreeMap::new(),
        }
    }

    /// Says once what was left out, and what was assumed.
    pub(super) fn tell(&self) {
        let ignored: Vec<&str> = self.ignored.keys().map(String::as_str).collect();
        if !ignored.is_empty() {
            tracing::warn!("not imported: {}", ignored.join(", "));
        }
        if self.n_undated_reviews > 0 {
            tracing::warn!(
                "{} reviews have a verdict and no time: taken as made when the page was handed in; tick ASSIGNMENT:accepted and ASSIGNMENT:rejected to have it right",
                self.n_undated_reviews
            );
        }
    }

    fn check_number_of_fields(&self) -> Result<()> {
        if self.inputs.len().max(self.outputs.len()) <= FIELDS_MAX {
            return Ok(());
        }
        Err(Error::Usage(format!(
            "the export has more than {FIELDS_MAX} different fields; an import makes a column of each"
        )))
    }
}

impl PageVisitor for Survey<'_> {
    fn fields(&mut self, inputs: &[&str], outputs: &[&str]) -> Result<()> {
        self.inputs
            .extend(inputs.iter().map(|name| (*name).to_owned()));
        for name in outputs {
            self.outputs.entry((*name).to_owned()).or_default();
        }
        self.check_number_of_fields()
    }

    fn ignored(&mut self, what: &str) {
        if let Some(count) = self.ignored.get_mut(what) {
            *count += 1;
        } else {
            self.ignored.insert(what.to_owned(), 1);
        }
    }

    fn page(&mut self, _file: &Path, page: Page) -> Result<()> {
        if page.pool_id.is_none() && self.named.pool_id.is_none() {
            return Err(Error::Usage(
                "the export does not say which pool it is from: name it with --pool-id".to_owned(),
            ));
        }
        self.n_rows += page.tasks.len() as u64;
        for event in reviews::events(&page) {
            self.n_reviews += 1;
            self.n_undated_reviews += u64::from(event.is_undated);
        }
        for task in &page.tasks {
            for name in task.inputs.keys() {
                if !self.inputs.contains(name) {
                    self.inputs.insert(name.clone());
                }
            }
            for (name, value) in &task.outputs {
                if !self.outputs.contains_key(name) {
                    self.outputs.insert(name.clone(), Answers::default());
                }
                if let Some(answers) = self.outputs.get_mut(name) {
                    answers.count(value, task);
                }
            }
        }
        self.check_number_of_fields()
    }
}
