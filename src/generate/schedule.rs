//! When things happen: thirty days, and how far into them the work has come.
//!
//! It does not know who works: each worker's own clock is in `crowd`.

pub(super) const MICROSECONDS_PER_SECOND: i64 = 1_000_000;
pub(super) const MICROSECONDS_PER_MINUTE: i64 = 60 * MICROSECONDS_PER_SECOND;
pub(super) const MICROSECONDS_PER_HOUR: i64 = 60 * MICROSECONDS_PER_MINUTE;
pub(super) const MICROSECONDS_PER_DAY: i64 = 24 * MICROSECONDS_PER_HOUR;

/// 2026-11-20T23:00:00Z; no event is later. Microseconds since 1970, like every time here.
pub(super) const WINDOW_END: i64 = 1_795_215_600 * MICROSECONDS_PER_SECOND;
/// Thirty days earlier; nobody works before.
pub(super) const WINDOW_START: i64 = WINDOW_END - 30 * MICROSECONDS_PER_DAY;

/// The platform takes a page back after this time.
pub(super) const PAGE_TIME_MAX: i64 = 30 * MICROSECONDS_PER_MINUTE;
/// The longest time between two sessions of a worker.
pub(super) const SESSION_PERIOD_HOURS_MAX: u64 = 12;

/// The last pages are offered this long before the end, so that nearly every worker has
/// another session in which to take them.
const LAST_OFFER_BEFORE_END: i64 = 18 * MICROSECONDS_PER_HOUR;

/// Regular pools, one after the other.
pub(super) const N_REGULAR_POOLS: usize = 4;

/// When a page is offered, for the share (0..1) of all tasks that stand before it.
pub(super) fn offered_at(progress_share: f64) -> i64 {
    let span = WINDOW_END - LAST_OFFER_BEFORE_END - WINDOW_START;
    WINDOW_START + (span as f64 * progress_share) as i64
}

/// The regular pool, from 0, in which this share of all tasks lies.
pub(super) fn regular_pool_idx(progress_share: f64) -> usize {
    ((progress_share * N_REGULAR_POOLS as f64) as usize).min(N_REGULAR_POOLS - 1)
}

/// A number of seconds in microseconds.
pub(super) fn microseconds(seconds: f64) -> i64 {
    (seconds * MICROSECONDS_PER_SECOND as f64) as i64
}
