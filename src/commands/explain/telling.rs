//! A worker's story as text: who, why banned, and the timeline.
//!
//! It computes nothing.

use super::rule_words::{RuleWords, number};
use super::story::{ProjectStory, Story, counted, seconds};
use super::timeline;

/// The lines of the story.
pub(super) fn lines(story: &Story, words: &RuleWords<'_>) -> Vec<String> {
    let mut lines = vec![
        format!(
            "worker {} (published as {})",
            story.worker_id, story.pseudonym
        ),
        format!("as of {}", story.as_of),
    ];
    for (project_id, project) in &story.projects {
        lines.push(String::new());
        lines.push(format!("project {project_id}"));
        lines.extend(
            of_project(project)
                .into_iter()
                .map(|line| format!("    {line}")),
        );
    }
    lines.push(String::new());
    lines.extend(bans(story));
    lines.push(String::new());
    lines.push("timeline".to_owned());
    lines.extend(timeline::lines(story, words));
    lines
}

fn of_project(project: &ProjectStory) -> Vec<String> {
    let mut lines = Vec::new();
    let mut pools: Vec<&str> = project.pages.iter().map(|v| v.pool_id.as_str()).collect();
    pools.dedup();
    for pool_id in pools {
        let visits = project
            .pages
            .iter()
            .filter(|visit| visit.pool_id == pool_id);
        let by_status: Vec<String> = visits
            .map(|visit| format!("{} {}", visit.n_pages, visit.status))
            .collect();
        lines.push(format!("pages    pool {pool_id}: {}", by_status.join(", ")));
    }
    let dropped: Vec<String> = project
        .dropped
        .iter()
        .map(|(reason, n_answers)| format!("{reason} {n_answers}"))
        .collect();
    let dropped = if dropped.is_empty() {
        "none dropped".to_owned()
    } else {
        format!("dropped: {}", dropped.join(", "))
    };
    lines.push(format!(
        "answers  {}, {} kept; {dropped}",
        project.n_answers, project.n_kept
    ));
    for skill in &project.skills {
        let value = skill.skill.map_or_else(|| "unknown".to_owned(), number);
        let counts = if skill.is_chosen {
            "; this one counts"
        } else {
            ""
        };
        lines.push(format!(
            "skill    {}: {value} ({} of {} right{counts})",
            skill.source, skill.n_right, skill.n_answers
        ));
    }
    if let Some(standing) = &project.standing {
        let banned = match (&standing.ban_rule, standing.is_banned) {
            (Some(rule), true) if rule == "input" => {
                "; a ban of the platform is in force".to_owned()
            }
            (Some(rule), true) => format!("; a ban by rule {rule} is in force"),
            _ => String::new(),
        };
        lines.push(format!(
            "weight   {} per kept answer{banned}",
            number(standing.weight)
        ));
    }
    lines
}

fn bans(story: &Story) -> Vec<String> {
    if story.bans.is_empty() {
        return vec!["never banned".to_owned()];
    }
    let mut lines = vec![counted(story.bans.len() as u64, "ban")];
    for (number, ban) in (1..).zip(&story.bans) {
        lines.push(format!(
            "    {number}. {} {} {}: {}; {}",
            seconds(ban.started_at),
            ban.what(),
            ban.how_long(),
            ban.why,
            ban.took()
        ));
    }
    lines
}
