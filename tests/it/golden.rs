//! The expected scores of small tournaments, through `crowdrank sql`.
//!
//! The same file is held against the methods themselves in `src/ranking/tests.rs`.

use serde_json::Value;

use crate::binary::crowdrank;

/// The expectations' own tolerance.
const TOLERANCE: f64 = 1e-6;

/// A method's call, the column that is compared, and the name of its expectation.
const CALLS: [(&str, &str, &str); 14] = [
    ("counting(l, r, o, w)", "score", "counting"),
    ("win_rate(l, r, o, w)", "score", "win_rate"),
    ("average_win_rate(l, r, o, w)", "score", "average_win_rate"),
    ("elo(l, r, o, w, null, '', at)", "score", "elo"),
    ("pagerank(l, r, o, w)", "score", "pagerank"),
    ("bradley_terry(l, r, o, w)", "score", "bt_map_phantom_0.5"),
    (
        "bradley_terry(l, r, o, w, null, 'prior=0.1')",
        "score",
        "bt_map_phantom_0.1",
    ),
    (
        "bradley_terry(l, r, o, w, null, 'prior_l2=0.1')",
        "score",
        "bt_map_gauss_l2_0.1",
    ),
    (
        "bradley_terry(l, r, o, w, null, 'prior=0')",
        "score",
        "bt_mle",
    ),
    (
        "bradley_terry(l, r, o, w, null, 'prior=0')",
        "score_se",
        "bt_mle_se_hessian",
    ),
    (
        "bradley_terry(l, r, o, w, null, 'prior=0 errors=by_worker')",
        "score_se",
        "bt_mle_se_sandwich",
    ),
    (
        "rank_centrality(l, r, o, w)",
        "score",
        "rank_centrality_0.1",
    ),
    ("hodgerank(l, r, o, w)", "score", "hodgerank_sign"),
    (
        "rank_candidates(l, r, o, w, null, '', 'davidson')",
        "score",
        "davidson_mle",
    ),
];

/// Of the last kind: another method by name.
const RAO_KUPPER: (&str, &str, &str) = ("rao_kupper(l, r, o, w)", "score", "rao_kupper_mle");

fn golden() -> Option<Value> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/golden/ranking.json");
    let Ok(text) = std::fs::read_to_string(path) else {
        eprintln!("skipped: {path} is absent");
        return None;
    };
    Some(serde_json::from_str(&text).expect("JSON"))
}

#[test]
fn sql_gives_the_expected_scores() {
    let Some(golden) = golden() else { return };
    let mut n_compared = 0;
    let mut n_expectations = 0;
    for case in golden["cases"].as_array().expect("cases") {
        n_expectations += case["expected"].as_object().expect("expectations").len();
        n_compared += compare(case);
    }
    assert_eq!(n_compared, n_expectations, "every expectation is compared");
}

/// How many expectations of the case were met.
fn compare(case: &Value) -> usize {
    let wanted = |key: &str| case["expected"][key]["v"].as_array();
    let calls = CALLS.iter().chain([&RAO_KUPPER]);
    let known: Vec<_> = calls
        .filter_map(|(call, column, key)| Some((call, column, key, wanted(key)?)))
        .collect();
    let parts: Vec<String> = known
        .iter()
        .map(|(call, column, key, _)| {
            format!("select '{key}' as key, c['item_id'] as item, c['{column}'] as value from (select unnest({call}) as c from answers)")
        })
        .collect();
    let sql = format!(
        "with answers as (select * from (values {}) as t(l, r, o, w, at)) {}",
        rows(case),
        parts.join(" union all ")
    );
    let ran = crowdrank(&["sql", "-c", &sql, "--format", "json"]).succeeded();
    let found: Value = serde_json::from_str(&ran.stdout).expect("JSON");
    let found = found.as_array().expect("rows");
    for (_, _, key, expected) in &known {
        let of_key: Vec<&Value> = found.iter().filter(|row| row["key"] == **key).collect();
        assert_eq!(of_key.len(), expected.len(), "{} {key}", case["name"]);
        for row in of_key {
            let item: usize = row["item"]
                .as_str()
                .and_then(|i| i.parse().ok())
                .expect("an item");
            let value = row["value"].as_f64().expect("a number");
            let wanted = expected[item].as_f64().expect("an expected number");
            assert!(
                (value - wanted).abs() <= TOLERANCE,
                "{} {key} item {item}: {value} instead of {wanted}",
                case["name"]
            );
        }
    }
    known.len()
}

/// The answers as rows of SQL: 0 tie, 1 left, 2 right; one second apart.
fn rows(case: &Value) -> String {
    let of_row = |(second, row): (usize, &Value)| {
        let weight = row[3].as_f64().unwrap_or(1.0);
        format!(
            "({}, {}, '{}', {weight:?}, to_timestamp({second}))",
            row[0],
            row[1],
            outcome(&row[2])
        )
    };
    let rows = case["rows"].as_array().expect("rows").iter().enumerate();
    rows.map(of_row).collect::<Vec<_>>().join(", ")
}

fn outcome(number: &Value) -> &'static str {
    match number.as_i64() {
        Some(0) => "tie",
        Some(1) => "left",
        _ => "right",
    }
}

#[test]
fn worker_models_give_the_expected_scores_and_reliabilities() {
    let Some(golden) = golden() else { return };
    for case in golden["worker_cases"].as_array().expect("cases") {
        let answers: Vec<String> = case["rows"]
            .as_array()
            .expect("rows")
            .iter()
            .map(|row| {
                format!(
                    "('q', '{}', '{}', '{}', '{}')",
                    row[0],
                    row[1],
                    outcome(&row[2]),
                    row[3]
                )
            })
            .collect();
        let create = format!(
            "create view answers as select * from (values {}) as t(query_id, left_item_id, right_item_id, outcome, worker_id);",
            answers.join(", ")
        );
        for (model, key) in [
            ("crowd_bradley_terry", "crowdbt"),
            ("noisy_bradley_terry", "noisy"),
        ] {
            let expected = &case["expected"][key];
            let items =
                format!("{create} select item_id as id, score as value from {model}('answers')");
            hold(&items, &expected["scores"], &format!("{key} scores"));
            let workers = format!(
                "{create} select worker_id as id, reliability as value from {model}_workers('answers')"
            );
            hold(
                &workers,
                &expected["reliability"],
                &format!("{key} reliability"),
            );
        }
    }
}

/// The last statement's values by number of the id.
fn hold(sql: &str, expected: &Value, what: &str) {
    let ran = crowdrank(&["sql", "-c", sql, "--format", "ndjson"]).succeeded();
    let rows: Vec<Value> = ran
        .stdout
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    let expected = expected.as_array().expect("expected numbers");
    assert_eq!(rows.len(), expected.len(), "{what}");
    for row in rows {
        let idx: usize = row["id"]
            .as_str()
            .and_then(|id| id.parse().ok())
            .expect("an id");
        let (value, wanted) = (
            row["value"].as_f64().expect("a number"),
            expected[idx].as_f64().expect("a number"),
        );
        assert!(
            (value - wanted).abs() <= TOLERANCE,
            "{what} {idx}: {value} instead of {wanted}"
        );
    }
}
