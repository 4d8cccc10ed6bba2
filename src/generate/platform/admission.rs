//! How workers get in: everybody trains, and every second worker sits an exam.
//!
//! It does not turn anybody away: who fails never appears in a log.

use super::page::known_facts;
use super::{EXAM_POOL, Platform, TRAINING_POOL, pause_between_pages};
use crate::error::Result;
use crate::generate::answers::{Answer, answer_known};
use crate::generate::columns::TaskFacts;
use crate::generate::ids::Id;
use crate::generate::random::Stream;

/// Training tasks that must be right at first for the pools' filter: a third of them.
const TRAINING_CORRECT_MIN: usize = 2;

impl Platform<'_> {
    /// Everybody's first pages, unpaid and accepted at once.
    pub(super) fn admit_everybody(&mut self) -> Result<()> {
        for worker_idx in 0..self.crowd.workers.len() {
            let mut stream = self.page_stream();
            let tasks = self.training_page(worker_idx, &mut stream);
            self.complete_unpaid(0, TRAINING_POOL, worker_idx, &tasks, &mut stream)?;
            if worker_idx % 2 == 1 {
                let mut stream = self.page_stream();
                let tasks = self.exam_page(worker_idx, &mut stream);
                self.complete_unpaid(1, EXAM_POOL, worker_idx, &tasks, &mut stream)?;
            }
        }
        Ok(())
    }

    /// The page goes on only with the right answer; the first answers tell how well it went.
    fn training_page(&self, worker_idx: usize, stream: &mut Stream) -> Vec<TaskFacts> {
        let worker = &self.crowd.workers[worker_idx];
        let mut n_missing = TRAINING_CORRECT_MIN;
        let mut tasks = Vec::with_capacity(self.training.len());
        for ((number, task), n_left) in (1..)
            .zip(&self.training)
            .zip((0..self.training.len()).rev())
        {
            let golden_answer = Answer::of_known(task, true);
            let drawn = answer_known(worker, task, stream);
            // Whoever fails may repeat the training; the log holds the attempt that passed.
            let first_answer = if n_missing > n_left {
                golden_answer
            } else {
                drawn
            };
            n_missing = n_missing.saturating_sub(usize::from(first_answer == golden_answer));
            tasks.push(TaskFacts {
                answer: Some(golden_answer),
                first_answer: Some(first_answer),
                ..known_facts(Id::training_task(number), "TRAINING", task)
            });
        }
        tasks
    }

    fn exam_page(&self, worker_idx: usize, stream: &mut Stream) -> Vec<TaskFacts> {
        let worker = &self.crowd.workers[worker_idx];
        let exam = self.exam.iter().zip(1..);
        exam.map(|(task, number)| TaskFacts {
            answer: Some(answer_known(worker, task, stream)),
            ..known_facts(Id::exam_task(number), "GOLDEN", task)
        })
        .collect()
    }

    fn complete_unpaid(
        &mut self,
        suite_number: u64,
        pool: &'static str,
        worker_idx: usize,
        tasks: &[TaskFacts],
        stream: &mut Stream,
    ) -> Result<()> {
        let created_at = self.crowd.workers[worker_idx].free_at;
        let submitted_at = created_at + self.time_on_page(worker_idx, tasks.len(), stream);
        let mut page = self.open_page(suite_number, pool, worker_idx, created_at);
        page.reward_usd = 0.0;
        page.status = "ACCEPTED";
        page.submitted_at = Some(submitted_at);
        page.accepted_at = Some(submitted_at);
        self.crowd.workers[worker_idx].free_at = submitted_at + pause_between_pages(stream);
        self.responses.push(|rows| rows.push_page(&page, tasks))
    }
}
