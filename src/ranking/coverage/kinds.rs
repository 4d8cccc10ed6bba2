//! Kinds of groups to simulate: who meets whom, what is true, who answers.
//!
//! They know no estimator.

use super::about_mean;
use crate::ranking::logistic::sigmoid;
use crate::ranking::mixing::mixed_share;
use crate::ranking::{Comparison, Outcome};

/// One kind of group.
#[derive(Debug, Clone, Copy)]
pub(in crate::ranking) struct Kind {
    pub(in crate::ranking) graph: Graph,
    pub(in crate::ranking) n_items: usize,
    pub(in crate::ranking) n_answers: usize,
    /// Times that a worker gives the same answer.
    pub(in crate::ranking) n_repeats: usize,
    pub(in crate::ranking) truths: Truths,
}

const fn kind(graph: Graph, n_items: usize, n_answers: usize, truths: Truths) -> Kind {
    Kind {
        graph,
        n_items,
        n_answers,
        n_repeats: 1,
        truths,
    }
}

/// Every kind, in the order of the result.
pub(in crate::ranking) const KINDS: &[Kind] = &[
    kind(Graph::Random, 30, 1_200, Truths::NormalMean0),
    kind(Graph::LinkedContexts, 30, 1_200, Truths::NormalMean0),
    kind(Graph::Ring, 24, 960, Truths::NormalMean0),
    kind(Graph::Context, 6, 15, Truths::NormalMean0),
    kind(Graph::Context, 6, 30, Truths::NormalMean0),
    kind(Graph::Context, 6, 60, Truths::NormalMean0),
    Kind {
        n_repeats: 2,
        ..kind(Graph::Random, 30, 1_200, Truths::NormalMean0)
    },
    kind(Graph::Random, 30, 1_200, Truths::Normal),
    kind(Graph::LinkedContexts, 30, 1_200, Truths::Normal),
    kind(Graph::Ring, 24, 960, Truths::Normal),
    kind(Graph::Context, 6, 15, Truths::Normal),
    kind(Graph::Context, 6, 60, Truths::Normal),
    kind(Graph::Random, 30, 1_200, Truths::DefaultPrior),
    kind(Graph::Context, 6, 15, Truths::DefaultPrior),
    kind(Graph::Context, 6, 60, Truths::DefaultPrior),
];

/// Where true scores come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::ranking) enum Truths {
    NormalMean0,
    Normal,
    /// The default prior: σ(s) has the arcsine density.
    DefaultPrior,
}

impl Truths {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::NormalMean0 => "normal_mean_0",
            Self::Normal => "normal",
            Self::DefaultPrior => "prior_0.5",
        }
    }
}

#[derive(Debug, Clone, Copy)]
pub(in crate::ranking) enum Graph {
    Random,
    Context,
    LinkedContexts,
    Ring,
}

impl Graph {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Random => "random",
            Self::Context => "context",
            Self::LinkedContexts => "linked_contexts",
            Self::Ring => "ring",
        }
    }

    /// Two items that meet.
    fn pair(self, answer_idx: usize, n_items: usize, dice: &mut Dice) -> (usize, usize) {
        let left = dice.below(n_items);
        match self {
            Self::Random | Self::Context => (left, (left + 1 + dice.below(n_items - 1)) % n_items),
            Self::LinkedContexts if dice.share() < LINK_SHARE => {
                (left, (left + CONTEXT_ITEMS) % n_items)
            }
            Self::LinkedContexts => {
                let first = left - left % CONTEXT_ITEMS;
                let further = 1 + dice.below(CONTEXT_ITEMS - 1);
                (left, first + (left + further) % CONTEXT_ITEMS)
            }
            Self::Ring => (answer_idx % n_items, (answer_idx + 1) % n_items),
        }
    }
}

/// Items of one context among linked ones.
const CONTEXT_ITEMS: usize = 6;

/// Share of answers that link two contexts.
const LINK_SHARE: f64 = 0.03;

/// Different answers of one worker about one group.
const ANSWERS_PER_WORKER: usize = 3;

/// A drawn group.
pub(super) struct Drawn {
    pub(super) truths: Vec<f64>,
    pub(super) answers: Vec<Comparison>,
}

impl Kind {
    pub(super) fn draw(&self, dice: &mut Dice) -> Drawn {
        let mut truths: Vec<f64> = (0..self.n_items).map(|_| dice.truth(self.truths)).collect();
        if self.truths == Truths::NormalMean0 {
            truths = about_mean(&truths);
        }
        let mut answers = Vec::with_capacity(self.n_answers);
        for answer_idx in 0..self.n_answers / self.n_repeats {
            let (left, right) = self.graph.pair(answer_idx, self.n_items, dice);
            let is_left = dice.share() < sigmoid(truths[left] - truths[right]);
            let answer = Comparison {
                left: left as u32,
                right: right as u32,
                worker: (answer_idx / ANSWERS_PER_WORKER) as u32,
                outcome: if is_left {
                    Outcome::Left
                } else {
                    Outcome::Right
                },
                weight: 1.0,
            };
            answers.extend((0..self.n_repeats).map(|_| answer));
        }
        Drawn { truths, answers }
    }
}

/// A stream of shares in 0..1, the same for the same start.
pub(super) struct Dice(u64);

impl Dice {
    pub(super) fn of(seed: u64) -> Self {
        Self(seed)
    }

    fn share(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(1);
        mixed_share(self.0)
    }

    fn below(&mut self, limit: usize) -> usize {
        (self.share() * limit as f64) as usize
    }

    fn truth(&mut self, truths: Truths) -> f64 {
        match truths {
            Truths::NormalMean0 | Truths::Normal => {
                // Box and Muller (1958); 1 − share is never 0.
                let radius = (-2.0 * (1.0 - self.share()).ln()).sqrt();
                radius * (std::f64::consts::TAU * self.share()).cos()
            }
            // σ(s) = sin²(π u / 2) with u uniform; the middle of each of 2⁵³ steps is never 0 or 1.
            Truths::DefaultPrior => {
                let half_step = 0.5 / (1_u64 << 53) as f64;
                let angle = std::f64::consts::FRAC_PI_2 * (self.share() + half_step);
                2.0 * angle.tan().ln()
            }
        }
    }
}
