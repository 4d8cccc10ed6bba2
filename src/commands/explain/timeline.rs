//! The timeline as text: bans one by one, and what lies between them summed up by day, week or month.
//!
//! What happened is decided elsewhere; here it only gets shorter.

use std::collections::BTreeSet;

use super::moments::{Kind, Moment, ending};
use super::rule_words::{NamedRule, RuleWords, number};
use super::story::{Story, counted, seconds};

const US_PER_DAY: i64 = 86_400_000_000;

/// The longest story, in days, that is summed up by this many days.
const STRETCHES: [(i64, i64); 2] = [(14, 1), (98, 7)];

/// Longer stories are summed up by this many days.
const LONGEST_STRETCH_DAYS: i64 = 28;

/// The lines of the timeline.
pub(super) fn lines(story: &Story, words: &RuleWords<'_>) -> Vec<String> {
    let mut lines = Vec::new();
    let mut waiting: Vec<&Moment> = Vec::new();
    let stretch_us = stretch_us(&story.timeline);
    let stretch = |moment: &Moment| moment.at.0.timestamp_micros().div_euclid(stretch_us);
    for moment in &story.timeline {
        let is_of_ban = moment.ban_idx.is_some();
        let is_later = waiting
            .last()
            .is_some_and(|last| stretch(last) != stretch(moment));
        if is_of_ban || is_later {
            lines.extend(summary(&waiting, words));
            waiting.clear();
        }
        match moment.kind {
            // The ban that it opened says the same.
            Kind::Look if is_of_ban => {}
            Kind::Ban | Kind::BanEnd => lines.extend(ban_lines(story, moment)),
            _ => waiting.push(moment),
        }
    }
    lines.extend(summary(&waiting, words));
    lines
}

fn stretch_us(timeline: &[Moment]) -> i64 {
    let (Some(first), Some(last)) = (timeline.first(), timeline.last()) else {
        return US_PER_DAY;
    };
    let n_days = (last.at.0.timestamp_micros() - first.at.0.timestamp_micros()) / US_PER_DAY;
    let fitting = STRETCHES
        .iter()
        .find(|(n_days_max, _)| n_days <= *n_days_max);
    fitting.map_or(LONGEST_STRETCH_DAYS, |(_, n_days)| *n_days) * US_PER_DAY
}

fn ban_lines(story: &Story, moment: &Moment) -> Vec<String> {
    let Some((ban_idx, ban)) = moment
        .ban_idx
        .and_then(|ban_idx| Some((ban_idx, story.bans.get(ban_idx)?)))
    else {
        return Vec::new();
    };
    let at = seconds(moment.at);
    if moment.kind == Kind::BanEnd {
        return vec![format!("{at}  {}", moment.words)];
    }
    vec![
        format!(
            "{at}  ban {}: {} {}",
            ban_idx + 1,
            ban.what(),
            ban.how_long()
        ),
        format!("    why: {}", ban.why),
        format!("    {}", ban.took()),
    ]
}

/// A stretch without bans: one line for each kind of thing that happened.
fn summary(moments: &[&Moment], words: &RuleWords<'_>) -> Vec<String> {
    let (Some(first), Some(last)) = (moments.first(), moments.last()) else {
        return Vec::new();
    };
    let (from, to) = (seconds(first.at), seconds(last.at));
    let mut lines = vec![if from == to {
        from
    } else {
        format!("{from} … {to}")
    }];
    let mut told = pages(moments);
    told.extend(judgements(moments));
    told.extend(looks(moments, words));
    told.extend(deeds(moments, words));
    lines.extend(told.into_iter().map(|line| format!("    {line}")));
    lines
}

fn pages(moments: &[&Moment]) -> Vec<String> {
    let pages: Vec<&&Moment> = moments.iter().filter(|m| m.kind == Kind::Page).collect();
    if pages.is_empty() {
        return Vec::new();
    }
    let mut parts = Vec::new();
    for label in ["SUBMITTED", "SKIPPED", "EXPIRED"] {
        let n_pages = pages.iter().filter(|page| page.label() == label).count() as u64;
        if n_pages > 0 {
            parts.push(format!("{} {}", counted(n_pages, "page"), ending(label)));
        }
    }
    let handed_in = || pages.iter().filter(|page| page.label() == "SUBMITTED");
    let n_answers: f64 = handed_in().filter_map(|page| page.value_max).sum();
    let n_kept: f64 = handed_in().filter_map(|page| page.value).sum();
    let pools: BTreeSet<&str> = pages
        .iter()
        .filter_map(|page| page.pool_id.as_deref())
        .collect();
    let pools: Vec<&str> = pools.into_iter().collect();
    let answers = if n_answers > 0.0 {
        format!(": {n_answers} answers to real tasks, {n_kept} kept")
    } else {
        String::new()
    };
    let n_blocked = pages
        .iter()
        .filter(|page| page.is_blocked == Some(true))
        .count();
    let blocked = if n_blocked > 0 {
        format!("; {n_blocked} taken inside a ban")
    } else {
        String::new()
    };
    let (parts, pools) = (parts.join(", "), pools.join(", "));
    vec![format!("{parts} ({pools}){answers}{blocked}")]
}

