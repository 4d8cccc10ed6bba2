//! The demo: what it leaves behind, and how well it finds what was planted.

use std::path::Path;

use crate::binary::{crowdrank, text};

/// The numbers of the first line of a printed table that has all the words.
fn figures(printed: &str, words: &[&str]) -> Vec<f64> {
    let line = printed
        .lines()
        .find(|line| words.iter().all(|word| line.contains(word)))
        .unwrap_or_else(|| panic!("no line with {words:?} in\n{printed}"));
    let cells = line.split('|').map(str::trim);
    cells.filter_map(|cell| cell.parse().ok()).collect()
}

/// The default rules find the planted bad workers, and the recovered order gains by it.
#[expect(clippy::print_stdout, reason = "the figures are the point")]
fn judge_verdict(printed: &str) {
    let after_heading: Vec<&str> = printed.split("of_them_banned").collect();
    let row = after_heading[1].lines().nth(2).expect("a row of figures");
    let [
        n_bad,
        n_banned,
        recall,
        precision,
        n_honest,
        n_honest_banned,
    ] = figures(row, &[])[..]
    else {
        panic!("six figures: {row}");
    };
    println!(
        "recall {recall}, precision {precision}, honest banned {n_honest_banned} of {n_honest}"
    );
    assert!(n_bad >= 20.0 && n_banned <= n_bad);
    assert!(recall >= 0.9, "recall {recall}");
    assert!(
        n_honest_banned / n_honest <= 0.02,
        "{n_honest_banned} of {n_honest}"
    );
    let tau = |ranking: &str| figures(printed, &["|", ranking])[0];
    let (with, without) = (tau("crowdrank "), tau("no quality control"));
    println!("Kendall's tau {with} with quality control, {without} without");
    assert!(with >= without + 0.05, "{with} against {without}");
}

#[test]
fn a_demo_publishes_finds_the_bad_workers_and_names_the_next_commands() {
    let folder = tempfile::TempDir::new().expect("a temporary folder");
    let demo = folder.path().join("shop");
    let ran = crowdrank(&["demo", text(&demo)]).succeeded();
    judge_verdict(&ran.stdout);
    for name in [
        "crowdrank.toml",
        "rules.json",
        "data/responses",
        "published/_commits",
    ] {
        assert!(Path::new(&demo).join(name).exists(), "{name} is there");
    }
    let config = demo.join("crowdrank.toml");
    // Ad-hoc SQL comes to the same bans, though it computes only what a query names.
    let sql = "select (select count(*) from quality.bans) - (select count(*) from published.bans) as difference";
    let bans = crowdrank(&[
        "sql",
        "--config",
        text(&config),
        "--format",
        "csv",
        "-c",
        sql,
    ]);
    assert_eq!(bans.succeeded().stdout.trim(), "difference\n0");
    let again = crowdrank(&["run", "--config", text(&config)]).succeeded();
    assert!(again.stdout.contains("up to date: commit 1"), "{again}");
}
