//! The reference: what rules do when their conditions hold, and what follows from it.

use super::windows::written;
use super::*;

impl<'a> Reference<'a> {
    pub(super) fn see(&mut self, seen: Seen, is_looked_at: bool) {
        let worker = seen.worker;
        let rules = self.rules_of(seen.pool);
        self.seen.push(seen);
        let now_idx = self.seen.len() - 1;
        for (config_idx, config) in rules.configs.iter().enumerate() {
            for rule_idx in 0..config.rules.len() {
                if is_looked_at {
                    self.judge(now_idx, config, [config_idx, rule_idx]);
                }
            }
        }
        self.settle(worker);
    }

    pub(super) fn judge(&mut self, now_idx: usize, config: &'a Config, position: [usize; 2]) {
        let now = self.seen[now_idx].clone();
        if !self.concerns(config, &now) {
            return;
        }
        let name = self.rule_name(&now, config, position);
        let cleared_us = self.cleared_us(now_idx, &name);
        if self.enters_us(&now) <= cleared_us {
            return;
        }
        let statistics = self.statistics(now_idx, config, cleared_us);
        let rule = &config.rules[position[1]];
        let mut conditions = rule.conditions.iter();
        if conditions.all(|condition| holds(condition, &statistics)) {
            self.act(now_idx, &rule.action, config, &name, &statistics);
        }
    }

    pub(super) fn act(
        &mut self,
        now_idx: usize,
        action: &Action,
        config: &Config,
        name: &RuleName,
        statistics: &[Statistic],
    ) {
        let now = self.seen[now_idx].clone();
        let rule = format!("{}.{}", name.1, name.2);
        match action {
            Action::Restrict(restriction) => {
                let will_expire_at_us = restriction
                    .duration_us
                    .map(|duration_us| now.at_us + duration_us);
                let ban = KnownBan {
                    scope: restriction.scope,
                    project_id: (restriction.scope != Scope::AllProjects).then_some(now.project),
                    pool_id: (restriction.scope == Scope::Pool).then_some(now.pool),
                    started_at_us: now.at_us,
                    will_expire_at_us,
                };
                self.bans.push((now.worker, ban));
                let row = format!("{ban:?} {rule} {}", written(config, statistics));
                self.outcome.bans.push((now.worker.to_owned(), row));
                if restriction.scope != Scope::Pool {
                    self.lose_by_ban(&ban);
                }
                if restriction.scope != Scope::Pool || config.parameters.history_size.is_none() {
                    self.clearings.push(Clearing {
                        worker: now.worker,
                        rule: name.clone(),
                        until_us: now.at_us,
                        after_seen: now_idx,
                    });
                }
            }
            Action::SetSkill { skill_id, value } => {
                self.set_skill_by_rule(&now, skill_id, f64::from(*value), &rule);
            }
            Action::SetSkillFromField { skill_id, key_idx } => {
                if let Statistic::Number(value) = statistics[*key_idx] {
                    self.set_skill_by_rule(&now, skill_id, value, &rule);
                }
            }
            Action::Decide(verdict) => self.decide(now_idx, *verdict),
            Action::ChangeOverlap { delta } => self.raise(now_idx, *delta, &rule),
        }
    }

    pub(super) fn set_skill_by_rule(&mut self, now: &Seen, skill_id: &str, value: f64, rule: &str) {
        let is_new = self.skill(now.worker, skill_id).is_none();
        let action = if is_new { "CREATE" } else { "MODIFY" };
        let rounded = (value + 0.5).floor();
        let row = format!(
            "{skill_id} {value:.9} {rounded} {} {} {rule} {action}",
            now.at_us, now.pool
        );
        self.outcome.skills.push((now.worker.to_owned(), row));
        self.set_skill(now.worker, skill_id, now.at_us, value);
    }

    pub(super) fn set_skill(
        &mut self,
        worker: &'static str,
        skill_id: &str,
        at_us: i64,
        value: f64,
    ) {
        let value = self.rounded(value);
        let before = self.skill(worker, skill_id);
        let pools: Vec<_> = self
            .pools()
            .into_iter()
            .filter(|(_, pool)| {
                self.book.filters.get(*pool).is_some_and(|filter| {
                    let was = |other: &str| {
                        if other == skill_id {
                            before
                        } else {
                            self.skill(worker, other)
                        }
                    };
                    let is = |other: &str| {
                        if other == skill_id {
                            Some(value)
                        } else {
                            self.skill(worker, other)
                        }
                    };
                    admits(filter, &was) && !admits(filter, &is)
                })
            })
            .collect();
        self.settings.push(Setting {
            worker,
            skill_id: skill_id.to_owned(),
            at_us,
            value,
        });
        self.losses
            .push((pools, at_us, "SKILL_CHANGE", Some(skill_id.to_owned())));
    }

