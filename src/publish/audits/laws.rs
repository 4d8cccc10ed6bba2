//! The laws that every query of a published split obeys; each is judged group by group.
//!
//! They see stored rows only, and know no model that made them.

mod as_of;
mod groups;
mod hash_order;
mod labels;
mod lists;
mod order_neutral;
mod pairs;
mod ranks;
mod splits;
mod weights;

use super::Rules;
use super::group::Group;
use crate::manifest::Severity;

/// What is wrong in a group.
#[derive(Debug)]
pub(super) struct Offence {
    /// The candidate's place in the group, where it is about one.
    pub(super) candidate: Option<usize>,
    pub(super) problem: String,
}

impl Offence {
    fn of_group(problem: String) -> Self {
        Self {
            candidate: None,
            problem,
        }
    }

    fn of_candidate(index: usize, problem: String) -> Self {
        Self {
            candidate: Some(index),
            problem,
        }
    }
}

/// A law over one split.
pub(super) trait Law {
    /// Judges the next group, in the order of the file.
    fn look(&mut self, group: &Group<'_>) -> Result<(), Offence>;

    /// What is wrong with all groups together.
    fn end(&mut self) -> Option<String> {
        None
    }

    /// What was measured.
    fn figure(&self) -> Option<String> {
        None
    }
}

/// A law's name, and how it starts.
pub(super) struct LawEntry {
    pub(super) code: &'static str,
    pub(super) severity: fn(&Rules) -> Severity,
    pub(super) open: fn(&Rules) -> Box<dyn Law>,
}

const fn fatal(code: &'static str, open: fn(&Rules) -> Box<dyn Law>) -> LawEntry {
    LawEntry {
        code,
        severity: |_| Severity::Fail,
        open,
    }
}

/// Every law, in the order in which offences are named.
pub(super) const LAWS: &[LawEntry] = &[
    fatal("groups", |_| Box::new(groups::Groups::default())),
    fatal("group_sizes", |_| Box::new(groups::GroupSizes)),
    fatal("hash_order", |_| Box::new(hash_order::HashOrder::default())),
    fatal("labels_in_range", |_| Box::new(labels::LabelsInRange)),
    fatal("ranks", |_| Box::new(ranks::Ranks)),
    fatal("labels_monotone", |_| Box::new(labels::LabelsMonotone)),
    LawEntry {
        code: "labels_vary",
        severity: |rules| rules.asked.equal_labels,
        open: |_| Box::new(labels::LabelsVary),
    },
    fatal("order_neutral", |rules| {
        Box::new(order_neutral::OrderNeutral::new(
            rules.asked.order_tolerance,
        ))
    }),
    fatal("weights", |_| Box::new(weights::Weights)),
    fatal("splits", |rules| {
        Box::new(splits::Splits::new(&rules.asked.splits))
    }),
    fatal("pairs", |_| Box::new(pairs::PairRows::default())),
    fatal("lists", |_| Box::new(lists::Lists)),
    fatal("as_of", |rules| Box::new(as_of::AsOfDay::new(rules))),
];
