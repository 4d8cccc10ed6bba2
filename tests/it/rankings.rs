//! `evaluate`, `next-pairs`, `explain pair`, and the ranking methods of the nightly job.
//!
//! What the methods compute is tested beside them, and in `golden`.

use serde_json::Value;

use crate::binary::{crowdrank, text};
use crate::shop::{Shop, listing};

const EQUAL: &str = "skills.weight=equal";

fn shop() -> Shop {
    let shop = Shop::generate("0.002", "5");
    shop.configure(
        "data/responses",
        "[inputs.truth]\nurls = [\"data/truth\"]\n",
    );
    shop
}

fn json(shop: &Shop, arguments: &[&str]) -> Value {
    let config = shop.config();
    let mut all = vec!["-q"];
    all.extend(arguments);
    all.extend(["--config", text(&config)]);
    serde_json::from_str(&crowdrank(&all).succeeded().stdout).expect("one JSON document")
}

#[test]
fn evaluation_sets_methods_against_held_out_answers_and_the_truth() {
    let shop = shop();
    let before = listing(&shop.path(""));
    let arguments = [
        "evaluate",
        "--json",
        "--methods",
        "win_rate,bradley_terry,elo,crowd_bradley_terry",
    ];
    let found = json(&shop, &arguments);
    assert_eq!(before, listing(&shop.path("")), "nothing is written");
    assert_eq!(
        found,
        json(&shop, &arguments),
        "the same answers are held out again"
    );
    let methods = found["methods"].as_array().expect("methods");
    let names: Vec<&str> = methods
        .iter()
        .map(|one| one["method"].as_str().expect("a name"))
        .collect();
    assert_eq!(
        names,
        [
            "bradley_terry",
            "win_rate",
            "elo",
            "crowd_bradley_terry",
            "coin"
        ]
    );
    for method in &methods[..4] {
        let value = |path: &str| {
            method
                .pointer(path)
                .and_then(Value::as_f64)
                .expect("a number")
        };
        assert!(
            value("/held_out/calibrated_log_loss/value") < 0.69,
            "{method}"
        );
        assert!(value("/held_out/accuracy/value") > 0.55, "{method}");
        assert!(value("/truth/kendall_tau/value") > 0.3, "{method}");
        assert!(
            value("/truth/ndcg/low") <= value("/truth/ndcg/high"),
            "{method}"
        );
        let bins = method
            .pointer("/held_out/calibration")
            .and_then(Value::as_array);
        let n_answers: u64 = bins
            .expect("bins")
            .iter()
            .filter_map(|bin| bin["n_answers"].as_u64())
            .sum();
        assert_eq!(Some(n_answers), found["n_held_out"].as_u64());
    }
    assert!(found["recommended"].is_string());
}

#[test]
fn an_unknown_method_is_refused_with_the_nearest_name() {
    let shop = shop();
    let config = shop.config();
    crowdrank(&[
        "evaluate",
        "--methods",
        "bradly_terry",
        "--config",
        text(&config),
    ])
    .refused(2)
    .explains(&["bradley_terry"]);
    crowdrank(&["explain", "method", "ello"])
        .refused(2)
        .explains(&["elo"]);
}

#[test]
fn next_pairs_keep_the_budget_and_the_limits_and_can_be_uploaded() {
    let shop = shop();
    let config = shop.config();
    let (sheet, table) = (shop.path("tasks.tsv"), shop.path("tasks.json"));
    for file in [&sheet, &table] {
        let limits = ["--budget", "40", "--per-query", "3", "--per-item", "2"];
        let mut arguments = vec![
            "next-pairs",
            "--config",
            text(&config),
            "--output",
            text(file),
        ];
        arguments.extend(limits);
        crowdrank(&arguments).succeeded();
        crowdrank(&arguments)
            .refused(2)
            .explains(&["nothing is overwritten"]);
    }
    let text_of = |file| std::fs::read_to_string(file).expect("the file is there");
    let rows: Vec<Value> = serde_json::from_str(&text_of(&table)).expect("JSON");
    assert_eq!(rows.len(), 40);
    let mut per_query = std::collections::BTreeMap::<&str, usize>::new();
    let mut per_item = std::collections::BTreeMap::<(&str, &str), usize>::new();
    for row in &rows {
        let field = |name: &str| row[name].as_str().expect("text");
        *per_query.entry(field("query_id")).or_default() += 1;
        for side in ["left_item_id", "right_item_id"] {
            *per_item
                .entry((field("query_id"), field(side)))
                .or_default() += 1;
        }
        assert!(row["expected_information"].as_f64().expect("nats") > 0.0);
        assert!(row["cost_usd"].as_f64().expect("a price") > 0.0);
    }
    assert!(per_query.values().all(|n| *n <= 3), "{per_query:?}");
    assert!(per_item.values().all(|n| *n <= 2), "{per_item:?}");
    let sheet = text_of(&sheet);
    let mut lines = sheet.lines();
    assert_eq!(
        lines.next(),
        Some("INPUT:query_id\tINPUT:left_item_id\tINPUT:right_item_id")
    );
    assert_eq!(lines.count(), 40);
}

/// The score of an item in a story.
fn score_of(story: &Value, item: &str) -> f64 {
    let scores = story["scores"].as_array().expect("scores");
    let of_item = scores.iter().find(|score| score["item_id"] == item);
    of_item
        .and_then(|score| score["score"].as_f64())
        .expect("a score")
}

