//! The figures of several rule sets as text: one column each, the first is what the others are compared with.
//!
//! It computes nothing.

use std::path::Path;

use super::figures::{AgainstFirst, Figures, RankChanges};

/// Reasons in the order of the data model; others would follow by name.
const REASONS: [&str; 15] = [
    "not_submitted",
    "rejected",
    "training",
    "golden",
    "no_answer",
    "error_answer",
    "unknown_answer",
    "self_comparison",
    "blocked_by_ban",
    "before_ban",
    "not_admitted",
    "skill_below_minimum",
    "after_as_of",
    "duplicate",
    "over_worker_cap",
];

/// What stands where there is no figure.
const NOTHING: &str = "-";

/// One line: what is counted, and each rule set's figure; a heading has no figures.
struct Row {
    label: String,
    cells: Vec<String>,
}

/// The lines of the table.
pub(super) fn columns(rule_sets: &[Figures]) -> Vec<String> {
    let mut rows = vec![Row {
        label: String::new(),
        cells: headings(rule_sets),
    }];
    let mut section = |title: &str, more: Vec<Row>| {
        if !more.is_empty() {
            rows.push(heading(title));
            rows.extend(more);
        }
    };
    section("bans", bans(rule_sets));
    section("answers", answers(rule_sets));
    section("money", money(rule_sets));
    section("what remains", remaining(rule_sets));
    section("rankings", rankings(rule_sets));
    aligned(&rows)
}

/// File names, or the files as typed where names repeat.
fn headings(rule_sets: &[Figures]) -> Vec<String> {
    let name = |figures: &Figures| {
        let file_name = Path::new(&figures.rules).file_name();
        file_name.map_or_else(String::new, |name| name.to_string_lossy().into_owned())
    };
    let names: Vec<String> = rule_sets.iter().map(name).collect();
    let mut sorted = names.clone();
    sorted.sort_unstable();
    sorted.dedup();
    if sorted.len() == names.len() {
        return names;
    }
    rule_sets
        .iter()
        .map(|figures| figures.rules.clone())
        .collect()
}

fn bans(rule_sets: &[Figures]) -> Vec<Row> {
    vec![
        row(rule_sets, "bans from a project", |f| Some(f.bans.project)),
        row(rule_sets, "bans from all projects", |f| {
            Some(f.bans.all_projects)
        }),
        row(rule_sets, "pauses of a pool", |f| Some(f.bans.pool)),
        row(rule_sets, "of these by the platform", |f| {
            Some(f.bans.n_of_platform)
        }),
        row(rule_sets, "banned workers", |f| {
            Some(f.bans.n_banned_workers)
        }),
    ]
}

fn answers(rule_sets: &[Figures]) -> Vec<Row> {
    let mut rows = vec![
        row(rule_sets, "all", |f| Some(f.answers.n_all)),
        row(rule_sets, "kept", |f| Some(f.answers.n_kept)),
    ];
    let mut reasons: Vec<&str> = REASONS.to_vec();
    for figures in rule_sets {
        for reason in figures.answers.dropped.keys() {
            if !reasons.contains(&reason.as_str()) {
                reasons.push(reason);
            }
        }
    }
    let is_found = |reason: &&str| {
        rule_sets
            .iter()
            .any(|f| f.answers.dropped.contains_key(*reason))
    };
    for reason in reasons.into_iter().filter(is_found) {
        rows.push(row(rule_sets, &format!("dropped: {reason}"), |f| {
            Some(f.answers.dropped.get(reason).copied().unwrap_or_default())
        }));
    }
    rows.push(row(rule_sets, "lost to quality control", |f| {
        Some(f.answers.n_lost)
    }));
    if rule_sets.len() > 1 {
        let against =
            |f: &Figures, pick: fn(&AgainstFirst) -> u64| f.against_first.as_ref().map(pick);
        rows.push(row(rule_sets, "kept by the first, lost here", |f| {
            against(f, |against| against.n_answers_lost)
        }));
        rows.push(row(rule_sets, "lost by the first, kept here", |f| {
            against(f, |against| against.n_answers_won_back)
        }));
    }
    rows
}

