//! Which rule remembers which events: the histories of one worker and the pools that feed them.
//!
//! It does not look at conditions.
//!
//! | the rule stands in | `history_size` | one history per | fed by |
//! |---|---|---|---|
//! | the default file | empty | pool | that pool |
//! | the default file | N | project | its pools without rules of their own |
//! | the default file | N, with uuid | worker | all pools without rules of their own |
//! | a pool's own rules | empty | pool | that pool |
//! | a pool's own rules | N | pool | that pool, and the pools of its project whose own rules have the collector with a size |
//!
//! Besides, a collector with a size and a uuid is fed by every pool whose rules have it with a size and the same uuid.
//! The documents' "A -> B -> C" is the last row: A has 10, B is empty, C has 20; C remembers A and not B.

use std::collections::{BTreeMap, BTreeSet};

use super::events::N_CLASSES;
use super::rules::{Config, Rule, Rules};
use super::{Event, EventKind, Gate, Hearing, History, HistoryScope, LateEvents, RuleBook};

/// A pool that the worker visited.
#[derive(Debug)]
pub(super) struct Place<'a> {
    pub(super) pool_id: &'a str,
    pub(super) project_id: &'a str,
    pub(super) gate: Gate<'a>,
    rules: &'a Rules,
    is_own: bool,
}

/// One rule's history of the worker.
#[derive(Debug)]
pub(super) struct State<'a> {
    pub(super) config_index: usize,
    pub(super) rule_index: usize,
    pub(super) config: &'a Config,
    pub(super) rule: &'a Rule,
    pub(super) history: Box<dyn History>,
    /// States of one collector, and of one reach, have the same.
    pub(super) family: usize,
    /// The last event that its conditions were looked at, for a look at the end only.
    pub(super) last_look: Option<Event<'a>>,
    /// Events of pages up to this instant never come back.
    forgotten_until_us: Option<i64>,
}

/// One history that hears the events of a place.
#[derive(Clone, Copy, Debug)]
pub(super) struct Route {
    pub(super) state_idx: usize,
    pub(super) role: Role,
}

/// What an event does to a history.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// The rule applies here: it remembers and judges.
    Judges,
    /// The rule applies elsewhere, or looks at other events: it only remembers.
    Remembers,
}

/// All histories of one worker.
#[derive(Debug)]
pub(super) struct Memory<'a> {
    pub(super) states: Vec<State<'a>>,
    pub(super) places: Vec<Place<'a>>,
    book: &'a RuleBook,
    routes: Vec<[Vec<Route>; N_CLASSES]>,
    last_place_idx: usize,
}

/// How far one history reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Reach<'a> {
    Place(usize),
    Project(&'a str),
    Everywhere,
}

impl<'a> Memory<'a> {
    /// Empty histories for every rule of every pool in `events`.
    pub(super) fn of(book: &'a RuleBook, events: &[Event<'a>]) -> Self {
        let mut known = BTreeSet::new();
        let mut places: Vec<Place<'a>> = Vec::new();
        let is_of_pool = |event: &&Event<'_>| !matches!(event.kind, EventKind::Skill { .. });
        for event in events.iter().filter(is_of_pool) {
            let is_last = places.last().is_some_and(|place| place.is_of(event));
            let key = (event.project_id, event.pool_id);
            if is_last || !known.insert(key) {
                continue;
            }
            places.push(Place {
                pool_id: event.pool_id,
                project_id: event.project_id,
                gate: book.gate_of(event.pool_id),
                rules: book.rules_of(event.pool_id),
                is_own: book.pool_rules.contains_key(event.pool_id),
            });
        }
        // In an order that does not depend on what the worker did first.
        places.sort_by_key(|place| (place.project_id, place.pool_id));
        let mut memory = Self {
            states: Vec::new(),
            book,
            routes: places.iter().map(|_| Default::default()).collect(),
            places,
            last_place_idx: 0,
        };
        memory.connect();
        memory
    }

    /// The place of an event.
    pub(super) fn place_idx(&mut self, event: &Event<'_>) -> usize {
        let is_same = self.places.get(self.last_place_idx);
        if !is_same.is_some_and(|place| place.is_of(event)) {
            let key = (event.project_id, event.pool_id);
            let found = self
                .places
                .binary_search_by(|place| (place.project_id, place.pool_id).cmp(&key));
            self.last_place_idx = found.unwrap_or_default();
        }
        self.last_place_idx
    }

    /// The histories, and which of them hear an event: the pool's own rules first, in the order of their file.
    pub(super) fn hear(&mut self, event: &Event<'_>) -> (&mut [State<'a>], &[Route]) {
        let place_idx = self.place_idx(event);
        let routes = self.routes.get(place_idx);
        let routes = routes.map_or(&[][..], |of_place| &of_place[event.kind.class()]);
        (&mut self.states, routes)
    }

    fn connect(&mut self) {
        let mut state_indices = BTreeMap::new();
        let mut families = BTreeMap::new();
        let mut homes = Vec::new();
        for (place_idx, place) in self.places.iter().enumerate() {
            for (config_index, config) in place.rules.configs.iter().enumerate() {
                let reach = place.reach(place_idx, config, self.book.options.history_scope);
                let n_families = families.len();
                let family = *families
                    .entry((reach, place.is_own, config_index))
                    .or_insert(n_families);
                for (rule_index, rule) in config.rules.iter().enumerate() {
                    let state_key = (family, rule_index);
                    let state_idx = *state_indices.entry(state_key).or_insert_with(|| {
                        homes.push(place_idx);
                        let history = config
                            .collector
                            .history(&config.parameters, &self.book.options);
                        self.states.push(State {
                            config_index,
                            rule_index,
                            config,
                            rule,
                            history,
                            family,
                            last_look: None,
                            forgotten_until_us: None,
                        });
                        self.states.len() - 1
                    });
                    let state = &self.states[state_idx];
                    let role = Role::Judges;
                    let route = Route { state_idx, role };
                    add_route(&mut self.routes[place_idx], state, route, self.book);
                }
            }
        }
        self.connect_feeders(&homes);
    }

    /// Lets each history hear the places where its rule does not apply and whose events it shares.
    fn connect_feeders(&mut self, homes: &[usize]) {
        for (state_idx, (state, home_idx)) in self.states.iter().zip(homes).enumerate() {
            let home = &self.places[*home_idx];
            if !home.takes_from_others(state.config) {
                continue;
            }
            for (place, routes) in self.places.iter().zip(&mut self.routes) {
                let is_judged = routes
                    .iter()
                    .flatten()
                    .any(|route| route.state_idx == state_idx);
                if !is_judged && place.feeds(home, state.config) {
                    let role = Role::Remembers;
                    add_route(routes, state, Route { state_idx, role }, self.book);
                }
            }
        }
    }
}

