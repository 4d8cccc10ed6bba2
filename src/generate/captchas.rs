//! When a worker meets a captcha, and whether it is solved.
//!
//! It does not know the pools or the pages.

use super::crowd::Worker;
use super::random::{Purpose, Stream};
use super::schedule::MICROSECONDS_PER_SECOND;

/// The captcha stands before the page.
const BEFORE_PAGE: i64 = MICROSECONDS_PER_SECOND;
/// Newcomers are tested more often: five captchas within eleven pages.
const EARLY_PAGES: [u64; 5] = [1, 2, 4, 7, 11];
const PAGES_PER_CAPTCHA: u64 = 10;

/// One captcha shown.
#[derive(Clone, Copy, Debug)]
pub(super) struct Captcha {
    pub(super) at: i64,
    pub(super) is_solved: bool,
}

/// The captcha before the worker's next page, if one is due; `page` numbers the page in the log.
pub(super) fn captcha(seed: u64, worker: &Worker, page: u64, created_at: i64) -> Option<Captcha> {
    is_due(worker.n_pages + 1).then(|| Captcha {
        at: created_at - BEFORE_PAGE,
        is_solved: Stream::new(seed, Purpose::Captcha, page).chance(worker.captcha_share),
    })
}

/// Whether a captcha stands before the worker's page of this number, from 1, training aside.
fn is_due(nth_page: u64) -> bool {
    EARLY_PAGES.contains(&nth_page) || (nth_page > 11 && nth_page % PAGES_PER_CAPTCHA == 1)
}

/// Captchas of a worker who takes so many pages.
#[cfg(test)]
pub(super) fn n_captchas(n_pages: u64) -> usize {
    (1..=n_pages).filter(|page| is_due(*page)).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn captchas_come_early_and_then_every_ten_pages() {
        assert_eq!(n_captchas(1), 1);
        assert_eq!(n_captchas(11), 5);
        assert_eq!(n_captchas(20), 5);
        assert_eq!(n_captchas(21), 6);
        assert_eq!(n_captchas(1_001), 104);
    }
}
