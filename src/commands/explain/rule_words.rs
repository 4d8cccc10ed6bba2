//! The rules in words: which one, what it asks for and found, and what it does.
//!
//! It judges nothing: whether a rule fired is told by the replay.

use crate::quality::{
    Action, Condition, Config, Operator, Rule, RuleBook, Rules, Scope, Threshold, Verdict,
};

/// The words of one run's rules.
pub(super) struct RuleWords<'b> {
    book: &'b RuleBook,
}

/// A rule and the words that name it.
pub(super) struct NamedRule<'b> {
    /// `rule 0.0 of quality.rules`, or `rule 0.0 of pool p1's own rules`.
    pub(super) name: String,
    pub(super) config: &'b Config,
    pub(super) rule: &'b Rule,
    /// The pool that brings the rule.
    pub(super) own_pool_id: Option<&'b str>,
    /// The indexes of the collector and of the rule.
    pub(super) place: (usize, usize),
}

impl<'b> RuleWords<'b> {
    pub(super) fn new(book: &'b RuleBook) -> Self {
        Self { book }
    }

    /// The rule `<config index>.<rule index>` that applies in the pool; without a pool it is known only where no pool
    /// has rules of its own.
    pub(super) fn find(&self, pool_id: Option<&str>, rule: &str) -> Option<NamedRule<'b>> {
        let own = pool_id.and_then(|pool_id| self.book.pool_rules.get_key_value(pool_id));
        if pool_id.is_none() && !self.book.pool_rules.is_empty() {
            return None;
        }
        let rules: &Rules = own.map_or(&self.book.rules, |(_, rules)| rules);
        let (config_idx, rule_idx) = rule.split_once('.')?;
        let place: (usize, usize) = (config_idx.parse().ok()?, rule_idx.parse().ok()?);
        let config = rules.configs.get(place.0)?;
        let origin = own.map_or_else(
            || "quality.rules".to_owned(),
            |(pool_id, _)| format!("pool {pool_id}'s own rules"),
        );
        Some(NamedRule {
            name: format!("rule {rule} of {origin}"),
            config,
            rule: config.rules.get(place.1)?,
            own_pool_id: own.map(|(pool_id, _)| pool_id.as_str()),
            place,
        })
    }
}

impl NamedRule<'_> {
    /// `golden_set_answers_count > 3 (is 5) and golden_set_incorrect_answers_rate > 60 (is 80)`.
    pub(super) fn conditions(&self, statistics: &str) -> String {
        self.each_condition(|key| format!("is {}", self.value(statistics, key)))
    }

    /// The same for several looks, with the first and the last value: `… > 3 (1 → 5) and …`.
    pub(super) fn conditions_over(&self, looks: &[&str]) -> String {
        self.each_condition(|key| {
            let values: Vec<String> = looks.iter().map(|look| self.value(look, key)).collect();
            course(&values)
        })
    }

    fn each_condition(&self, found: impl Fn(&str) -> String) -> String {
        let texts: Vec<String> = self
            .rule
            .conditions
            .iter()
            .map(|condition| {
                let key = self.key(condition);
                format!(
                    "{key} {} {} ({})",
                    sign(condition.operator),
                    threshold(&condition.threshold),
                    found(key)
                )
            })
            .collect();
        texts.join(" and ")
    }

    fn key(&self, condition: &Condition) -> &'static str {
        let keys = self.config.collector.keys();
        keys.get(condition.key_idx).map_or("", |key| key.name)
    }

    /// The value of one statistic in `a=1 b=2`; an identifier may hold spaces, so that keys delimit.
    fn value(&self, statistics: &str, key: &str) -> String {
        let start = format!("{key}=");
        let padded = format!(" {statistics}");
        let Some((_, rest)) = padded.split_once(&format!(" {start}")) else {
            return "unknown".to_owned();
        };
        let ends = self.config.collector.keys().iter().filter_map(|other| {
            let next = format!(" {}=", other.name);
            rest.find(&next)
        });
        let value = &rest[..ends.min().unwrap_or(rest.len())];
        value.parse().map_or_else(|_| value.to_owned(), number)
    }

    /// What the rule does when it fires.
    pub(super) fn action(&self) -> String {
        match &self.rule.action {
            Action::Restrict(restriction) => {
                let from = match restriction.scope {
                    Scope::Pool => "pauses the pool",
                    Scope::Project => "bans from the project",
                    Scope::AllProjects | Scope::System => "bans from all projects",
                };
                format!("{from} {}", duration(restriction.duration_us))
            }
            Action::SetSkill { skill_id, value } => format!("sets skill {skill_id} to {value}"),
            Action::SetSkillFromField { skill_id, key_idx } => {
                let keys = self.config.collector.keys();
                let field = keys.get(*key_idx).map_or("", |key| key.name);
                format!("sets skill {skill_id} to {field}")
            }
            Action::Decide(Verdict::Accept) => "accepts the undecided pages of the pool".to_owned(),
            Action::Decide(Verdict::Reject) => "rejects the undecided pages of the pool".to_owned(),
            Action::ChangeOverlap { delta } => {
                format!("changes the overlap of the pages by {delta:+}")
            }
        }
    }

    /// The skill that the rule sets.
    pub(super) fn skill_id(&self) -> Option<&str> {
        match &self.rule.action {
            Action::SetSkill { skill_id, .. } | Action::SetSkillFromField { skill_id, .. } => {
                Some(skill_id)
            }
            _ => None,
        }
    }

    /// Whether the rule counts in each pool for itself.
    pub(super) fn is_per_pool(&self) -> bool {
        self.config.parameters.history_size.is_none()
    }
}

