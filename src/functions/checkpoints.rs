//! Selective majority vote: which tasks of a worker are checkpoints, which many workers are to answer.
//!
//! It reads the platform's intervals; how many answers a checkpoint gets, and who counts the tasks, the caller says.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, BooleanBuilder};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Int64Type};
use datafusion::common::{Result, exec_datafusion_err, exec_err};
use serde::Deserialize;

/// `is_checkpoint(n, intervals)`: whether the n-th task that a worker does in a pool (or project), from 1, is a
/// checkpoint: n lies in `from..=to` of an interval and n − from is a multiple of its `frequency`. `intervals` is the
/// platform's JSON, `[{"from": 1, "to": 5, "frequency": 3}, …]`; without `to` an interval has no end. Null where
/// either argument is.
pub(super) fn is_checkpoint(columns: &[ArrayRef], n_rows: usize) -> Result<ArrayRef> {
    // `row_number()` counts without a sign.
    let numbers = cast(&columns[0], &DataType::Int64)?;
    let numbers = numbers.as_primitive::<Int64Type>();
    let texts = columns[1].as_string::<i32>();
    let mut flags = BooleanBuilder::with_capacity(n_rows);
    // The intervals are nearly always one constant: they are read when the text changes.
    let mut known: Option<(&str, Vec<Interval>)> = None;
    for row_idx in 0..n_rows {
        if numbers.is_null(row_idx) || texts.is_null(row_idx) {
            flags.append_null();
            continue;
        }
        let text = texts.value(row_idx);
        let intervals = match known.take() {
            Some((read, intervals)) if read == text => intervals,
            _ => read_intervals(text)?,
        };
        let number = numbers.value(row_idx);
        flags.append_value(intervals.iter().any(|interval| interval.chooses(number)));
        known = Some((text, intervals));
    }
    Ok(Arc::new(flags.finish()))
}

/// Every `frequency`-th task of `from..=to`, the first included.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Interval {
    from: i64,
    to: Option<i64>,
    frequency: i64,
}

impl Interval {
    fn chooses(&self, number: i64) -> bool {
        number >= self.from
            && self.to.is_none_or(|to| number <= to)
            && (number - self.from) % self.frequency == 0
    }
}

fn read_intervals(text: &str) -> Result<Vec<Interval>> {
    let intervals: Vec<Interval> = serde_json::from_str(text)
        .map_err(|error| exec_datafusion_err!("intervals are not of the expected JSON: {error}"))?;
    for Interval {
        from,
        to,
        frequency,
    } in &intervals
    {
        if *from < 1 || *frequency < 1 {
            return exec_err!(
                "from and frequency of an interval count from 1, found {from} and {frequency}"
            );
        }
        if let Some(to) = to.filter(|to| to < from) {
            return exec_err!("an interval from {from} to {to} has no task");
        }
    }
    Ok(intervals)
}

#[cfg(test)]
mod tests {
    use datafusion::arrow::array::{BooleanArray, Int64Array, StringArray};

    use super::*;

    fn flags(numbers: &[Option<i64>], texts: &[Option<&str>]) -> Result<Vec<Option<bool>>> {
        let columns: [ArrayRef; 2] = [
            Arc::new(Int64Array::from(numbers.to_vec())),
            Arc::new(StringArray::from(texts.to_vec())),
        ];
        let flags = is_checkpoint(&columns, numbers.len())?;
        let flags: &BooleanArray = flags.as_boolean();
        Ok(flags.iter().collect())
    }

    #[test]
    fn each_row_has_intervals_of_its_own_and_null_gives_null() {
        let [every, third] = [
            r#"[{"from": 1, "frequency": 1}]"#,
            r#"[{"from": 2, "to": 8, "frequency": 3}]"#,
        ];
        let numbers = [Some(1), Some(1), Some(5), Some(8), Some(11), None, Some(1)];
        let texts = [every, third, third, third, third, every].map(Some);
        let texts = [&texts[..], &[None]].concat();
        let expected = [true, false, true, true, false].map(Some);
        assert_eq!(
            flags(&numbers, &texts).unwrap(),
            [&expected[..], &[None, None]].concat()
        );
    }

    #[test]
    fn no_interval_and_numbers_below_the_first_choose_nothing() {
        let numbers = [Some(1), Some(0), Some(-2)];
        let texts = [
            "[]",
            r#"[{"from": 1, "frequency": 1}]"#,
            r#"[{"from": 1, "frequency": 3}]"#,
        ];
        let found = flags(&numbers, &texts.map(Some)).unwrap();
        assert_eq!(found, [Some(false); 3]);
    }

    #[test]
    fn intervals_that_make_no_sense_are_refused() {
        let refused = [
            ("{}", "expected JSON"),
            (r#"[{"from": 1}]"#, "frequency"),
            (r#"[{"from": 1, "frequency": 0}]"#, "count from 1"),
            (r#"[{"from": 0, "frequency": 2}]"#, "count from 1"),
            (r#"[{"from": 5, "to": 4, "frequency": 1}]"#, "no task"),
            (
                r#"[{"from": 1, "frequency": 1, "every": 2}]"#,
                "unknown field",
            ),
        ];
        for (text, reason) in refused {
            let error = flags(&[Some(1)], &[Some(text)]).unwrap_err().to_string();
            assert!(error.contains(reason), "{text}: {error}");
        }
    }
}
