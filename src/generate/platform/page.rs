//! What stands on a page, and how it is answered.
//!
//! It does not know times, money or reviews.

use super::{Fate, Platform, Suite, TASKS_PER_PAGE};
use crate::generate::answers::{Answer, answer_known, answer_real, is_evidently_wrong};
use crate::generate::columns::TaskFacts;
use crate::generate::ids::Id;
use crate::generate::random::Stream;
use crate::generate::tasks::KnownTask;

/// What stands on a page, answered or not.
pub(super) struct PageTasks {
    pub(super) tasks: Vec<TaskFacts>,
    /// Answers that a reviewer would see to be wrong.
    pub(super) n_mistakes: usize,
}

impl Platform<'_> {
    /// The suite's real tasks in order, with golden tasks new to the worker in between.
    pub(super) fn tasks_on_page(
        &mut self,
        suite: &Suite,
        worker_idx: usize,
        fate: Fate,
        stream: &mut Stream,
    ) -> PageTasks {
        let n_golden = 1 + usize::from(suite.number.is_multiple_of(2));
        let overlap = i32::try_from(self.shop.overlap).ok();
        let is_answered = fate == Fate::Answered;
        let mut tasks = Vec::with_capacity(TASKS_PER_PAGE as usize);
        let mut n_mistakes = 0;
        let worker = &self.crowd.workers[worker_idx];
        for task in suite.tasks {
            let answer = is_answered.then(|| answer_real(worker, task, stream));
            let is_mistake = answer.is_some_and(|answer| is_evidently_wrong(answer, task));
            n_mistakes += usize::from(is_mistake);
            tasks.push(TaskFacts {
                task: Id::real_task(task.number),
                kind: "REAL",
                query: task.query,
                left: task.left,
                right: task.right,
                answer,
                first_answer: None,
                golden_answer: None,
                overlap,
            });
        }
        for _ in 0..n_golden {
            let number = self.crowd.next_golden(worker_idx);
            let task = &self.golden[number as usize];
            let worker = &self.crowd.workers[worker_idx];
            let facts = TaskFacts {
                answer: is_answered.then(|| answer_known(worker, task, stream)),
                ..known_facts(Id::golden_task(number), "GOLDEN", task)
            };
            n_mistakes += usize::from(is_answered && facts.answer != facts.golden_answer);
            let position = stream.below(tasks.len() as u64 + 1) as usize;
            tasks.insert(position, facts);
        }
        PageTasks { tasks, n_mistakes }
    }
}

/// A control or training task, not answered yet.
pub(super) fn known_facts(task: Id, kind: &'static str, known: &KnownTask) -> TaskFacts {
    TaskFacts {
        task,
        kind,
        query: known.query,
        left: known.left,
        right: known.right,
        answer: None,
        first_answer: None,
        golden_answer: Some(Answer::of_known(known, true)),
        overlap: None,
    }
}