fn money(rule_sets: &[Figures]) -> Vec<Row> {
    let usd = |value: Option<f64>| value.map(|usd| format!("{usd:.2}"));
    vec![
        row(rule_sets, "paid for lost answers, USD", |f| {
            usd(f.answers.paid_for_lost_usd)
        }),
        row(rule_sets, "tasks to answer again", |f| {
            Some(f.relabel.n_tasks)
        }),
        row(rule_sets, "answers to ask for again", |f| {
            Some(f.relabel.n_answers)
        }),
        row(rule_sets, "their cost, USD", |f| usd(f.relabel.cost_usd)),
    ]
}

fn remaining(rule_sets: &[Figures]) -> Vec<Row> {
    vec![
        row(rule_sets, "right on control tasks, %", |f| {
            percent(f.remaining.golden_accuracy)
        }),
        row(rule_sets, "answers that this speaks for, %", |f| {
            percent(f.remaining.golden_covered_share)
        }),
        row(rule_sets, "agree with the majority, %", |f| {
            percent(f.remaining.agreement_share)
        }),
        row(rule_sets, "Krippendorff's alpha", |f| {
            f.remaining
                .krippendorff_alpha
                .map(|alpha| format!("{alpha:.3}"))
        }),
    ]
}

fn rankings(rule_sets: &[Figures]) -> Vec<Row> {
    if rule_sets.iter().all(|f| f.n_queries_ranked.is_none()) {
        return Vec::new();
    }
    let mut rows = vec![row(rule_sets, "queries ranked", |f| f.n_queries_ranked)];
    if rule_sets.len() > 1 {
        fn changes(figures: &Figures) -> Option<&RankChanges> {
            figures.against_first.as_ref()?.ranking.as_ref()
        }
        rows.push(row(rule_sets, "also ranked by the first", |f| {
            changes(f).map(|changes| changes.n_common_queries)
        }));
        rows.push(row(rule_sets, "Kendall's tau with the first", |f| {
            let tau = changes(f)?.mean_kendall_tau?;
            Some(format!("{tau:.3}"))
        }));
        rows.push(row(rule_sets, "another candidate at the top, %", |f| {
            percent(changes(f)?.top_changed_share)
        }));
    }
    rows
}

fn percent(share: Option<f64>) -> Option<String> {
    share.map(|share| format!("{:.1}", 100.0 * share))
}

fn heading(title: &str) -> Row {
    Row {
        label: title.to_owned(),
        cells: Vec::new(),
    }
}

fn row<T: ToString>(
    rule_sets: &[Figures],
    label: &str,
    figure: impl Fn(&Figures) -> Option<T>,
) -> Row {
    let cell =
        |figures| figure(figures).map_or_else(|| NOTHING.to_owned(), |value| value.to_string());
    Row {
        label: format!("  {label}"),
        cells: rule_sets.iter().map(cell).collect(),
    }
}

fn aligned(rows: &[Row]) -> Vec<String> {
    let width = |text: &String| text.chars().count();
    let label_width = rows
        .iter()
        .map(|row| width(&row.label))
        .max()
        .unwrap_or_default();
    let n_columns = rows
        .iter()
        .map(|row| row.cells.len())
        .max()
        .unwrap_or_default();
    let widths: Vec<usize> = (0..n_columns)
        .map(|idx| {
            let cells = rows.iter().filter_map(|row| row.cells.get(idx));
            cells.map(width).max().unwrap_or_default()
        })
        .collect();
    let line = |row: &Row| {
        let cells = row.cells.iter().zip(&widths);
        let cells: Vec<String> = cells
            .map(|(cell, width)| format!("  {cell:>width$}"))
            .collect();
        let text = format!("{:<label_width$}{}", row.label, cells.concat());
        text.trim_end().to_owned()
    };
    rows.iter().map(line).collect()
}