/// Adds a route for each kind of event that the state's collector hears.
fn add_route(
    routes: &mut [Vec<Route>; N_CLASSES],
    state: &State<'_>,
    route: Route,
    book: &RuleBook,
) {
    for (class, kind) in EventKind::samples().iter().enumerate() {
        let role = match state.config.collector.hears(kind, &book.options) {
            Hearing::Ignores => continue,
            Hearing::Remembers => Role::Remembers,
            Hearing::Judges => route.role,
        };
        routes[class].push(Route { role, ..route });
    }
}

impl State<'_> {
    /// Takes in an event, unless its page was forgotten or it does not count; says whether it did.
    pub(super) fn remember(&mut self, event: &Event<'_>, late_events: LateEvents) -> bool {
        let page_at_us = match late_events {
            LateEvents::Forgotten => event.submitted_at_us,
            LateEvents::Counted => event.at_us,
        };
        let is_forgotten = self
            .forgotten_until_us
            .is_some_and(|until_us| page_at_us <= until_us);
        let is_taken = !is_forgotten && self.history.takes(event);
        if is_taken {
            self.history.push(event);
        }
        is_taken
    }

    /// Starts again from nothing after `until_us`.
    pub(super) fn forget(&mut self, until_us: i64) {
        self.history.clear();
        self.forgotten_until_us = Some(until_us);
    }
}

impl<'a> Place<'a> {
    fn is_of(&self, event: &Event<'_>) -> bool {
        self.pool_id == event.pool_id && self.project_id == event.project_id
    }

    fn reach(&self, place_idx: usize, config: &Config, scope: HistoryScope) -> Reach<'a> {
        let size = config.parameters.history_size;
        match (size, &config.uuid, scope) {
            (Some(_), Some(_), _) | (Some(_), None, HistoryScope::Everywhere) if !self.is_own => {
                Reach::Everywhere
            }
            (Some(_), None, HistoryScope::Project) if !self.is_own => {
                Reach::Project(self.project_id)
            }
            _ => Reach::Place(place_idx),
        }
    }

    /// Whether a history of `config`, which stands in the rules here, hears places where its rule does not apply.
    fn takes_from_others(&self, config: &Config) -> bool {
        config.parameters.history_size.is_some() && (self.is_own || config.uuid.is_some())
    }

    /// Whether events here enter such a history, which stands in the rules of `home`.
    fn feeds(&self, home: &Place<'_>, config: &Config) -> bool {
        let is_sibling = self.is_own && home.is_own && self.project_id == home.project_id;
        self.rules.configs.iter().any(|here| {
            let is_same_uuid = here.uuid.is_some() && here.uuid == config.uuid;
            here.collector.name() == config.collector.name()
                && here.parameters.history_size.is_some()
                && (is_same_uuid || is_sibling)
        })
    }
}
