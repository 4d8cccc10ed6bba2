//! The requester's reviews: which pages he looks at, and what he then decides.
//!
//! It does not know who the worker is: the reviewer sees a page, not a kind.

use super::random::{Purpose, Stream};
use super::schedule::{MICROSECONDS_PER_DAY, MICROSECONDS_PER_HOUR, WINDOW_END};

/// Share of submitted pages that the requester opens; nearly all of them in time.
const REVIEWED_SHARE: f64 = 0.21;
/// A page that nobody has judged by then is accepted by the platform, without an event.
const ACCEPTED_UNSEEN_AFTER: i64 = MICROSECONDS_PER_DAY;
/// Probability to turn down a page with 0, 1, 2, or more evident mistakes: a tired reviewer.
const REJECTION_SHARES: [f64; 4] = [0.003, 0.05, 0.5, 0.85];
/// Share of rejections that the worker appeals against with success.
const APPEALED_SHARE: f64 = 0.08;

/// What became of a submitted page by the end of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Review {
    pub(super) status: &'static str,
    pub(super) accepted_at: Option<i64>,
    pub(super) rejected_at: Option<i64>,
    /// Whether the requester judged it; otherwise it was accepted unseen or still waits.
    pub(super) is_judged: bool,
}

/// The review of the page of this number with so many evident mistakes.
pub(super) fn review(seed: u64, page: u64, submitted_at: i64, n_mistakes: usize) -> Review {
    let mut stream = Stream::new(seed, Purpose::Review, page);
    let accepted_unseen_at = submitted_at + ACCEPTED_UNSEEN_AFTER;
    let is_opened = stream.chance(REVIEWED_SHARE);
    let hours = stream.lognormal(5.0, 0.9);
    let judged_at = submitted_at + (hours * MICROSECONDS_PER_HOUR as f64) as i64;
    if !is_opened || judged_at >= accepted_unseen_at {
        return Review {
            status: "SUBMITTED",
            accepted_at: None,
            rejected_at: None,
            is_judged: false,
        }
        .accepted(accepted_unseen_at);
    }
    let waiting = Review {
        status: "SUBMITTED",
        accepted_at: None,
        rejected_at: None,
        is_judged: judged_at <= WINDOW_END,
    };
    let rejection_share = REJECTION_SHARES[n_mistakes.min(REJECTION_SHARES.len() - 1)];
    if !stream.chance(rejection_share) {
        return waiting.accepted(judged_at);
    }
    let rejected = waiting.rejected(judged_at);
    if !stream.chance(APPEALED_SHARE) {
        return rejected;
    }
    let hours = stream.between(6.0, 72.0);
    rejected.accepted(judged_at + (hours * MICROSECONDS_PER_HOUR as f64) as i64)
}

impl Review {
    /// The same with an acceptance, unless that lies behind the end of the log.
    fn accepted(self, at: i64) -> Self {
        if at > WINDOW_END {
            return self;
        }
        Self {
            status: "ACCEPTED",
            accepted_at: Some(at),
            ..self
        }
    }

    /// The same with a rejection, unless that lies behind the end of the log.
    fn rejected(self, at: i64) -> Self {
        if at > WINDOW_END {
            return self;
        }
        Self {
            status: "REJECTED",
            rejected_at: Some(at),
            ..self
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::schedule::WINDOW_START;
    use super::*;

    #[test]
    fn a_fifth_of_the_pages_is_judged_and_mistakes_are_turned_down() {
        let mut n_judged = 0;
        for (n_mistakes, expected) in (0..).zip(REJECTION_SHARES) {
            let reviews: Vec<Review> = (0..50_000)
                .map(|page| review(1, page, WINDOW_START, n_mistakes))
                .filter(|review| review.is_judged)
                .collect();
            let n_rejected = reviews.iter().filter(|r| r.rejected_at.is_some()).count();
            let found = n_rejected as f64 / reviews.len() as f64;
            assert!((found - expected).abs() < 0.02, "{n_mistakes}: {found}");
            n_judged += reviews.len();
        }
        assert!((0.19..0.21).contains(&(n_judged as f64 / 200_000.0)));
    }

    #[test]
    fn what_lies_behind_the_end_of_the_log_is_not_known() {
        for page in 0..10_000 {
            let late = review(1, page, WINDOW_END - MICROSECONDS_PER_HOUR, 3);
            let times = [late.accepted_at, late.rejected_at];
            assert!(times.iter().flatten().all(|at| *at <= WINDOW_END));
            assert_eq!(late.is_judged, late.status != "SUBMITTED");
        }
    }
}