#[test]
fn the_story_of_a_pair_has_its_answers_and_its_scores() {
    let shop = shop();
    let votes = shop.query(
        // No weight of nought: such an answer has no say.
        &["--set", EQUAL],
        "select query_id, first_item_id, second_item_id, n_votes, n_wins_first, n_wins_second
         from comparisons.pairs order by n_votes desc, query_id, first_item_id, second_item_id limit 1",
    );
    let pair = &votes[0];
    let name = |column: &str| pair[column].as_str().expect("text");
    let names = [
        name("query_id"),
        name("first_item_id"),
        name("second_item_id"),
    ];
    let story = json(
        &shop,
        &[
            "explain", "pair", names[0], names[1], names[2], "--json", "--set", EQUAL,
        ],
    );
    let answers = story["answers"].as_array().expect("answers");
    let kept = answers
        .iter()
        .filter(|answer| answer["is_kept"] == true)
        .count();
    assert_eq!(Some(kept as u64), pair["n_votes"].as_u64());
    assert_eq!(
        story["evidence"]["direct"]["n_first_won"],
        pair["n_wins_first"]
    );
    let score = |item: &str| score_of(&story, item);
    let difference = story["evidence"]["all"]["difference"]
        .as_f64()
        .expect("a difference");
    assert!((difference - (score(names[1]) - score(names[2]))).abs() < 1e-6);
    let config = shop.config();
    let told = crowdrank(&[
        "-q",
        "explain",
        "pair",
        names[0],
        names[1],
        names[2],
        "--config",
        text(&config),
    ]);
    let told = told.succeeded().stdout;
    assert!(
        told.contains("all candidates by bradley_terry") && told.contains(names[1]),
        "{told}"
    );
    crowdrank(&[
        "explain",
        "pair",
        names[0],
        names[1],
        "nobody",
        "--config",
        text(&config),
    ])
    .refused(2)
    .explains(&["is no candidate"]);
}

#[test]
fn every_method_ranks_every_query_of_a_night() {
    let shop = shop();
    let n_items = shop.query(&[], "select count(*) as n from ranking.scores")[0]["n"].clone();
    let listed = crowdrank(&["explain", "method"]).succeeded().stdout;
    let names: Vec<&str> = listed
        .lines()
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    assert!(names.len() >= 12, "{names:?}");
    for name in names {
        let setting = format!("ranking.method={name}");
        let sql = "select count(*) as n, count(score) as n_scores, max(rank) as rank_max from ranking.scores";
        let rows = shop.query(&["--set", &setting], sql);
        assert_eq!(
            (&rows[0]["n"], &rows[0]["n_scores"]),
            (&n_items, &n_items),
            "{name}"
        );
        assert!(rows[0]["rank_max"].as_u64().expect("a rank") > 1, "{name}");
        let page = crowdrank(&["explain", "method", name]).succeeded().stdout;
        assert!(page.lines().count() > 5, "{name}: {page}");
    }
}

#[test]
fn weights_of_a_worker_model_have_mean_one_over_the_votes() {
    let shop = shop();
    let rows = shop.query(
        &[
            "--set",
            "skills.weight=model",
            "--set",
            "ranking.prior=auto",
        ],
        "select avg(weight) as mean, max(weight) as most, min(prior) as prior
         from comparisons.votes cross join ranking.parameters",
    );
    let value = |name: &str| rows[0][name].as_f64().expect("a number");
    assert!((value("mean") - 1.0).abs() < 1e-6, "{rows:?}");
    assert!(value("most") > 1.0, "{rows:?}");
    assert!(
        [0.1, 0.25, 0.5, 1.0, 2.0].contains(&value("prior")),
        "{rows:?}"
    );
}

#[test]
fn the_functions_are_listed_with_what_they_do() {
    let listed = crowdrank(&["sql", "--format", "json", "-c", "show functions"])
        .succeeded()
        .stdout;
    let rows: Vec<Value> = serde_json::from_str(&listed).expect("JSON");
    for name in [
        "bradley_terry",
        "davidson",
        "elo",
        "rank_candidates",
        "learn_workers",
        "dawid_skene",
        "replay",
    ] {
        let row = rows.iter().find(|row| row["function_name"] == name);
        let description = row
            .and_then(|row| row["description"].as_str())
            .unwrap_or_default();
        assert!(description.len() > 10, "{name}: {row:?}");
    }
    for name in ["noisy_bradley_terry", "crowd_bradley_terry_workers"] {
        let is_table =
            |row: &&Value| row["function_name"] == name && row["function_type"] == "TABLE";
        assert!(rows.iter().any(|row| is_table(&row)), "{name}");
    }
}

#[test]
fn coverage_is_simulated_without_a_configuration() {
    let rows = crowdrank(&["evaluate", "--coverage", "--json"])
        .succeeded()
        .stdout;
    let rows: Vec<Value> = serde_json::from_str(&rows).expect("JSON");
    let share = |graph: &str, errors: &str| {
        let row = rows.iter().find(|row| {
            row["graph"] == graph
                && row["errors"] == errors
                && row["estimator"] == "maximum_likelihood"
                && row["answers"] == "independent"
        });
        row.and_then(|row| row["covered_share"].as_f64())
            .expect("a share")
    };
    for graph in ["random", "ring"] {
        assert!(
            (0.93..=0.97).contains(&share(graph, "curvature")),
            "{graph}"
        );
    }
    assert!(share("ring", "diagonal") < 0.7);
}
