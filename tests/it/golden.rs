//! The expected scores of small tournaments, through `crowdrank sql`.
//!
//! The same file is held against the methods themselves in `src/ranking/tests.rs`.

use serde_json::Value;

use crate::binary::crowdrank;

/// The expectations' own tolerance.
const TOLERANCE: f64 = 1e-6;

/// A method's call and the name of its expectation.
const CALLS: [(&str, &str); 4] = [
    ("counting(l, r, o, w)", "counting"),
    ("win_rate(l, r, o, w)", "win_rate"),
    ("bradley_terry(l, r, o, w)", "bt_map_phantom_0.5"),
    (
        "bradley_terry(l, r, o, w, null, 'prior=0.1')",
        "bt_map_phantom_0.1",
    ),
];

#[test]
fn sql_gives_the_expected_scores() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/golden/ranking.json");
    let Ok(text) = std::fs::read_to_string(path) else {
        eprintln!("skipped: {path} is absent");
        return;
    };
    let golden: Value = serde_json::from_str(&text).expect("JSON");
    let mut n_compared = 0;
    for case in golden["cases"].as_array().expect("cases") {
        for (call, expectation) in CALLS {
            let expected = &case["expected"][expectation]["v"];
            if let Some(expected) = expected.as_array() {
                n_compared += compare(case, call, expected);
            }
        }
    }
    assert!(n_compared >= 100, "only {n_compared} scores were compared");
}

fn compare(case: &Value, call: &str, expected: &[Value]) -> usize {
    let sql = format!(
        "select c['item_id'] as item, c['score'] as score from (select unnest({call}) as c from (values {}) as t(l, r, o, w))",
        rows(case)
    );
    let ran = crowdrank(&["sql", "-c", &sql, "--format", "json"]).succeeded();
    let found: Value = serde_json::from_str(&ran.stdout).expect("JSON");
    let found = found.as_array().expect("rows");
    for row in found {
        let item: usize = row["item"]
            .as_str()
            .and_then(|i| i.parse().ok())
            .expect("an item");
        let score = row["score"].as_f64().expect("a score");
        let wanted = expected[item].as_f64().expect("an expected score");
        assert!(
            (score - wanted).abs() <= TOLERANCE,
            "{} {call} item {item}: {score} instead of {wanted}",
            case["name"]
        );
    }
    found.len()
}

/// The answers as rows of SQL: 0 tie, 1 left, 2 right.
fn rows(case: &Value) -> String {
    let of_row = |row: &Value| {
        let outcome = match row[2].as_i64() {
            Some(0) => "tie",
            Some(1) => "left",
            _ => "right",
        };
        let weight = row[3].as_f64().unwrap_or(1.0);
        format!("({}, {}, '{outcome}', {weight:?})", row[0], row[1])
    };
    let rows: Vec<String> = case["rows"]
        .as_array()
        .expect("rows")
        .iter()
        .map(of_row)
        .collect();
    rows.join(", ")
}