fn judgements(moments: &[&Moment]) -> Vec<String> {
    let of_kind = |kind: Kind| moments.iter().filter(move |moment| moment.kind == kind);
    let right = |kind: Kind, what: [&str; 2], how: &str| {
        let n_all = of_kind(kind).count();
        let n_right = of_kind(kind).filter(|moment| moment.is_right()).count();
        let what = if n_all == 1 { what[0] } else { what[1] };
        (n_all > 0).then(|| format!("{n_all} {what}: {n_right} {how}"))
    };
    let verdicts = |kind: Kind, who: &str| {
        let n_all = of_kind(kind).count();
        let n_rejected = of_kind(kind)
            .filter(|moment| moment.label() == "REJECT")
            .count();
        let n_accepted = n_all - n_rejected;
        (n_all > 0).then(|| format!("{who}: {n_accepted} accepted, {n_rejected} rejected"))
    };
    let training = ["training answer", "training answers"];
    let control = ["control answer", "control answers"];
    let complete = ["answer to a complete task", "answers to complete tasks"];
    let mut lines: Vec<String> = [
        right(Kind::Training, training, "right at once"),
        right(Kind::Golden, control, "right"),
        right(Kind::Majority, complete, "with the majority"),
        right(Kind::Captcha, ["captcha", "captchas"], "solved"),
        verdicts(Kind::Review, "pages reviewed"),
        verdicts(Kind::SilentVerdict, "pages decided without a review"),
        verdicts(Kind::Verdict, "pages decided by rules"),
    ]
    .into_iter()
    .flatten()
    .collect();
    lines.extend(of_kind(Kind::GivenSkill).map(|moment| moment.words.clone()));
    lines
}

/// The looks of one rule in a stretch; a rule without a window counts in each pool for itself.
struct LooksOfRule<'a, 'b> {
    named: NamedRule<'b>,
    pool_id: Option<&'a str>,
    looks: Vec<&'a Moment>,
}

fn looks(moments: &[&Moment], words: &RuleWords<'_>) -> Vec<String> {
    let mut by_rule: Vec<LooksOfRule<'_, '_>> = Vec::new();
    for moment in moments.iter().filter(|moment| moment.kind == Kind::Look) {
        let rule = moment.rule.as_deref().unwrap_or_default();
        let Some(named) = words.find(moment.pool_id.as_deref(), rule) else {
            continue;
        };
        let pool_id = moment.pool_id.as_deref().filter(|_| named.is_per_pool());
        let is_it = |known: &&mut LooksOfRule<'_, '_>| {
            known.named.name == named.name && known.pool_id == pool_id
        };
        match by_rule.iter_mut().find(is_it) {
            Some(known) => known.looks.push(moment),
            None => by_rule.push(LooksOfRule {
                named,
                pool_id,
                looks: vec![moment],
            }),
        }
    }
    // The rules for every pool first, then pools' own; in the order of their files.
    by_rule.sort_by_key(|of_rule| {
        (
            of_rule.named.own_pool_id,
            of_rule.named.place,
            of_rule.pool_id,
        )
    });
    by_rule
        .iter()
        .map(|of_rule| of_rule.line(moments))
        .collect()
}

impl LooksOfRule<'_, '_> {
    fn line(&self, moments: &[&Moment]) -> String {
        let fired: Vec<&&Moment> = self
            .looks
            .iter()
            .filter(|m| m.is_fired == Some(true))
            .collect();
        let n_looks = counted(self.looks.len() as u64, "look");
        let (n_fired, told) = if fired.is_empty() {
            ("none fired".to_owned(), self.looks.iter().collect())
        } else {
            (format!("{} fired", fired.len()), fired.clone())
        };
        let statistics: Vec<&str> = told
            .iter()
            .filter_map(|moment| moment.statistics.as_deref())
            .collect();
        let conditions = self.named.conditions_over(&statistics);
        let place = self
            .pool_id
            .map_or_else(String::new, |id| format!(" in pool {id}"));
        let effect = if fired.is_empty() {
            String::new()
        } else {
            format!("; {}", self.effect(moments))
        };
        let (name, collector) = (&self.named.name, self.named.config.collector.name());
        format!("{name} ({collector}){place}: {n_looks}, {n_fired}: {conditions}{effect}")
    }

    /// What the rule did; of a skill also its first and last value.
    fn effect(&self, moments: &[&Moment]) -> String {
        let action = self.named.action();
        let Some(skill_id) = self.named.skill_id() else {
            return action;
        };
        let rule = self.looks.first().and_then(|look| look.rule.as_deref());
        let is_set = |moment: &&&Moment| {
            moment.kind == Kind::Skill
                && moment.label() == skill_id
                && moment.rule.as_deref() == rule
        };
        let values: Vec<f64> = moments
            .iter()
            .filter(is_set)
            .filter_map(|m| m.value)
            .collect();
        match values[..] {
            [] => action,
            [only] => format!("{action}: {}", number(only)),
            [first, .., last] => format!("{action}: {} → {}", number(first), number(last)),
        }
    }
}

/// Pages given out again, by rule and reason.
fn deeds(moments: &[&Moment], words: &RuleWords<'_>) -> Vec<String> {
    let raises: Vec<&&Moment> = moments.iter().filter(|m| m.kind == Kind::Raise).collect();
    let described = |moment: &Moment| {
        let value = moment.value.unwrap_or_default();
        format!(
            "given out again ({}), {value:+} answers each, by {}",
            moment.label(),
            moment.rule_name(words)
        )
    };
    let kinds: BTreeSet<String> = raises.iter().map(|raise| described(raise)).collect();
    kinds
        .into_iter()
        .map(|kind| {
            let n_pages = raises
                .iter()
                .filter(|raise| described(raise) == kind)
                .count();
            format!("{} {kind}", counted(n_pages as u64, "page"))
        })
        .collect()
}
