//! Which rule remembers which answers: the histories of one worker and the pools that feed them.
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

use std::collections::BTreeMap;

use super::rules::{Config, Rule, Rules};
use super::{Event, History};

/// A pool that the worker visited.
#[derive(Debug)]
struct Place<'r, 'a> {
    project_id: &'a str,
    rules: &'r Rules,
    is_own: bool,
}

/// One rule's history of the worker.
#[derive(Debug)]
pub(super) struct State<'r> {
    pub(super) config_index: usize,
    pub(super) rule_index: usize,
    pub(super) config: &'r Config,
    pub(super) rule: &'r Rule,
    pub(super) history: Box<dyn History>,
    /// Answers up to this instant never come back.
    forgotten_until_us: Option<i64>,
}

/// One history that hears the answers of a place.
#[derive(Clone, Copy, Debug)]
pub(super) struct Route {
    pub(super) state_idx: usize,
    pub(super) role: Role,
}

/// What an answer does to a history.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// The rule applies here: it remembers and judges.
    Judges,
    /// The rule applies elsewhere: it only remembers.
    Remembers,
}

/// All histories of one worker.
#[derive(Debug)]
pub(super) struct Memory<'r, 'a> {
    states: Vec<State<'r>>,
    place_indices: BTreeMap<(&'a str, &'a str), usize>,
    routes: Vec<Vec<Route>>,
}

/// How far one history reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Reach<'a> {
    Place(usize),
    Project(&'a str),
    Everywhere,
}

impl<'r, 'a> Memory<'r, 'a> {
    /// Empty histories for every rule of every pool in `events`.
    pub(super) fn of(
        rules: &'r Rules,
        pool_rules: &'r BTreeMap<String, Rules>,
        events: &[Event<'a>],
    ) -> Self {
        let mut place_indices: BTreeMap<(&str, &str), usize> = BTreeMap::new();
        let mut places = Vec::new();
        for event in events {
            let place_key = (event.pool_id, event.project_id);
            if place_indices.contains_key(&place_key) {
                continue;
            }
            place_indices.insert(place_key, places.len());
            let own_rules = pool_rules.get(event.pool_id);
            places.push(Place {
                project_id: event.project_id,
                rules: own_rules.unwrap_or(rules),
                is_own: own_rules.is_some(),
            });
        }
        let mut memory = Self {
            states: Vec::new(),
            place_indices,
            routes: vec![Vec::new(); places.len()],
        };
        memory.connect(&places);
        memory
    }

    /// The histories, and which of them hear an answer: the pool's own rules first, in the order of their file.
    pub(super) fn hear(&mut self, event: &Event<'_>) -> (&mut [State<'r>], &[Route]) {
        let place_key = (event.pool_id, event.project_id);
        let place_idx = self.place_indices.get(&place_key);
        let routes = place_idx.map_or(&[][..], |place_idx| &self.routes[*place_idx]);
        (&mut self.states, routes)
    }

    fn connect(&mut self, places: &[Place<'r, 'a>]) {
        let mut state_indices = BTreeMap::new();
        let mut homes = Vec::new();
        for (place_idx, place) in places.iter().enumerate() {
            for (config_index, config) in place.rules.configs.iter().enumerate() {
                let reach = place.reach(place_idx, config);
                for (rule_index, rule) in config.rules.iter().enumerate() {
                    let state_key = (reach, place.is_own, config_index, rule_index);
                    let state_idx = *state_indices.entry(state_key).or_insert_with(|| {
                        homes.push(place);
                        let state = State::new((config_index, rule_index), config, rule);
                        self.states.push(state);
                        self.states.len() - 1
                    });
                    let role = Role::Judges;
                    self.routes[place_idx].push(Route { state_idx, role });
                }
            }
        }
        self.connect_feeders(places, &homes);
    }

    /// Lets each history hear the places where its rule does not apply and whose answers it shares.
    fn connect_feeders(&mut self, places: &[Place<'r, 'a>], homes: &[&Place<'r, 'a>]) {
        let role = Role::Remembers;
        for (state_idx, (state, home)) in self.states.iter().zip(homes).enumerate() {
            if !home.takes_from_others(state.config) {
                continue;
            }
            for (place, routes) in places.iter().zip(&mut self.routes) {
                let is_judged = routes.iter().any(|route| route.state_idx == state_idx);
                if !is_judged && place.feeds(home, state.config) {
                    routes.push(Route { state_idx, role });
                }
            }
        }
    }
}

impl<'r> State<'r> {
    fn new((config_index, rule_index): (usize, usize), config: &'r Config, rule: &'r Rule) -> Self {
        Self {
            config_index,
            rule_index,
            config,
            rule,
            history: config.collector.history(config.history_size),
            forgotten_until_us: None,
        }
    }

    /// Takes in an answer, unless it is of a kind or a time that the rule does not hear; says whether it did.
    pub(super) fn remember(&mut self, event: &Event<'_>) -> bool {
        let is_forgotten = self
            .forgotten_until_us
            .is_some_and(|until_us| event.submitted_at_us <= until_us);
        let is_heard = !is_forgotten && self.config.collector.hears(event.kind);
        if is_heard {
            self.history.push(event);
        }
        is_heard
    }

    /// Starts again from nothing after `until_us`.
    pub(super) fn forget(&mut self, until_us: i64) {
        self.history.clear();
        self.forgotten_until_us = Some(until_us);
    }
}

impl<'a> Place<'_, 'a> {
    fn reach(&self, place_idx: usize, config: &Config) -> Reach<'a> {
        match (config.history_size, &config.uuid) {
            (Some(_), Some(_)) if !self.is_own => Reach::Everywhere,
            (Some(_), None) if !self.is_own => Reach::Project(self.project_id),
            _ => Reach::Place(place_idx),
        }
    }

    /// Whether a history of `config`, which stands in the rules here, hears places where its rule does not apply.
    fn takes_from_others(&self, config: &Config) -> bool {
        config.history_size.is_some() && (self.is_own || config.uuid.is_some())
    }

    /// Whether answers here enter such a history, which stands in the rules of `home`.
    fn feeds(&self, home: &Place<'_, '_>, config: &Config) -> bool {
        let is_sibling = self.is_own && home.is_own && self.project_id == home.project_id;
        self.rules.configs.iter().any(|here| {
            let is_same_uuid = here.uuid.is_some() && here.uuid == config.uuid;
            here.collector.name() == config.collector.name()
                && here.history_size.is_some()
                && (is_same_uuid || is_sibling)
        })
    }
}
