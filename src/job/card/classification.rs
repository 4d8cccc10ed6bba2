//! The card of a classification project: its labels, how sure they are, and how far the workers agree.
//!
//! What rankings and classifications share is said elsewhere.

use super::Card;
use super::markdown::{count, counted, number, percentage, share, table};
use crate::config::LabelMethod;

/// What the dataset is, in a paragraph.
pub(super) fn introduction(card: &Card<'_>) -> String {
    let totals = &card.figures.totals;
    let options: Vec<String> = card
        .config
        .labels
        .options
        .iter()
        .map(|label| format!("`{label}`"))
        .collect();
    format!(
        "Workers chose one of the labels {} for each task. From {} of {} comes one label for each of {}.\n",
        super::markdown::listed(&options),
        counted(totals.n_label_votes, "answer", "answers"),
        counted(totals.n_voters, "worker", "workers"),
        counted(totals.n_tasks, "task", "tasks"),
    )
}

/// How answers became labels, and how many there are of each.
pub(super) fn labels(card: &Card<'_>) -> String {
    let method = match card.config.labels.method {
        LabelMethod::Majority => "the label that most workers chose; `confidence` is their share",
        LabelMethod::BySkill => {
            "the likeliest label, each answer weighing by its worker's skill; `confidence` is its probability"
        }
        LabelMethod::DawidSkene => {
            "the likeliest label by the model of Dawid and Skene, which learns what each worker takes for what; `confidence` is its probability"
        }
        LabelMethod::OneCoin => {
            "the likeliest label by a model that learns how often each worker is right; `confidence` is its probability"
        }
    };
    let n_tasks = card.figures.labels.iter().map(|line| line.n_tasks).sum();
    let rows: Vec<Vec<String>> = card
        .figures
        .labels
        .iter()
        .map(|line| {
            vec![
                line.label.clone(),
                count(line.n_tasks),
                share(line.n_tasks, n_tasks),
                number(line.confidence, 3),
                count(line.n_ties),
            ]
        })
        .collect();
    let headings = ["label", "tasks", "share", "mean confidence", "ties"];
    format!(
        "Method `{}`: {method}. Of labels that are equally good the first in byte order is taken (`is_tie`).\n\n{}",
        card.config.labels.method.name(),
        table(&headings, &rows)
    )
}

/// How far the workers agree.
pub(super) fn agreement(card: &Card<'_>) -> String {
    let totals = &card.figures.totals;
    let majority = if totals.n_tasks_asked_again == 0 {
        "No task was answered twice, so that nothing can be said about agreement.\n".to_owned()
    } else {
        format!(
            "{} of {} tasks have two or more answers. There, {} of the answers are the task's most frequent one, and {} of the tasks \
             are unanimous.\n",
            count(totals.n_tasks_asked_again),
            count(totals.n_tasks),
            totals.task_agreement.map_or_else(String::new, percentage),
            share(totals.n_unanimous_tasks, totals.n_tasks_asked_again),
        )
    };
    let rows: Vec<Vec<String>> = card
        .figures
        .agreement
        .iter()
        .map(|line| {
            vec![
                line.project_id.clone(),
                number(line.krippendorff_alpha, 3),
                count(line.n_answers),
            ]
        })
        .collect();
    format!(
        "{majority}\nKrippendorff's alpha is 1 where workers always agree and 0 where they agree as by chance:\n\n{}",
        table(&["project", "alpha", "answers"], &rows)
    )
}

/// Biases that are known.
pub(super) fn biases() -> &'static str {
    "- **Prevalence.** Workers who see one label nearly always tend to give it without looking; control tasks of the rare label show it.\n\
     - **Selection.** Only tasks that somebody chose to upload are here.\n"
}

/// What the dataset is not good for.
pub(super) fn limits() -> &'static str {
    "- A label is what workers saw, not what is true: compare `confidence` before you train on it.\n\
     - There are no splits: deal tasks by a hash of what they have in common.\n"
}