    pub(super) fn rounded(&self, value: f64) -> f64 {
        match self.options.skill_value {
            SkillValue::Exact => value,
            SkillValue::Rounded => (value + 0.5).floor(),
        }
    }

    pub(super) fn skill(&self, worker: &str, skill_id: &str) -> Option<f64> {
        self.skill_at(worker, skill_id, i64::MAX)
    }

    pub(super) fn skill_at(&self, worker: &str, skill_id: &str, at_us: i64) -> Option<f64> {
        let is_it = |setting: &&Setting| {
            setting.worker == worker && setting.skill_id == skill_id && setting.at_us <= at_us
        };
        self.settings
            .iter()
            .rfind(is_it)
            .map(|setting| setting.value)
    }

    /// Project and pool, in order.
    pub(super) fn pools(&self) -> BTreeSet<(&'static str, &'static str)> {
        let of_pages = self.log.pages.iter().map(|page| (page.project, page.pool));
        of_pages.collect()
    }

    pub(super) fn lose_by_ban(&mut self, ban: &KnownBan<'static>) {
        let is_covered = |project: &str| match ban.scope {
            Scope::Pool => false,
            Scope::Project => ban.project_id == Some(project),
            Scope::AllProjects | Scope::System => true,
        };
        let pools = self
            .pools()
            .into_iter()
            .filter(|(project, _)| is_covered(project))
            .collect();
        self.losses
            .push((pools, ban.started_at_us, "RESTRICTION", None));
    }

    pub(super) fn settle(&mut self, worker: &'static str) {
        for (pools, at_us, reason, skill_id) in std::mem::take(&mut self.losses) {
            for (project, pool) in pools {
                let skill_id = skill_id.clone();
                let what = What::Lost { reason, skill_id };
                self.see(
                    Seen {
                        worker,
                        pool,
                        project,
                        page: "",
                        handed_in_us: at_us,
                        at_us,
                        what,
                    },
                    true,
                );
            }
        }
    }

    /// Pages of the worker in the pool that were handed in so far outside bans.
    pub(super) fn listed(&self, now: &Seen) -> Vec<Seen> {
        let is_it = |seen: &&Seen| {
            seen.worker == now.worker
                && seen.pool == now.pool
                && matches!(
                    seen.what,
                    What::HandedIn {
                        is_listed: true,
                        ..
                    }
                )
        };
        self.seen.iter().filter(is_it).cloned().collect()
    }

    pub(super) fn decide(&mut self, now_idx: usize, verdict: Verdict) {
        let now = self.seen[now_idx].clone();
        for page in self.listed(&now) {
            if self
                .decisions
                .iter()
                .any(|decision| decision.page == page.page)
            {
                continue;
            }
            self.decisions.push(Decision {
                worker: page.worker,
                pool: page.pool,
                page: page.page,
                handed_in_us: page.handed_in_us,
                at_us: now.at_us,
                verdict,
                is_by_rule: true,
                from_seen: now_idx + 1,
            });
            let row = format!("{} {verdict:?} {}", page.page, now.at_us);
            self.outcome.verdicts.push((now.worker.to_owned(), row));
        }
    }

    pub(super) fn raise(&mut self, now_idx: usize, delta: i32, rule: &str) {
        let now = self.seen[now_idx].clone();
        let What::Lost { reason, .. } = now.what else {
            return;
        };
        let reason = if reason == "RESTRICTION" {
            "banned"
        } else {
            "skill_lost"
        };
        for page in self.listed(&now) {
            // Asking for fewer answers is no compensation.
            let is_made_up = delta > 0 && !self.compensated.insert(page.page);
            if !is_made_up || self.options.compensation == Compensation::Each {
                let row = format!("{} {delta} {reason} {} {rule}", page.page, now.at_us);
                self.outcome.raises.push((now.worker.to_owned(), row));
            }
        }
    }
}

pub(super) fn admits(filter: &Filter, skill: &dyn Fn(&str) -> Option<f64>) -> bool {
    match filter {
        Filter::All(parts) => !parts.iter().any(|part| !admits(part, skill)),
        Filter::Any(parts) => parts.is_empty() || parts.iter().any(|part| admits(part, skill)),
        Filter::Skill {
            skill_id,
            operator,
            value,
        } => match skill(skill_id) {
            Some(found) => compare(*operator, found, *value),
            None => false,
        },
        Filter::Missing(skill_id) => skill(skill_id).is_none(),
        Filter::Present(skill_id) => skill(skill_id).is_some(),
        Filter::Unknowable => true,
    }
}
