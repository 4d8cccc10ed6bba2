//! When a worker had no access: bans seen on the platform and bans that the replay opened.
//!
//! It does not decide who is banned.

use std::collections::BTreeMap;

use super::actions::Scope;

/// A restriction that was in force on the platform.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KnownBan<'a> {
    /// Where access was closed.
    pub scope: Scope,
    /// The project, for [`Scope::Project`]; without it such a ban covers nothing.
    pub project_id: Option<&'a str>,
    /// The pool, for [`Scope::Pool`]; without it such a ban covers nothing.
    pub pool_id: Option<&'a str>,
    /// The instant it began; microseconds since 1970, UTC.
    pub started_at_us: i64,
    /// The instant access came back; none means never.
    pub will_expire_at_us: Option<i64>,
}

impl KnownBan<'_> {
    /// Whether work in the project is given out again when it begins: a pause of a pool gives out nothing.
    pub(super) fn takes_back(&self, project_id: &str) -> bool {
        match self.scope {
            Scope::Pool => false,
            Scope::Project => self.project_id == Some(project_id),
            Scope::AllProjects | Scope::System => true,
        }
    }
}

/// The bans of one worker by what they cover. Bans come in the order of their start.
#[derive(Debug, Default)]
pub(super) struct BanCalendar {
    pools: BTreeMap<String, Spans>,
    projects: BTreeMap<String, Spans>,
    everywhere: Spans,
}

impl BanCalendar {
    /// The calendar of bans in any order.
    pub(super) fn of(known_bans: &[KnownBan<'_>]) -> Self {
        let mut ordered = known_bans.to_vec();
        ordered.sort_by_key(|ban| ban.started_at_us);
        let mut calendar = Self::default();
        for ban in &ordered {
            calendar.insert(ban);
        }
        calendar
    }

    /// Adds a ban that starts no earlier than the ones before it.
    pub(super) fn insert(&mut self, ban: &KnownBan<'_>) {
        let spans = match (ban.scope, ban.pool_id, ban.project_id) {
            (Scope::Pool, Some(pool_id), _) => self.pools.entry(pool_id.to_owned()).or_default(),
            (Scope::Project, _, Some(project_id)) => {
                self.projects.entry(project_id.to_owned()).or_default()
            }
            (Scope::AllProjects | Scope::System, ..) => &mut self.everywhere,
            (Scope::Pool | Scope::Project, ..) => return,
        };
        spans.insert(ban.started_at_us, ban.will_expire_at_us);
    }

    /// Whether the worker had no access to the pool at that instant: strictly after a start, strictly before its end.
    pub(super) fn blocks(&self, pool_id: &str, project_id: &str, at_us: i64) -> bool {
        let holds = |spans: &Spans| spans.contain(at_us);
        self.pools.get(pool_id).is_some_and(holds)
            || self.projects.get(project_id).is_some_and(holds)
            || holds(&self.everywhere)
    }
}

/// Open intervals of time in the order of their start, each with the latest end so far.
#[derive(Debug, Default)]
struct Spans {
    spans: Vec<(i64, i64)>,
}

impl Spans {
    fn insert(&mut self, started_at_us: i64, will_expire_at_us: Option<i64>) {
        let end_us = will_expire_at_us.unwrap_or(i64::MAX);
        let latest_end_us = self.spans.last().map_or(end_us, |last| last.1.max(end_us));
        self.spans.push((started_at_us, latest_end_us));
    }

    fn contain(&self, at_us: i64) -> bool {
        let n_started = self.spans.partition_point(|span| span.0 < at_us);
        n_started > 0 && at_us < self.spans[n_started - 1].1
    }
}
