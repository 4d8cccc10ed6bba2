//! The training sets that a run should publish, from the kept votes: the slow twin of stages 4 to 6.
//!
//! Written from the specification alone; it reads no published file.

use std::collections::{BTreeMap, BTreeSet};

use sha2::{Digest, Sha256};

use super::fit::{Game, chance, fit, ranks_and_labels, rounded};
use super::judge::{Answer, Judged};

/// One item of a published group.
#[derive(Clone, Debug)]
pub(super) struct Item {
    pub(super) id: String,
    pub(super) score: f64,
    pub(super) score_se: f64,
    pub(super) rank: i64,
    pub(super) label: i64,
    pub(super) n_comparisons: i64,
    pub(super) n_workers: i64,
}

/// One decided pair.
#[derive(Clone, Debug, Default)]
pub(super) struct Pair {
    pub(super) margin: f64,
    pub(super) weight: f64,
    pub(super) n_votes: i64,
    pub(super) n_ties: i64,
}

/// One query with what was learned about its items.
#[derive(Clone, Debug)]
pub(super) struct Group {
    pub(super) query: String,
    /// In published order.
    pub(super) items: Vec<Item>,
    /// By chosen and rejected item.
    pub(super) pairs: BTreeMap<(String, String), Pair>,
    pub(super) n_votes: usize,
}

/// What a run should publish.
pub(super) struct Expected {
    /// Groups of each split in published order.
    pub(super) splits: BTreeMap<&'static str, Vec<Group>>,
    /// Drop reason, page and task of every row that is not behind a published group; sorted.
    pub(super) rejects: Vec<(String, String, String)>,
}

impl Item {
    pub(super) fn weight(&self) -> f64 {
        1.0 / (1.0 + self.score_se * self.score_se)
    }
}

impl Group {
    pub(super) fn weight(&self) -> f64 {
        let sum: f64 = self.items.iter().map(Item::weight).sum();
        sum / self.items.len() as f64
    }
}

/// Everything after the decisions.
pub(super) fn expect(judged: &Judged) -> Expected {
    let kept: Vec<&Answer> = judged.kept().collect();
    let sum: f64 = kept.iter().map(|answer| judged.weight(answer)).sum();
    let mean = sum / kept.len() as f64;
    let mut votes: BTreeMap<&str, Vec<(&Answer, f64)>> = BTreeMap::new();
    for answer in kept {
        let vote = (answer, judged.weight(answer) / mean);
        votes.entry(&answer.query).or_default().push(vote);
    }
    let mut rejects: Vec<(String, String, String)> = judged
        .answers
        .iter()
        .filter_map(|(answer, reason)| Some(reject((*reason)?, answer)))
        .collect();
    let mut splits: BTreeMap<&'static str, Vec<Group>> = BTreeMap::new();
    for (query, votes) in &votes {
        let group = group(query, votes);
        if group.pairs.is_empty() {
            let lost = votes
                .iter()
                .map(|(answer, _)| reject("no_effective_pairs", answer));
            rejects.extend(lost);
        } else {
            splits.entry(split(query)).or_default().push(group);
        }
    }
    for groups in splits.values_mut() {
        groups.sort_by_key(|group| sha256(&[&group.query]));
    }
    rejects.sort();
    Expected { splits, rejects }
}

fn reject(reason: &str, answer: &Answer) -> (String, String, String) {
    (
        reason.to_owned(),
        answer.assignment.clone(),
        answer.task.clone(),
    )
}

fn group(query: &str, votes: &[(&Answer, f64)]) -> Group {
    let mut ids: Vec<&str> = votes
        .iter()
        .flat_map(|(answer, _)| [answer.left.as_str(), answer.right.as_str()])
        .collect::<BTreeSet<&str>>()
        .into_iter()
        .collect();
    ids.sort_by_key(|id| sha256(&[query, "\0", id]));
    let index = |id: &str| {
        ids.iter()
            .position(|known| *known == id)
            .expect("an item of the group")
    };
    let games: Vec<Game> = votes
        .iter()
        .map(|(answer, weight)| Game {
            left: index(&answer.left),
            right: index(&answer.right),
            share: share(answer),
            weight: *weight,
        })
        .collect();
    let (scores, errors) = fit(ids.len(), &games);
    let ranks_and_labels = if ids.len() > 1 {
        ranks_and_labels(&scores)
    } else {
        vec![(1, 0)]
    };
    let items = ids.iter().enumerate().map(|(item, id)| {
        let of_item = || {
            let compared = votes.iter().filter(|(_, weight)| *weight > 0.0);
            compared.filter(|(answer, _)| answer.left == **id || answer.right == **id)
        };
        let workers: BTreeSet<&str> = of_item()
            .map(|(answer, _)| answer.worker.as_str())
            .collect();
        Item {
            id: (*id).to_owned(),
            score: scores[item],
            score_se: errors[item],
            rank: ranks_and_labels[item].0,
            label: ranks_and_labels[item].1,
            n_comparisons: of_item().count() as i64,
            n_workers: workers.len() as i64,
        }
    });
    Group {
        query: query.to_owned(),
        items: items.collect(),
        pairs: decided_pairs(votes, |id| scores[index(id)]),
        n_votes: votes.len(),
    }
}

/// The part of the win that goes to the left.
fn share(answer: &Answer) -> f64 {
    match answer.given.as_deref() {
        Some("left") => 1.0,
        Some("right") => 0.0,
        _ => 0.5,
    }
}

/// Every pair with a kept answer and different scores, the higher score first.
fn decided_pairs(
    votes: &[(&Answer, f64)],
    score: impl Fn(&str) -> f64,
) -> BTreeMap<(String, String), Pair> {
    let mut pairs: BTreeMap<(String, String), Pair> = BTreeMap::new();
    for (answer, weight) in votes {
        let margin = score(&answer.left) - score(&answer.right);
        let order = rounded(score(&answer.left)).cmp(&rounded(score(&answer.right)));
        let (left, right) = (answer.left.clone(), answer.right.clone());
        let key = match order {
            std::cmp::Ordering::Equal => continue,
            std::cmp::Ordering::Greater => (left, right),
            std::cmp::Ordering::Less => (right, left),
        };
        let pair = pairs.entry(key).or_default();
        pair.margin = margin.abs();
        pair.weight += weight;
        pair.n_votes += 1;
        pair.n_ties += i64::from(answer.given.as_deref() == Some("tie"));
    }
    pairs
}

impl Pair {
    pub(super) fn prob(&self) -> f64 {
        chance(self.margin)
    }
}

fn split(query: &str) -> &'static str {
    let digest = sha256(&["crowdrank", "\0", query]);
    let head: [u8; 8] = digest[..8].try_into().expect("8 of 32 bytes");
    match u64::from_be_bytes(head) % 10_000 {
        0..8_000 => "train",
        8_000..9_000 => "validation",
        _ => "test",
    }
}

fn sha256(parts: &[&str]) -> Vec<u8> {
    Sha256::digest(parts.concat().as_bytes()).to_vec()
}
