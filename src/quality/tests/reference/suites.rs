//! The reference: the reviews of a task suite, and the answers that they ask for.

use std::collections::BTreeSet;

use super::*;

impl Reference<'_> {
    pub(super) fn suites(&mut self) {
        let mut reviews: Vec<(i64, &Page, Verdict)> = Vec::new();
        for review in &self.log.reviews {
            let page = self.page(review.page);
            if !self.is_out(page) {
                reviews.push((review.at_us, page, review.verdict));
            }
        }
        reviews
            .sort_by_key(|(at_us, page, verdict)| (*at_us, page.id, *verdict == Verdict::Accept));
        let mut compensated = BTreeSet::new();
        let is_made_up = |compensated: &BTreeSet<&str>, page: &Page| {
            self.options.compensation == Compensation::Once && compensated.contains(page.id)
        };
        for (position, (at_us, page, verdict)) in reviews.iter().enumerate() {
            let state = |other: &Page, n_reviews: usize| {
                let reviewed = reviews[..n_reviews]
                    .iter()
                    .rfind(|(_, of, _)| of.id == other.id);
                let decided = self.decisions.iter().find(|decision| {
                    decision.is_by_rule && decision.page == other.id && decision.at_us <= *at_us
                });
                reviewed
                    .map(|(.., verdict)| *verdict)
                    .or(decided.map(|decision| decision.verdict))
            };
            let event = match (verdict, state(page, position)) {
                (Verdict::Accept, Some(Verdict::Reject)) => "ACCEPT_AFTER_REJECT",
                (Verdict::Accept, _) => "ACCEPT",
                (Verdict::Reject, _) => "REJECT",
            };
            let of_suite = self.log.pages.iter().filter(|other| {
                other.suite_id == page.suite_id
                    && other.is_handed_in()
                    && other.ended_us <= *at_us
                    && !self.is_out(other)
            });
            let states: Vec<_> = of_suite.map(|other| state(other, position + 1)).collect();
            let number = |wanted| count(states.iter().filter(|state| **state == wanted).count());
            let statistics = [
                number(None),
                number(Some(Verdict::Accept)),
                number(Some(Verdict::Reject)),
                Statistic::Word(event.to_owned()),
            ];
            for (config_idx, config) in self.rules_of(page.pool).configs.iter().enumerate() {
                if config.collector.name() != "ASSIGNMENTS_ASSESSMENT" {
                    continue;
                }
                for (rule_idx, rule) in config.rules.iter().enumerate() {
                    let mut conditions = rule.conditions.iter();
                    let is_met = conditions.all(|condition| holds(condition, &statistics));
                    if let Action::ChangeOverlap { delta } = rule.action
                        && is_met
                        && !(delta > 0 && is_made_up(&compensated, page))
                    {
                        if delta > 0 {
                            compensated.insert(page.id);
                        }
                        let row = format!("{delta} rejected {at_us} {config_idx}.{rule_idx}");
                        self.outcome.suite_raises.push((page.id.to_owned(), row));
                    }
                }
            }
        }
    }
}
