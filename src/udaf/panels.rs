//! The answers of a whole table as a panel: queries, items and workers numbered in byte order of their ids.
//!
//! So nothing that is learnt depends on the order of rows. It learns nothing itself.

use std::ops::Range;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, Float64Array, StringArray};
use datafusion::arrow::datatypes::{DataType, Fields, Float64Type, Int64Type, UInt64Type};
use datafusion::common::{Result, exec_err};

use super::grouped_rows::fields_of;
use super::numbering::{Numbered, text_at};
use crate::ranking::{Comparison, KeyedAnswer, KeyedPanel, Outcome, Panel};

/// The columns that make a panel, in order; those of workers last.
pub(crate) fn answer_fields() -> Fields {
    let text = || DataType::Utf8;
    fields_of(&[
        ("query_id", text(), true),
        ("left", text(), true),
        ("right", text(), true),
        ("outcome", text(), true),
        ("weight", DataType::Float64, true),
        ("worker", text(), true),
    ])
}

/// A panel and the ids behind its numbers.
pub(crate) struct NamedPanel<'a> {
    pub(crate) panel: Panel,
    pub(crate) ids: Ids<'a>,
}

/// The same, with the key and the time of each answer.
pub(crate) struct NamedKeyedPanel<'a> {
    pub(crate) panel: KeyedPanel,
    pub(crate) ids: Ids<'a>,
}

/// The ids behind the numbers of a panel.
#[derive(Default)]
pub(crate) struct Ids<'a> {
    /// By number of the group.
    pub(crate) queries: Vec<&'a str>,
    /// By group and number of the item.
    pub(crate) items: Vec<Vec<&'a str>>,
    /// By number of the worker; empty where the rows name none.
    pub(crate) workers: Vec<&'a str>,
}

/// The columns of [`answer_fields`]; the weight may be missing in all rows, and the worker.
struct Answers<'a> {
    start: usize,
    left: &'a StringArray,
    right: &'a StringArray,
    outcome: &'a StringArray,
    weight: &'a Float64Array,
    workers: Option<Numbered<'a>>,
    queries: Numbered<'a>,
}

impl<'a> NamedPanel<'a> {
    /// The panel of some rows.
    pub(crate) fn new(columns: &'a [ArrayRef], rows: &Range<usize>) -> Result<Self> {
        let answers = Answers::new(columns, rows)?;
        let mut panel = Panel::new(answers.n_workers());
        let mut comparisons = Vec::new();
        let ids = answers.by_query(|ids, in_query| {
            comparisons.extend(in_query.iter().map(|(_, comparison)| *comparison));
            panel.push(n_items(ids), &mut comparisons);
        })?;
        Ok(Self { panel, ids })
    }
}

impl<'a> NamedKeyedPanel<'a> {
    /// The panel of all rows; after the worker stand the key (u64) and the time (i64) of each.
    pub(crate) fn new(columns: &'a [ArrayRef]) -> Result<Self> {
        let [.., keys, times] = columns else {
            return exec_err!("keyed answers have a key and a time");
        };
        let (keys, times) = (
            keys.as_primitive::<UInt64Type>(),
            times.as_primitive::<Int64Type>(),
        );
        let answers = Answers::new(columns, &(0..keys.len()))?;
        let mut panel = KeyedPanel::new(answers.n_workers());
        let mut keyed = Vec::new();
        let ids = answers.by_query(|ids, in_query| {
            keyed.extend(in_query.iter().map(|(row_idx, comparison)| KeyedAnswer {
                comparison: *comparison,
                key: keys.value(*row_idx),
                time: times.value(*row_idx),
            }));
            panel.push(n_items(ids), &mut keyed);
        })?;
        Ok(Self { panel, ids })
    }
}

fn n_items(ids: &[&str]) -> u32 {
    u32::try_from(ids.len()).unwrap_or(u32::MAX)
}

impl<'a> Answers<'a> {
    fn new(columns: &'a [ArrayRef], rows: &Range<usize>) -> Result<Self> {
        let [query, left, right, outcome, weight, rest @ ..] = columns else {
            return exec_err!("answers have query, left, right, outcome and weight");
        };
        Ok(Self {
            start: rows.start,
            left: left.as_string(),
            right: right.as_string(),
            outcome: outcome.as_string(),
            weight: weight.as_primitive::<Float64Type>(),
            workers: rest
                .first()
                .map(|worker| Numbered::new(worker.as_string(), rows)),
            queries: Numbered::new(query.as_string(), rows),
        })
    }

    fn n_workers(&self) -> usize {
        self.workers.as_ref().map_or(1, |known| known.texts.len())
    }

    /// Hands over the items of each query and its answers with their rows, query by query.
    fn by_query(self, mut take: impl FnMut(&[&'a str], &[(usize, Comparison)])) -> Result<Ids<'a>> {
        let in_queries = self.places_by_query()?;
        let mut items = Vec::with_capacity(in_queries.len());
        let mut in_query = Vec::new();
        for places in &in_queries {
            let mut ids: Vec<&str> = Vec::with_capacity(2 * places.len());
            for place in places {
                let row_idx = self.start + *place as usize;
                for side in [self.left, self.right] {
                    let Some(id) = text_at(side, row_idx) else {
                        return exec_err!("an item is null; filter such rows out first");
                    };
                    ids.push(id);
                }
            }
            ids.sort_unstable();
            ids.dedup();
            in_query.clear();
            for place in places {
                let place = *place as usize;
                in_query.push((self.start + place, self.comparison(place, &ids)?));
            }
            take(&ids, &in_query);
            items.push(ids);
        }
        Ok(Ids {
            queries: self.queries.texts,
            items,
            workers: self.workers.map_or_else(Vec::new, |known| known.texts),
        })
    }

    /// The places of each query's rows, by number of the query.
    fn places_by_query(&self) -> Result<Vec<Vec<u32>>> {
        let mut places = vec![Vec::new(); self.queries.texts.len()];
        for (place, query) in (0..).zip(&self.queries.numbers) {
            let Some(query) = query else {
                return exec_err!("a query is null; filter such rows out first");
            };
            places[*query as usize].push(place);
        }
        Ok(places)
    }

    fn comparison(&self, place: usize, item_ids: &[&str]) -> Result<Comparison> {
        let row_idx = self.start + place;
        let number = |column: &StringArray| {
            let id = column.value(row_idx);
            item_ids.partition_point(|known| *known < id) as u32
        };
        let worker = match &self.workers {
            None => 0,
            Some(known) => match known.numbers[place] {
                Some(worker) => worker,
                None => return exec_err!("a worker is null; filter such rows out first"),
            },
        };
        let weight = self
            .weight
            .is_valid(row_idx)
            .then(|| self.weight.value(row_idx));
        let weight = weight.unwrap_or(1.0);
        if !is_weight(weight) {
            return exec_err!("weight must be a finite number >= 0, found {weight}");
        }
        Ok(Comparison {
            left: number(self.left),
            right: number(self.right),
            worker,
            outcome: outcome_of(text_at(self.outcome, row_idx))?,
            weight,
        })
    }
}

/// Whether a number can be the weight of an answer.
pub(super) fn is_weight(number: f64) -> bool {
    number.is_finite() && number >= 0.0
}

/// The word of an answer.
pub(super) fn outcome_of(word: Option<&str>) -> Result<Outcome> {
    match word {
        Some("left") => Ok(Outcome::Left),
        Some("right") => Ok(Outcome::Right),
        Some("tie") => Ok(Outcome::Tie),
        other => exec_err!(
            "outcome must be left, right or tie, found {}; filter other answers out first",
            other.unwrap_or("null")
        ),
    }
}
