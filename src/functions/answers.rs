//! Functions that judge one answer: by known solutions, and by what may be answered at all.
//!
//! They look at one row.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, BooleanArray, Float64Builder};
use datafusion::arrow::datatypes::Float64Type;
use datafusion::common::{DataFusionError, Result, exec_datafusion_err};

use crate::error::Error;

/// What separates labels in a list of them that is one text: no label has it.
pub(crate) const LABEL_SEPARATOR: char = '\n';

/// `is_known_answer(answer, kind, labels)`: whether such a project takes such an answer. Side by side: left, right and
/// tie. Else: one of the labels, which lines separate; any where there are none. Null where there is no answer.
pub(super) fn is_known_answer(columns: &[ArrayRef], n_rows: usize) -> Result<ArrayRef> {
    let [answers, kinds, labels] = [0, 1, 2].map(|idx| columns[idx].as_string::<i32>());
    if n_rows == 0 {
        return Ok(Arc::new(BooleanArray::from(Vec::<Option<bool>>::new())));
    }
    if kinds.is_null(0) || labels.is_null(0) {
        return Err(exec_datafusion_err!(
            "is_known_answer takes a kind and labels"
        ));
    }
    let known: Vec<&str> = match kinds.value(0) {
        "side_by_side" => vec!["left", "right", "tie"],
        _ if labels.value(0).is_empty() => Vec::new(),
        _ => labels.value(0).split(LABEL_SEPARATOR).collect(),
    };
    let is_known = |answer: &str| known.is_empty() || known.contains(&answer);
    let column: BooleanArray = answers.iter().map(|answer| answer.map(is_known)).collect();
    Ok(Arc::new(column))
}

/// The credit of a control answer, 0..1: the largest weight among the matching solutions, 1 for a match with
/// the single solution, 0 for no match and for no answer. Null where there is no solution to compare with.
pub(super) fn solution_credit(columns: &[ArrayRef], n_rows: usize) -> Result<ArrayRef> {
    let answers = columns[0].as_string::<i32>();
    let single = columns[1].as_string::<i32>();
    let several = columns[2].as_list::<i32>();
    let kinds = columns[3].as_string::<i32>();
    let is_side = n_rows > 0 && kinds.is_valid(0) && kinds.value(0) == "side_by_side";
    let solutions = several.values().as_struct();
    let texts = solutions.column(0).as_string::<i32>();
    let weights = solutions.column(1).as_primitive::<Float64Type>();
    let mut credits = Float64Builder::with_capacity(n_rows);
    for row_idx in 0..n_rows {
        let answer = answers.is_valid(row_idx).then(|| answers.value(row_idx));
        let mut credit = single
            .is_valid(row_idx)
            .then(|| f64::from(u8::from(answer == Some(single.value(row_idx)))));
        if several.is_valid(row_idx) {
            let offsets = several.value_offsets();
            for solution_idx in offsets[row_idx] as usize..offsets[row_idx + 1] as usize {
                let weight = if weights.is_valid(solution_idx) {
                    weights.value(solution_idx)
                } else {
                    1.0
                };
                if !(0.0..=1.0).contains(&weight) {
                    return Err(DataFusionError::External(Box::new(Error::Corrupt {
                        location: "inputs.responses".to_owned(),
                        problem: format!(
                            "column golden_answers: expected weights within 0..1, found {weight}"
                        ),
                    })));
                }
                // Answers come in one spelling; solutions in a list do not.
                let is_same = |answer: &str| {
                    let solution = texts.value(solution_idx).trim();
                    answer == solution || (is_side && answer == solution.to_lowercase())
                };
                let is_match = texts.is_valid(solution_idx) && answer.is_some_and(is_same);
                let earned = if is_match { weight } else { 0.0 };
                credit = Some(credit.map_or(earned, |best: f64| best.max(earned)));
            }
        }
        credits.append_option(credit);
    }
    Ok(Arc::new(credits.finish()))
}