/// `for 10 days`, `for good`.
pub(super) fn duration(duration_us: Option<i64>) -> String {
    let Some(duration_us) = duration_us else {
        return "for good".to_owned();
    };
    let units = [
        ("day", 86_400_000_000),
        ("hour", 3_600_000_000),
        ("minute", 60_000_000),
    ];
    for (unit, unit_us) in units {
        if duration_us >= unit_us && duration_us % unit_us == 0 {
            let n_units = duration_us / unit_us;
            let plural = if n_units == 1 { "" } else { "s" };
            return format!("for {n_units} {unit}{plural}");
        }
    }
    format!("for {} seconds", number(duration_us as f64 / 1e6))
}

/// `is 5` where nothing changes, `1 → 5`, and the extremes where they lie outside these two.
fn course(values: &[String]) -> String {
    let (Some(first), Some(last)) = (values.first(), values.last()) else {
        return "unknown".to_owned();
    };
    if values.iter().all(|value| value == first) {
        return format!("is {first}");
    }
    let numbers = || values.iter().filter_map(|value| value.parse::<f64>().ok());
    let smallest = numbers().min_by(f64::total_cmp);
    let largest = numbers().max_by(f64::total_cmp);
    let is_end = |extreme: f64| {
        let extreme = Some(extreme);
        first.parse().ok() == extreme || last.parse().ok() == extreme
    };
    match (smallest, largest) {
        (Some(low), Some(high)) if !(is_end(low) && is_end(high)) => {
            format!(
                "{first} → {last}, between {} and {}",
                number(low),
                number(high)
            )
        }
        _ => format!("{first} → {last}"),
    }
}

/// At most two decimals.
pub(super) fn number(value: f64) -> String {
    format!("{}", (value * 100.0).round() / 100.0)
}

fn threshold(threshold: &Threshold) -> String {
    match threshold {
        Threshold::Number(value) => number(*value),
        Threshold::Word(word) => word.clone(),
    }
}

fn sign(operator: Operator) -> &'static str {
    match operator {
        Operator::Eq => "=",
        Operator::Ne => "≠",
        Operator::Gt => ">",
        Operator::Lt => "<",
        Operator::Gte => "≥",
        Operator::Lte => "≤",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BAN: &str = r#"{"configs": [{
        "collector_config": {"type": "GOLDEN_SET", "parameters": {"history_size": 10}},
        "rules": [{
            "conditions": [
                {"key": "golden_set_answers_count", "operator": "GT", "value": 3},
                {"key": "golden_set_incorrect_answers_rate", "operator": "GT", "value": 60}],
            "action": {"type": "RESTRICTION_V2", "parameters":
                {"scope": "PROJECT", "duration_unit": "DAYS", "duration": 10, "private_comment": ""}}}]}]}"#;

    const STATISTICS: &str =
        "golden_set_answers_count=5 golden_set_incorrect_answers_rate=66.66666666666667";

    fn book(document: &str) -> RuleBook {
        RuleBook::parse(document).unwrap().0
    }

    #[test]
    fn a_rule_that_fired_says_what_it_asked_for_and_what_it_found() {
        let book = book(&format!(r#"{{"rules": {BAN}}}"#));
        let rule = RuleWords::new(&book).find(Some("p1"), "0.0").unwrap();
        assert_eq!(rule.name, "rule 0.0 of quality.rules");
        assert_eq!(
            rule.conditions(STATISTICS),
            "golden_set_answers_count > 3 (is 5) and golden_set_incorrect_answers_rate > 60 (is 66.67)"
        );
        assert_eq!(rule.action(), "bans from the project for 10 days");
    }

    #[test]
    fn a_statistic_that_was_not_known_is_said_to_be_unknown() {
        let book = book(&format!(r#"{{"rules": {BAN}}}"#));
        let rule = RuleWords::new(&book).find(None, "0.0").unwrap();
        assert_eq!(
            rule.conditions_over(&["golden_set_answers_count=1", STATISTICS]),
            "golden_set_answers_count > 3 (1 → 5) and golden_set_incorrect_answers_rate > 60 (unknown → 66.67)"
        );
    }

    #[test]
    fn a_pools_own_rule_says_so_and_a_rule_of_an_unknown_pool_is_not_guessed() {
        let book = book(&format!(
            r#"{{"rules": {{"configs": []}}, "pools": {{"p1": {BAN}}}}}"#
        ));
        let words = RuleWords::new(&book);
        let own = words.find(Some("p1"), "0.0").unwrap();
        assert_eq!(own.name, "rule 0.0 of pool p1's own rules");
        assert!(words.find(Some("p2"), "0.0").is_none());
        assert!(words.find(None, "0.0").is_none());
    }

    #[test]
    fn several_looks_are_told_by_their_ends_and_by_extremes_beyond_them() {
        let told = |values: &[&str]| {
            let values: Vec<String> = values.iter().map(|value| (*value).to_owned()).collect();
            course(&values)
        };
        assert_eq!(told(&["5", "5"]), "is 5");
        assert_eq!(told(&["1", "2", "5"]), "1 → 5");
        assert_eq!(told(&["0", "20", "0"]), "0 → 0, between 0 and 20");
        assert_eq!(
            told(&["RESTRICTION", "SKILL_CHANGE"]),
            "RESTRICTION → SKILL_CHANGE"
        );
    }

    #[test]
    fn durations_are_told_in_the_largest_unit_that_fits() {
        assert_eq!(duration(Some(86_400_000_000)), "for 1 day");
        assert_eq!(duration(Some(5_400_000_000)), "for 90 minutes");
        assert_eq!(duration(None), "for good");
    }
}
