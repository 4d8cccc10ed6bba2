//! A pair points to two rows of its query in this split, the higher score chosen, and repeats their difference.
//!
//! Which pairs were compared is not in the files; that none stands there twice, or the other way round, is.

use std::collections::HashSet;

use super::{Law, Offence};
use crate::publish::audits::group::{Group, Pairs};

/// The margin was taken in double precision, from scores that are in single here.
const SINGLE_PRECISION: f64 = 3e-7;
/// Below what ranks tell apart.
const ROUNDING: f64 = 2e-9;

/// Pairs agree with their query's rows.
#[derive(Debug, Default)]
pub(super) struct PairRows {
    seen: HashSet<(i64, i64)>,
}

impl Law for PairRows {
    fn look(&mut self, group: &Group<'_>) -> Result<(), Offence> {
        let Some(pairs) = &group.pairs else {
            let problem = "it has no pair here, and every published query has one";
            return Err(Offence::of_group(problem.to_owned()));
        };
        self.seen.clear();
        for index in 0..pairs.probs.len() {
            let rows = (pairs.chosen_rows[index], pairs.rejected_rows[index]);
            check_pair(group, pairs, index).map_err(|problem| {
                let problem = format!("pair of rows {} and {}: {problem}", rows.0, rows.1);
                Offence::of_group(problem)
            })?;
            if !self.seen.insert((rows.0.min(rows.1), rows.0.max(rows.1))) {
                let problem = format!("rows {} and {} are paired twice", rows.0, rows.1);
                return Err(Offence::of_group(problem));
            }
        }
        Ok(())
    }
}

fn check_pair(group: &Group<'_>, pairs: &Pairs<'_>, index: usize) -> Result<(), String> {
    if pairs.query_ids.get(index) != group.query_id {
        return Err(format!("it names query {}", pairs.query_ids.get(index)));
    }
    let chosen = place(
        group,
        pairs.chosen_rows[index],
        pairs.chosen_item_ids.get(index),
    )?;
    let rejected = place(
        group,
        pairs.rejected_rows[index],
        pairs.rejected_item_ids.get(index),
    )?;
    let candidates = &group.candidates;
    if candidates.ranks[chosen] >= candidates.ranks[rejected] {
        return Err(format!(
            "the chosen item has rank {}, the rejected one {}",
            candidates.ranks[chosen], candidates.ranks[rejected]
        ));
    }
    let (high, low) = (candidates.scores[chosen], candidates.scores[rejected]);
    let (difference, margin) = (
        f64::from(high) - f64::from(low),
        f64::from(pairs.margins[index]),
    );
    let allowed = ROUNDING + SINGLE_PRECISION * f64::from(high.abs() + low.abs());
    if (difference - margin).abs() > allowed {
        return Err(format!(
            "margin is {margin}, the scores differ by {difference}"
        ));
    }
    let prob = f64::from(pairs.probs[index]);
    let expected = 1.0 / (1.0 + (-margin).exp());
    if (prob - expected).abs() > SINGLE_PRECISION || prob < 0.5 {
        return Err(format!("prob is {prob}, its margin gives {expected}"));
    }
    let (n_votes, n_ties) = (pairs.n_votes[index], pairs.n_ties[index]);
    if n_votes < 1 || !(0..=n_votes).contains(&n_ties) || pairs.weights[index] < 0.0 {
        let weight = pairs.weights[index];
        return Err(format!("{n_votes} votes, {n_ties} ties, weight {weight}"));
    }
    Ok(())
}

/// The place in the group of a row that must hold `item_id`.
fn place(group: &Group<'_>, row: i64, item_id: &str) -> Result<usize, String> {
    let place = usize::try_from(row - group.first_row).ok();
    let place = place.filter(|place| *place < group.candidates.len());
    let place = place.ok_or_else(|| format!("row {row} is not one of the query's rows"))?;
    let found = group.candidates.item_ids.get(place);
    if found != item_id {
        return Err(format!("row {row} holds item {found}, not {item_id}"));
    }
    Ok(place)
}
