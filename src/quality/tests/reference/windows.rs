//! The reference: what a rule remembers at an event, and the statistics of that.

use std::collections::BTreeMap;

use super::*;

impl Reference<'_> {
    /// Whether it is an event of the collector.
    pub(super) fn concerns(&self, config: &Config, seen: &Seen) -> bool {
        match (config.collector.name(), &seen.what) {
            ("GOLDEN_SET", What::Control { .. } | What::Training { .. })
            | ("ASSIGNMENT_SUBMIT_TIME" | "INCOME", What::HandedIn { .. })
            | (
                "SKIPPED_IN_ROW_ASSIGNMENTS",
                What::HandedIn { .. } | What::Skipped | What::Expired,
            )
            | ("CAPTCHA", What::Captcha { .. })
            | ("ACCEPTANCE_RATE", What::Review { .. })
            | ("USERS_ASSESSMENT", What::Lost { .. })
            | ("TRAINING", What::TrainingPage { .. }) => true,
            ("MAJORITY_VOTE", What::Majority { n_top, .. }) => {
                *n_top >= config.parameters.answer_threshold as usize
            }
            ("ANSWER_COUNT", What::HandedIn { .. }) => {
                self.options.answer_count == AnswerCounted::Submitted
            }
            ("ANSWER_COUNT", What::Review { .. }) => {
                self.options.answer_count == AnswerCounted::Accepted
            }
            _ => false,
        }
    }

    pub(super) fn rule_name(
        &self,
        now: &Seen,
        config: &Config,
        [config_idx, rule_idx]: [usize; 2],
    ) -> RuleName {
        let own = self
            .book
            .pool_rules
            .contains_key(now.pool)
            .then_some(now.pool);
        let has_size = config.parameters.history_size.is_some();
        let is_everywhere =
            config.uuid.is_some() || self.options.history_scope == HistoryScope::Everywhere;
        let reach = match (own, has_size) {
            (None, true) if is_everywhere => "everywhere".to_owned(),
            (None, true) => format!("project {}", now.project),
            _ => format!("pool {}", now.pool),
        };
        RuleName(own, config_idx, rule_idx, reach)
    }

    pub(super) fn cleared_us(&self, now_idx: usize, name: &RuleName) -> i64 {
        let is_collector = self.options.history_clearing == HistoryClearing::Collector;
        let clears = |clearing: &&Clearing| {
            let of = &clearing.rule;
            clearing.worker == self.seen[now_idx].worker
                && clearing.after_seen < now_idx
                && (of.0, of.1, &of.3) == (name.0, name.1, &name.3)
                && (is_collector || of.2 == name.2)
        };
        let clearings = self.clearings.iter().filter(clears);
        clearings
            .map(|clearing| clearing.until_us)
            .max()
            .unwrap_or(i64::MIN)
    }

    pub(super) fn enters_us(&self, seen: &Seen) -> i64 {
        match self.options.late_events {
            LateEvents::Forgotten => seen.handed_in_us,
            LateEvents::Counted => seen.at_us,
        }
    }

    /// Whether events in the pool of `past` enter the history of a rule that judges an event in the pool of `now`.
    pub(super) fn is_shared(&self, past: &Seen, now: &Seen, config: &Config) -> bool {
        if past.pool == now.pool {
            return true;
        }
        if config.parameters.history_size.is_none() {
            return false;
        }
        let (is_past_own, is_now_own) = (
            self.book.pool_rules.contains_key(past.pool),
            self.book.pool_rules.contains_key(now.pool),
        );
        let is_reached = past.project == now.project
            || !is_now_own && self.options.history_scope == HistoryScope::Everywhere;
        self.rules_of(past.pool).configs.iter().any(|other| {
            let is_same_uuid = other.uuid.is_some() && other.uuid == config.uuid;
            other.collector.name() == config.collector.name()
                && other.parameters.history_size.is_some()
                && (is_same_uuid || is_past_own == is_now_own && is_reached)
        })
    }

    pub(super) fn statistics(
        &self,
        now_idx: usize,
        config: &Config,
        cleared_us: i64,
    ) -> Vec<Statistic> {
        let now = &self.seen[now_idx];
        let is_remembered = |past: &&Seen| {
            past.worker == now.worker
                && self.concerns(config, past)
                && self.enters_us(past) > cleared_us
                && self.is_shared(past, now, config)
        };
        let events: Vec<&Seen> = self.seen[..=now_idx].iter().filter(is_remembered).collect();
        let size = config
            .parameters
            .history_size
            .map_or(usize::MAX, std::num::NonZeroUsize::get);
        let window = &events[events.len().saturating_sub(size)..];
        match config.collector.name() {
            "GOLDEN_SET" => self.golden_set(window),
            "MAJORITY_VOTE" => {
                let is_right = |seen: &&Seen| matches!(seen.what, What::Majority { n_agreeing, .. } if n_agreeing >= config.parameters.answer_threshold as usize);
                shares(
                    &window
                        .iter()
                        .map(|seen| credit(is_right(seen)))
                        .collect::<Vec<_>>(),
                )
            }
            "ASSIGNMENT_SUBMIT_TIME" => {
                let is_fast = |seen: &&&Seen| matches!(seen.what, What::HandedIn { elapsed_us, .. } if elapsed_us < config.parameters.fast_submit_threshold_us);
                vec![
                    count(window.len()),
                    count(window.iter().filter(is_fast).count()),
                ]
            }
            "SKIPPED_IN_ROW_ASSIGNMENTS" => {
                let is_end = |seen: &&&Seen| match seen.what {
                    What::Expired => self.options.expired_page == PageExpired::Reset,
                    What::HandedIn { .. } => true,
                    _ => false,
                };
                let row = window.iter().rev().take_while(|seen| !is_end(seen));
                vec![count(
                    row.filter(|seen| matches!(seen.what, What::Skipped))
                        .count(),
                )]
            }
            "ANSWER_COUNT" => vec![count(self.answer_count(window, now_idx, cleared_us))],
            "INCOME" => vec![Statistic::Number(self.income(window, now_idx))],
            "CAPTCHA" => {
                let is_right =
                    |seen: &&Seen| matches!(seen.what, What::Captcha { is_solved: true });
                shares(
                    &window
                        .iter()
                        .map(|seen| credit(is_right(seen)))
                        .collect::<Vec<_>>(),
                )
            }
            "ACCEPTANCE_RATE" => self.acceptance_rate(&events, size),
            "USERS_ASSESSMENT" => match &now.what {
                What::Lost { reason, skill_id } => vec![
                    Statistic::Word((*reason).to_owned()),
                    skill_id.clone().map_or(Statistic::Unknown, Statistic::Word),
                ],
                _ => Vec::new(),
            },
            _ => training(window, now),
        }
    }

    pub(super) fn golden_set(&self, window: &[&Seen]) -> Vec<Statistic> {
        let worth = |credit: f64| {
            let is_wrong = self.options.partial_credit == PartialCredit::None && credit < 1.0;
            if is_wrong { 0.0 } else { credit }
        };
        let credit_of = |seen: &&Seen, with_training: bool| match seen.what {
            What::Control { credit, .. } => Some(worth(credit)),
            What::Training { credit } if with_training => Some(worth(credit)),
            _ => None,
        };
        let all: Vec<f64> = window
            .iter()
            .filter_map(|seen| credit_of(seen, true))
            .collect();
        let with_training = self.options.golden_rates == GoldenRates::ControlAndTraining;
        let control: Vec<f64> = window
            .iter()
            .filter_map(|seen| credit_of(seen, with_training))
            .collect();
        [shares(&all), shares(&control)].concat()
    }

    pub(super) fn answer_count(&self, window: &[&Seen], now_idx: usize, cleared_us: i64) -> usize {
        let now = &self.seen[now_idx];
        if self.options.answer_count == AnswerCounted::Submitted {
            return window.len();
        }
        let mut standing = BTreeMap::new();
        for decision in self
            .decisions
            .iter()
            .filter(|decision| decision.from_seen <= now_idx)
        {
            let entered_us = match self.options.late_events {
                LateEvents::Forgotten => decision.handed_in_us,
                LateEvents::Counted => decision.at_us,
            };
            if decision.worker == now.worker && decision.pool == now.pool && entered_us > cleared_us
            {
                standing.insert(decision.page, decision.verdict);
            }
        }
        standing
            .values()
            .filter(|verdict| **verdict == Verdict::Accept)
            .count()
    }

    pub(super) fn income(&self, window: &[&Seen], now_idx: usize) -> f64 {
        let now = &self.seen[now_idx];
        let is_recent = |seen: &&&Seen| seen.handed_in_us > now.at_us - DAY_US;
        let is_paid = |seen: &&&Seen| {
            let is_its =
                |decision: &&Decision| decision.page == seen.page && decision.from_seen <= now_idx;
            let decision = self.decisions.iter().rfind(is_its);
            let is_rejected = decision.is_some_and(|decision| decision.verdict == Verdict::Reject);
            !is_rejected || self.options.rejected_income == RejectedIncome::Counted
        };
        let reward = |seen: &&Seen| match seen.what {
            What::HandedIn {
                reward_nano_usd, ..
            } => reward_nano_usd,
            _ => 0,
        };
        let nano_usd: i64 = window
            .iter()
            .filter(is_recent)
            .filter(is_paid)
            .map(reward)
            .sum();
        nano_usd as f64 / 1e9
    }

    pub(super) fn acceptance_rate(&self, events: &[&Seen], size: usize) -> Vec<Statistic> {
        let mut pages: Vec<(&str, Verdict)> = Vec::new();
        for seen in events {
            let What::Review { verdict } = seen.what else {
                continue;
            };
            let earlier = pages.iter_mut().find(|(page, _)| *page == seen.page);
            match earlier {
                Some(earlier) if self.options.reviewed_again == ReviewedAgain::Replaces => {
                    earlier.1 = verdict;
                }
                _ => pages.push((seen.page, verdict)),
            }
        }
        let window = &pages[pages.len().saturating_sub(size)..];
        shares(
            &window
                .iter()
                .map(|(_, verdict)| credit(*verdict == Verdict::Accept))
                .collect::<Vec<_>>(),
        )
    }
}

