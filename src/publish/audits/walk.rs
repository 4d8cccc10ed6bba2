//! Walks the stored tables of one split side by side, query by query, under every law.
//!
//! What holds is the laws' to say; here only how the tables are kept abreast.

use std::sync::Arc;

use datafusion::arrow::datatypes::{Schema, SchemaRef};
use serde_json::json;

use super::Rules;
use super::cursor::{Cursor, Run};
use super::file::{RangeReader, StoredFile};
use super::findings::Notes;
use super::group::Group;
use super::laws::{LAWS, Law, LawEntry};
use crate::error::Result;

/// One table of a split, opened.
#[derive(Debug)]
pub(super) struct OpenTable {
    pub(super) schema: SchemaRef,
    pub(super) files: Vec<StoredFile>,
}

impl OpenTable {
    fn cursor<'a>(&'a self, reader: &'a RangeReader) -> Cursor<'a> {
        Cursor::new(reader, &self.files, &self.schema)
    }
}

impl Default for OpenTable {
    fn default() -> Self {
        Self {
            schema: Arc::new(Schema::empty()),
            files: Vec::new(),
        }
    }
}

/// The tables of one split.
#[derive(Debug)]
pub(super) struct SplitTables {
    pub(super) split: &'static str,
    pub(super) pointwise: OpenTable,
    pub(super) lists: OpenTable,
    pub(super) pairs: OpenTable,
}

/// Looks at every group of the split.
///
/// # Errors
/// Only where stored bytes cannot be read at all.
pub(super) fn walk(reader: &RangeReader, tables: &SplitTables, rules: &Rules) -> Result<Notes> {
    let mut notes = Notes::default();
    let mut pointwise = tables.pointwise.cursor(reader);
    let mut lists = tables.lists.cursor(reader);
    let mut pairs = tables.pairs.cursor(reader);
    let mut laws: Vec<(&LawEntry, Box<dyn Law>)> = LAWS
        .iter()
        .map(|entry| (entry, (entry.open)(rules)))
        .collect();
    let mut by_score = Vec::new();
    while let Some(run) = pointwise.peek(&mut notes)? {
        let list = abreast(&mut lists, "lists", run.qid, &mut notes)?;
        let pair_run = abreast(&mut pairs, "pairs", run.qid, &mut notes)?;
        if list.as_ref().is_some_and(|run| run.rows.len() > 1) {
            let problem = format!("qid {} has more than one list", run.qid);
            notes.add_file("lists", lists.path(), &problem);
        }
        if let Some(rows) = pointwise.rows() {
            let candidates = rows.candidates(&run.rows)?;
            sort_by_score(&mut by_score, candidates.scores);
            let at_list = list.as_ref().zip(lists.rows());
            let at_pairs = pair_run.as_ref().zip(pairs.rows());
            let group = Group {
                split: tables.split,
                path: pointwise.path(),
                qid: run.qid,
                query_id: candidates.query_ids.get(0),
                first_row: i64::try_from(run.first_row).unwrap_or(i64::MAX),
                candidates,
                by_score: &by_score,
                list: at_list
                    .map(|(run, rows)| rows.list(run.rows.start))
                    .transpose()?,
                pairs: at_pairs
                    .map(|(run, rows)| rows.pairs(&run.rows))
                    .transpose()?,
            };
            look(&mut laws, &group, &mut notes);
        }
        pointwise.pass(&run);
        for (cursor, run) in [(&mut lists, list), (&mut pairs, pair_run)] {
            if let Some(run) = run {
                cursor.pass(&run);
            }
        }
    }
    for (cursor, code) in [(&mut lists, "lists"), (&mut pairs, "pairs")] {
        while let Some(run) = cursor.peek(&mut notes)? {
            pass_orphan(cursor, code, &run, &mut notes);
        }
    }
    for (entry, law) in &mut laws {
        if let Some(problem) = law.end() {
            let row = json!({"split": tables.split, "problem": problem});
            notes.add(entry.code, format!("{}: {problem}", tables.split), row);
        }
        if let Some(figure) = law.figure() {
            notes.measured(entry.code, format!("{}: {figure}", tables.split));
        }
    }
    Ok(notes)
}

fn look(laws: &mut [(&LawEntry, Box<dyn Law>)], group: &Group<'_>, notes: &mut Notes) {
    for (entry, law) in laws {
        let Err(offence) = law.look(group) else {
            continue;
        };
        let item_id = offence
            .candidate
            .map(|index| group.candidates.item_ids.get(index));
        let problem = format!(
            "{}: query {} (qid {}): {}",
            group.path, group.query_id, group.qid, offence.problem
        );
        let row = json!({
            "split": group.split,
            "qid": group.qid,
            "query_id": group.query_id,
            "item_id": item_id,
            "problem": offence.problem,
        });
        notes.add(entry.code, problem, row);
    }
}

/// The run of `qid`; runs of lower numbers have no group to belong to.
fn abreast(
    cursor: &mut Cursor<'_>,
    code: &'static str,
    qid: i32,
    notes: &mut Notes,
) -> Result<Option<Run>> {
    while let Some(run) = cursor.peek(notes)? {
        if run.qid == qid {
            return Ok(Some(run));
        }
        if run.qid > qid {
            return Ok(None);
        }
        pass_orphan(cursor, code, &run, notes);
    }
    Ok(None)
}

fn pass_orphan(cursor: &mut Cursor<'_>, code: &'static str, run: &Run, notes: &mut Notes) {
    let problem = format!(
        "qid {} has no group in pointwise, or not at this place",
        run.qid
    );
    notes.add_file(code, cursor.path(), &problem);
    cursor.pass(run);
}

fn sort_by_score(by_score: &mut Vec<usize>, scores: &[f32]) {
    by_score.clear();
    by_score.extend(0..scores.len());
    by_score.sort_unstable_by(|left, right| scores[*right].total_cmp(&scores[*left]));
}
