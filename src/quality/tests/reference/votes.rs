//! The reference: which tasks are complete, and with whose answers.

use std::collections::{BTreeMap, BTreeSet};

use super::{Decision, Page, Reference, TaskKind, What, on_page};
use crate::quality::Verdict;

impl<'a> Reference<'a> {
    pub(super) fn see_majorities(&mut self, now_us: i64, is_end: bool) {
        let mut overlaps: BTreeMap<&'static str, Option<u32>> = BTreeMap::new();
        for task in self.log.pages.iter().flat_map(|page| &page.tasks) {
            if let TaskKind::Real { overlap, .. } = task.kind {
                overlaps.insert(task.id, overlap);
            }
        }
        let mut events = Vec::new();
        for (task, overlap) in overlaps {
            if self.judged_tasks.contains(task) {
                continue;
            }
            let collected = if is_end {
                let min_overlap = self.options.majority_min_overlap as usize;
                let votes = self.votes(task, now_us);
                let standing: Vec<_> = votes
                    .into_iter()
                    .filter(|(page, ..)| !self.is_rejected(page, now_us))
                    .collect();
                (standing.len() >= min_overlap).then_some(standing)
            } else {
                overlap
                    .filter(|n| *n > 0)
                    .and_then(|overlap| self.complete(task, overlap as usize, now_us))
            };
            let Some(collected) = collected else {
                continue;
            };
            self.judged_tasks.insert(task);
            let count = |answer: &str| {
                collected
                    .iter()
                    .filter(|(.., other)| *other == answer)
                    .count()
            };
            let n_top = collected
                .iter()
                .map(|(.., answer)| count(answer))
                .max()
                .unwrap_or_default();
            for (page, task_idx, answer) in &collected {
                let n_agreeing = count(answer);
                events.push((*page, *task_idx, What::Majority { n_agreeing, n_top }));
            }
        }
        events.sort_by_key(|(page, task_idx, _)| (page.ended_us, page.id, *task_idx));
        for (page, _, what) in events {
            self.see(on_page(page, now_us, what), true);
        }
    }

    /// The first answer of each worker so far: page, position, answer.
    pub(super) fn votes(&self, task: &str, now_us: i64) -> Vec<(&'a Page, usize, &'static str)> {
        let mut votes = Vec::new();
        for page in &self.log.pages {
            if !page.is_handed_in() || page.ended_us > now_us || self.is_out(page) {
                continue;
            }
            for (task_idx, asked) in page.tasks.iter().enumerate() {
                if let TaskKind::Real {
                    answer: Some(answer),
                    ..
                } = asked.kind
                    && asked.id == task
                {
                    votes.push((page, task_idx, answer));
                }
            }
        }
        votes.sort_by_key(|(page, task_idx, _)| (page.ended_us, page.id, *task_idx));
        let mut workers = BTreeSet::new();
        votes.retain(|(page, ..)| workers.insert(page.worker));
        votes
    }

    pub(super) fn is_rejected(&self, page: &Page, before_us: i64) -> bool {
        let is_earlier =
            |decision: &&Decision| decision.page == page.id && decision.at_us < before_us;
        let last = self.decisions.iter().rfind(is_earlier);
        last.is_some_and(|decision| decision.verdict == Verdict::Reject)
    }

    /// The votes that make the task complete at this instant: pages handed in now, then acceptances of now.
    pub(super) fn complete(
        &self,
        task: &str,
        overlap: usize,
        now_us: i64,
    ) -> Option<Vec<(&'a Page, usize, &'static str)>> {
        let votes = self.votes(task, now_us);
        let is_accepted_now = |page: &Page| {
            self.log.reviews.iter().any(|review| {
                review.page == page.id
                    && review.at_us == now_us
                    && review.verdict == Verdict::Accept
            })
        };
        let stands = |page: &Page| page.ended_us < now_us && !self.is_rejected(page, now_us);
        let mut collected: Vec<usize> = (0..votes.len())
            .filter(|idx| stands(votes[*idx].0))
            .collect();
        let handed_in = (0..votes.len()).filter(|idx| votes[*idx].0.ended_us == now_us);
        let accepted = (0..votes.len()).filter(|idx| {
            let page = votes[*idx].0;
            page.ended_us < now_us && !stands(page) && is_accepted_now(page)
        });
        for idx in handed_in.chain(accepted) {
            collected.push(idx);
            if collected.len() == overlap {
                return Some(collected.into_iter().map(|idx| votes[idx]).collect());
            }
        }
        None
    }
}