fn credit(is_right: bool) -> f64 {
    if is_right { 1.0 } else { 0.0 }
}

pub(super) fn percent(credit: f64, n_events: usize) -> Option<f64> {
    (n_events > 0).then(|| 100.0 * credit / n_events as f64)
}

fn shares(credits: &[f64]) -> Vec<Statistic> {
    let right: f64 = credits.iter().sum();
    let rate = |part| percent(part, credits.len()).map_or(Statistic::Unknown, Statistic::Number);
    vec![
        count(credits.len()),
        rate(right),
        rate(credits.len() as f64 - right),
    ]
}

fn training(window: &[&Seen], now: &Seen) -> Vec<Statistic> {
    let mut all_credits = Vec::new();
    for seen in window {
        if let What::TrainingPage { credits, .. } = &seen.what {
            all_credits.extend_from_slice(credits);
        }
    }
    let has_next = matches!(now.what, What::TrainingPage { has_next: true, .. });
    let mut statistics = vec![count(window.len())];
    statistics.extend(shares(&all_credits));
    statistics.push(Statistic::Number(credit(has_next)));
    statistics
}

pub(super) fn written(config: &Config, statistics: &[Statistic]) -> String {
    let mut parts = Vec::new();
    for (key, statistic) in config.collector.keys().iter().zip(statistics) {
        match statistic {
            Statistic::Unknown => {}
            Statistic::Number(number) => parts.push(format!("{}={number}", key.name)),
            Statistic::Word(word) => parts.push(format!("{}={word}", key.name)),
        }
    }
    parts.join(" ")
}
