//! The planted characters: how many of each there are, and what sets them apart.
//!
//! It does not make workers (`crowd`), their answers (`answers`) or their reviews (`reviews`).
//!
//! Every bad kind leaves a trace that a rule of the platform is made for:
//!
//! | kind | share | bad | trace | rule that looks for it |
//! |---|---|---|---|---|
//! | honest | the rest | no | none but accidents: a fast page, a skip, a failed captcha | |
//! | sloppy | 12 % | no | wrong on one control task in five | |
//! | picker | 3 % | yes | skips page after page until an easy one comes | skips in a row |
//! | bot | 4 % | yes | a page in seconds, captchas failed, random answers | fast pages, captcha, control tasks |
//! | spammer | 3 % | yes | random answers at an unsuspicious speed | control tasks, majority, review |
//! | always left | 5 % | yes | one side, whatever is shown | control tasks, majority, review |
//! | colluder | 4 % | yes | copies agreed answers, wrong more often than right | control tasks, majority, review |
//!
//! A sloppy worker is not bad: four of five control tasks and two of three real pairs right are
//! less than an honest worker's, and worth much more than nothing. The right answer to him is a
//! smaller weight; to ban him is to pay twice for answers that agree with the truth. A picker is
//! bad although his answers are good: he leaves the hard pages, which decide rankings, to others.

/// A planted character.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Honest,
    Sloppy,
    Picker,
    Bot,
    Spammer,
    AlwaysLeft,
    Colluder,
}

/// What sets a character apart, answers aside.
#[derive(Debug)]
pub(super) struct Traits {
    kind: Kind,
    pub(super) name: &'static str,
    /// Share of the workers; the honest are the rest.
    share: f64,
    /// Whether a good set of rules bans him.
    pub(super) is_bad: bool,
    pub(super) seconds_per_task: f64,
    /// Share of pages clicked through in seconds by somebody who usually is slower.
    pub(super) fast_page_share: f64,
    /// Pages taken, compared with an honest worker: those who do not read take more.
    pub(super) appetite: f64,
    /// Shares of pages given back with the skip button.
    skip_share_easy: f64,
    skip_share_hard: f64,
    /// The bounds within which each worker's share of solved captchas lies.
    pub(super) captcha_shares: (f64, f64),
}

#[rustfmt::skip]
const TRAITS: [Traits; 7] = [
    traits(Kind::Honest, "honest", 0.0, false, 12.0, 0.004, 1.0, (0.01, 0.01), (0.97, 0.99)),
    traits(Kind::Sloppy, "sloppy", 0.12, false, 8.0, 0.01, 1.3, (0.03, 0.03), (0.85, 0.95)),
    traits(Kind::Picker, "picker", 0.03, true, 9.0, 0.005, 2.0, (0.05, 0.92), (0.97, 0.99)),
    traits(Kind::Bot, "bot", 0.04, true, 0.8, 0.0, 2.4, (0.0, 0.0), (0.20, 0.40)),
    traits(Kind::Spammer, "spammer", 0.03, true, 9.0, 0.01, 2.4, (0.01, 0.01), (0.97, 0.99)),
    traits(Kind::AlwaysLeft, "always_left", 0.05, true, 2.5, 0.01, 2.4, (0.01, 0.01), (0.97, 0.99)),
    traits(Kind::Colluder, "colluder", 0.04, true, 6.0, 0.005, 2.4, (0.01, 0.01), (0.97, 0.99)),
];

#[expect(
    clippy::too_many_arguments,
    reason = "one row of the table above, which is read by columns"
)]
const fn traits(
    kind: Kind,
    name: &'static str,
    share: f64,
    is_bad: bool,
    seconds_per_task: f64,
    fast_page_share: f64,
    appetite: f64,
    (skip_share_easy, skip_share_hard): (f64, f64),
    captcha_shares: (f64, f64),
) -> Traits {
    Traits {
        kind,
        name,
        share,
        is_bad,
        seconds_per_task,
        fast_page_share,
        appetite,
        skip_share_easy,
        skip_share_hard,
        captcha_shares,
    }
}

/// A page is easy from this mean absolute log-strength gap of its real pairs on.
pub(super) const EASY_GAP_MEAN_MIN: f64 = 1.95;
/// Share of easy pages, as measured over many shops.
const EASY_SHARE: f64 = 0.3;

impl Kind {
    pub(super) fn traits(self) -> &'static Traits {
        &TRAITS[self as usize]
    }

    /// Probability to give back a page of this mean absolute gap.
    pub(super) fn skip_share(self, gap_mean: f64) -> f64 {
        let traits = self.traits();
        if gap_mean >= EASY_GAP_MEAN_MIN {
            traits.skip_share_easy
        } else {
            traits.skip_share_hard
        }
    }
}

/// How many workers of each kind such a crowd has.
pub(super) fn counts(n_workers: usize) -> [(Kind, usize); TRAITS.len()] {
    // A lone colluder has nobody to agree with; in the smallest crowds there is no room for two.
    let n_of_kind_min = if n_workers < 20 { 1 } else { 2 };
    let mut n_honest = n_workers;
    let mut counts = TRAITS.each_ref().map(|traits| {
        if traits.kind == Kind::Honest {
            return (traits.kind, 0);
        }
        let n_of_kind = (n_workers as f64 * traits.share).round() as usize;
        let n_of_kind = n_of_kind.max(n_of_kind_min).min(n_honest);
        n_honest -= n_of_kind;
        (traits.kind, n_of_kind)
    });
    counts[Kind::Honest as usize].1 = n_honest;
    counts
}

/// Share of the pages taken by such a crowd that are skipped, to a percent or two.
pub(super) fn skipped_share(n_workers: usize) -> f64 {
    let (mut n_taken, mut n_skipped) = (0.0, 0.0);
    for (kind, n_of_kind) in counts(n_workers) {
        let traits = kind.traits();
        let n_pages = n_of_kind as f64 * traits.appetite;
        n_taken += n_pages;
        n_skipped += n_pages
            * (EASY_SHARE * traits.skip_share_easy + (1.0 - EASY_SHARE) * traits.skip_share_hard);
    }
    n_skipped / n_taken
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_finds_its_own_traits() {
        for traits in &TRAITS {
            assert_eq!(traits.kind.traits().name, traits.name);
        }
    }

    #[test]
    fn every_kind_is_there_even_in_the_smallest_crowd() {
        for n_workers in [10, 19, 20, 40, 120, 5_000] {
            let counts = counts(n_workers);
            let n_all: usize = counts.iter().map(|(_, n_of_kind)| n_of_kind).sum();
            assert_eq!(n_all, n_workers);
            for (kind, n_of_kind) in counts {
                let n_min = if n_workers < 20 { 1 } else { 2 };
                assert!(n_of_kind >= n_min, "{n_workers} workers: {kind:?}");
            }
        }
    }
}
