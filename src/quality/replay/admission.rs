//! Whether a worker was admitted to a pool: by the filter on skills, and by the result of a training.
//!
//! A page of a worker who was not is seen like any other; the caller is told.

use super::Worker;
use crate::quality::tally::millionths;
use crate::quality::{Event, EventKind};

impl<'a> Worker<'a> {
    /// Notes a page of a worker whom the pool does not admit; it is seen like any other.
    pub(super) fn admit(&mut self, page: &Event<'a>) {
        let place_idx = self.memory.place_idx(page);
        let gate = self.memory.places[place_idx].gate;
        let taken_at_us = page.created_at_us;
        let skills = &self.diary.skills;
        let skill_then = |skill_id: &str| skills.value_at(skill_id, taken_at_us);
        let has_skills = gate.filter.is_none_or(|filter| filter.admits(&skill_then));
        let is_trained = gate.training.is_none_or(|required| {
            let result = skill_then(&training_result(&required.training_pool_id));
            result.is_some_and(|result| result >= required.passing_pct)
        });
        if !(has_skills && is_trained) {
            self.diary.replay.unadmitted_pages.push(page.assignment_id);
        }
    }

    /// A page with training tasks is one event more, after its answers.
    pub(super) fn see_training_page(
        &mut self,
        page: &Event<'a>,
        counted: &[Event<'a>],
        later: &[Event<'a>],
    ) {
        let credits: Vec<i64> = counted.iter().filter_map(training_credit).collect();
        if credits.is_empty() {
            return;
        }
        let is_next_available = later.iter().any(|event| {
            event.pool_id == page.pool_id
                && event.assignment_id != page.assignment_id
                && training_credit(event).is_some()
        });
        let kind = EventKind::TrainingPage {
            n_answers: credits.len() as u32,
            credit: credits.iter().sum(),
            is_next_available,
        };
        self.see(&Event { kind, ..*page }, true);
        self.note_training_result(page, &credits);
    }

    /// The share of right first attempts in a training pool, for pools that require it.
    fn note_training_result(&mut self, page: &Event<'a>, credits: &[i64]) {
        let is_required = self.memory.places.iter().any(|place| {
            let required = place.gate.training;
            required.is_some_and(|required| required.training_pool_id == page.pool_id)
        });
        if !is_required {
            return;
        }
        let totals = [
            (format!("{}\0n", page.pool_id), credits.len() as f64),
            (
                format!("{}\0credit", page.pool_id),
                credits.iter().sum::<i64>() as f64,
            ),
        ];
        let [n_answers, credit] = totals.map(|(name, more)| {
            let total = self.diary.skills.latest(&name).unwrap_or_default() + more;
            self.diary.skills.set(&name, page.at_us, total);
            total
        });
        let result_pct = credit / 1e4 / n_answers;
        let name = training_result(page.pool_id);
        self.diary.skills.set(&name, page.at_us, result_pct);
    }
}

fn training_credit(event: &Event<'_>) -> Option<i64> {
    match event.kind {
        EventKind::Training { credit } => Some(millionths(credit)),
        _ => None,
    }
}

/// The name under which the result of a training pool is kept: no skill of the platform has such an identifier.
fn training_result(pool_id: &str) -> String {
    format!("{pool_id}\0result")
}
