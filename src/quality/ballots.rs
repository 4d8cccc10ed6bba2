//! The votes on one real task: when it had all the answers it wanted, and how many agreed with each.
//!
//! Whether that many are a majority is the rule's to say.

/// One worker's answer to the task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ballot<'a> {
    /// Who.
    pub worker_id: &'a str,
    /// The page.
    pub assignment_id: &'a str,
    /// The position of the task on the page.
    pub task_index: i64,
    /// The answer; compared as it is.
    pub answer: &'a str,
    /// When the page was handed in; microseconds since 1970, UTC.
    pub submitted_at_us: i64,
    /// Answers wanted; none: the task never is complete.
    pub overlap: Option<u32>,
}

/// The votes on one task and what became of their pages.
#[derive(Debug)]
pub struct BallotBox<'a> {
    /// In any order; left sorted.
    pub ballots: Vec<Ballot<'a>>,
    /// Page, instant, and whether it was rejected then (else accepted). Of both at one instant the acceptance is the
    /// later; of a rule's verdict and a reviewer's at one instant only the reviewer's belongs here.
    pub verdicts: Vec<(&'a str, i64, bool)>,
    /// Votes that are enough at the end of the log; 0: only the overlap is.
    pub min_overlap: u32,
    /// The end of the log; microseconds since 1970, UTC.
    pub ends_at_us: i64,
}

/// How one vote compares with the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Judged<'a> {
    /// The vote.
    pub ballot: Ballot<'a>,
    /// When the task was complete; microseconds since 1970, UTC.
    pub at_us: i64,
    /// Votes for the same answer, this one included.
    pub n_agreeing: u32,
    /// Votes for the answer that has most.
    pub n_top: u32,
    /// All votes.
    pub n_votes: u32,
}

/// Judges the votes on one task; none where it never was complete.
///
/// Of each worker the first answer is collected, from the moment it is handed in, as long as its page is not rejected.
/// The task is complete when so many are collected as are wanted (the largest number given); later answers are not
/// judged.
#[must_use]
pub fn judge_ballots<'a>(mut ballot_box: BallotBox<'a>) -> Vec<Judged<'a>> {
    let ballots = &mut ballot_box.ballots;
    ballots.sort_by(|one, other| {
        let key = |ballot: &Ballot<'a>| {
            (
                ballot.submitted_at_us,
                ballot.assignment_id,
                ballot.task_index,
                ballot.worker_id,
                ballot.answer,
            )
        };
        key(one).cmp(&key(other))
    });
    let mut voters = std::collections::HashSet::new();
    ballots.retain(|ballot| voters.insert(ballot.worker_id));
    let overlap = ballots.iter().filter_map(|ballot| ballot.overlap).max();
    let Some((collected, at_us)) = complete(&ballot_box, overlap) else {
        return Vec::new();
    };
    let count = |answer: &str| collected.iter().filter(|b| b.answer == answer).count() as u32;
    let agreeing: Vec<u32> = collected.iter().map(|b| count(b.answer)).collect();
    let n_top = agreeing.iter().copied().max().unwrap_or_default();
    collected
        .iter()
        .zip(agreeing)
        .map(|(ballot, n_agreeing)| Judged {
            ballot: *ballot,
            at_us,
            n_agreeing,
            n_top,
            n_votes: collected.len() as u32,
        })
        .collect()
}

/// What happens to a vote.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum MomentRank {
    HandedIn,
    Accepted,
    Rejected,
}

/// When it happens to which vote.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Moment {
    at_us: i64,
    rank: MomentRank,
    ballot_idx: usize,
}

/// What happens to all votes, in order. At one instant pages are handed in first, and rejections come last.
///
/// A rule that a majority fires may reject pages at that very instant: that must not undo the majority.
fn moments_of(ballot_box: &BallotBox<'_>) -> Vec<Moment> {
    let mut moments = Vec::new();
    for (ballot_idx, ballot) in ballot_box.ballots.iter().enumerate() {
        let mut add = |at_us, rank| {
            moments.push(Moment {
                at_us,
                rank,
                ballot_idx,
            });
        };
        add(ballot.submitted_at_us, MomentRank::HandedIn);
        let verdicts = ballot_box
            .verdicts
            .iter()
            .filter(|(assignment_id, at_us, _)| {
                *assignment_id == ballot.assignment_id && *at_us >= ballot.submitted_at_us
            });
        for (assignment_id, at_us, is_rejected) in verdicts {
            let is_accepted_too = || {
                let accepted = (*assignment_id, *at_us, false);
                ballot_box.verdicts.contains(&accepted)
            };
            if !is_rejected {
                add(*at_us, MomentRank::Accepted);
            } else if *at_us < ballot_box.ends_at_us && !is_accepted_too() {
                add(*at_us, MomentRank::Rejected);
            }
        }
    }
    moments.sort_unstable();
    moments
}

/// The votes collected when the task was complete, and that instant.
fn complete<'a>(
    ballot_box: &BallotBox<'a>,
    overlap: Option<u32>,
) -> Option<(Vec<Ballot<'a>>, i64)> {
    let ballots = &ballot_box.ballots;
    let wanted = overlap.map(|overlap| overlap as usize).filter(|n| *n > 0);
    let moments = moments_of(ballot_box);
    let mut is_collected = vec![false; ballots.len()];
    let collected = |is_collected: &[bool]| {
        let chosen = ballots.iter().zip(is_collected);
        chosen
            .filter(|(_, is_collected)| **is_collected)
            .map(|(ballot, _)| *ballot)
            .collect::<Vec<_>>()
    };
    let mut n_collected = 0;
    for moment in moments {
        let ballot_idx = moment.ballot_idx;
        let is_valid = moment.rank != MomentRank::Rejected;
        if is_collected[ballot_idx] == is_valid {
            continue;
        }
        is_collected[ballot_idx] = is_valid;
        if !is_valid {
            n_collected -= 1;
            continue;
        }
        n_collected += 1;
        if Some(n_collected) == wanted {
            return Some((collected(&is_collected), moment.at_us));
        }
    }
    let min_overlap = ballot_box.min_overlap as usize;
    (min_overlap > 0 && n_collected >= min_overlap)
        .then(|| (collected(&is_collected), ballot_box.ends_at_us))
}
