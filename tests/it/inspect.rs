//! `whatif` and `explain`: their numbers are those of the stage tables.
//!
//! What the rules mean is tested where they are replayed.

use serde_json::{Value, json};

use crate::binary::{crowdrank, text};
use crate::shop::{Shop, listing};

/// A shop with rules that ban nobody, the usual ones, and rules that ban for one wrong control answer in four.
fn shop() -> Shop {
    let shop = Shop::generate("0.002", "3");
    shop.configure("data/responses", "[quality]\nrules = \"usual.json\"\n");
    for (name, n_answers, wrong_pct) in [
        ("lenient.json", 9, 100),
        ("usual.json", 3, 60),
        ("strict.json", 3, 24),
    ] {
        let rules = golden_rules(n_answers, wrong_pct);
        std::fs::write(shop.path(name), rules.to_string()).expect("the rules are written");
    }
    shop
}

fn golden_rules(n_answers: u32, wrong_pct: u32) -> Value {
    json!({"configs": [{
        "collector_config": {"type": "GOLDEN_SET", "parameters": {"history_size": 10}},
        "rules": [{
            "conditions": [
                {"key": "golden_set_answers_count", "operator": "GT", "value": n_answers},
                {"key": "golden_set_incorrect_answers_rate", "operator": "GT", "value": wrong_pct},
            ],
            "action": {"type": "RESTRICTION_V2", "parameters": {
                "scope": "PROJECT", "duration_unit": "DAYS", "duration": 10, "private_comment": "",
            }},
        }],
    }]})
}

fn parsed(stdout: &str) -> Value {
    serde_json::from_str(stdout).expect("one JSON document")
}

fn number(value: &Value) -> u64 {
    value
        .as_u64()
        .unwrap_or_else(|| panic!("a count, not {value}"))
}

const COUNTS: &str = "
    select drop_reason as name, count(*) as n from quality.decisions group by drop_reason
    union all
    select 'all' as name, count(*) as n from quality.decisions
    union all
    select 'bans' as name, count(*) as n from quality.bans where scope = 'PROJECT'";

#[test]
fn stricter_rules_ban_more_and_keep_less_and_every_row_is_accounted_for() {
    let shop = shop();
    let config = shop.config();
    let files = ["lenient.json", "usual.json", "strict.json"].map(|name| shop.path(name));
    let mut arguments = vec!["whatif", "--config", text(&config), "--json", "--rules"];
    arguments.extend(files.iter().map(|file| text(file)));
    let before = listing(&shop.path(""));
    let whatif = parsed(&crowdrank(&arguments).succeeded().stdout);
    assert_eq!(before, listing(&shop.path("")), "nothing is written");
    let rule_sets = whatif["rule_sets"].as_array().expect("rule sets");
    let figures = |pick: fn(&Value) -> u64| -> Vec<u64> { rule_sets.iter().map(pick).collect() };
    let bans = figures(|set| number(&set["bans"]["PROJECT"]));
    let kept = figures(|set| number(&set["answers"]["n_kept"]));
    assert!(bans[0] < bans[1] && bans[1] < bans[2], "{bans:?}");
    assert!(kept[0] > kept[1] && kept[1] > kept[2], "{kept:?}");
    for (set, file) in rule_sets.iter().zip(&files).skip(1) {
        let rules = format!("quality.rules={}", text(file));
        for row in &shop.query(&["--set", &rules], COUNTS) {
            let told = match row["name"].as_str() {
                Some("bans") => &set["bans"]["PROJECT"],
                Some("all") => &set["answers"]["n_all"],
                Some(reason) => &set["answers"]["dropped"][reason],
                None => &set["answers"]["n_kept"],
            };
            assert_eq!(number(told), number(&row["n"]), "{row} of {set}");
        }
    }
    assert!(rule_sets[0].get("against_first").is_none(), "{whatif}");
    let against = &rule_sets[2]["against_first"];
    let n_lost = number(&against["n_answers_lost"]);
    assert_eq!(
        kept[0] - kept[2],
        n_lost - number(&against["n_answers_won_back"])
    );
    let tau = against["mean_kendall_tau"].as_f64().expect("a tau");
    assert!(tau < 1.0 && tau > -1.0, "{against}");
}

#[test]
fn a_rule_set_compared_with_itself_changes_nothing() {
    let shop = shop();
    let config = shop.config();
    let rules = shop.path("usual.json");
    let (rules, config) = (text(&rules), text(&config));
    let ran = crowdrank(&[
        "whatif", "--config", config, "--json", "--rules", rules, rules,
    ]);
    let whatif = parsed(&ran.succeeded().stdout);
    let [first, second] = &whatif["rule_sets"].as_array().expect("rule sets")[..] else {
        panic!("two rule sets, not {whatif}");
    };
    for part in [
        "bans",
        "answers",
        "relabel",
        "remaining",
        "n_queries_ranked",
    ] {
        assert_eq!(first[part], second[part], "{part}");
    }
    let against = &second["against_first"];
    assert_eq!(number(&against["n_answers_lost"]), 0);
    assert_eq!(number(&against["n_answers_won_back"]), 0);
    assert_eq!(against["mean_kendall_tau"].as_f64(), Some(1.0));
    assert_eq!(against["top_changed_share"].as_f64(), Some(0.0));
    assert_eq!(against["n_common_queries"], first["n_queries_ranked"]);
}

#[test]
fn the_table_has_a_column_for_each_rule_set_and_none_stands_for_no_rule() {
    let shop = shop();
    let config = shop.config();
    let rules = shop.path("strict.json");
    let arguments = [
        "whatif",
        "--config",
        text(&config),
        "--rules",
        "none",
        text(&rules),
    ];
    let ran = crowdrank(&arguments).succeeded();
    let line = |start: &str| {
        let found = ran
            .stdout
            .lines()
            .find(|line| line.trim_start().starts_with(start));
        found.unwrap_or_else(|| panic!("no line {start} in {ran}"))
    };
    assert_eq!(
        line("none").split_whitespace().collect::<Vec<_>>(),
        ["none", "strict.json"]
    );
    let cells: Vec<&str> = line("kept by the first")
        .split_whitespace()
        .rev()
        .take(2)
        .collect();
    assert_eq!(cells[1], "-", "{ran}");
    assert!(cells[0].parse::<u64>().is_ok_and(|n| n > 0), "{ran}");
}

#[test]
fn a_mistake_in_a_rules_file_names_the_file_and_the_place() {
    let shop = shop();
    let config = shop.config();
    let mut rules = golden_rules(3, 60);
    rules["configs"][0]["rules"][0]["conditions"][1]["operator"] = json!("GREATER");
    let broken = shop.path("broken.json");
    std::fs::write(&broken, rules.to_string()).expect("the rules are written");
    let usual = shop.path("usual.json");
    let start = ["whatif", "--config", text(&config), "--rules", text(&usual)];
    crowdrank(&[&start[..], &[text(&broken)]].concat())
        .refused(2)
        .explains(&[
            "broken.json",
            "configs[0].rules[0].conditions[1].operator",
            "GREATER",
        ]);
    crowdrank(&[&start[..], &["nowhere.json"]].concat())
        .refused(2)
        .explains(&["nowhere.json"]);
    crowdrank(&start[..4]).refused(2);
}

const FIRST_BAN: &str = "
    select worker_id, worker_pseudonym(worker_id) as pseudonym, rule, statistics
    from quality.bans where source = 'replay' order by started_at, worker_id limit 1";

#[test]
fn a_banned_worker_is_explained_by_the_rule_and_the_numbers_of_the_ban() {
    let shop = shop();
    let config = shop.config();
    let ban = shop.query(&[], FIRST_BAN).remove(0);
    let worker_id = ban["worker_id"].as_str().expect("a worker");
    let explain = ["explain", "worker", worker_id, "--config", text(&config)];
    let told = crowdrank(&explain).succeeded();
    let statistic = |name: &str| {
        let statistics = ban["statistics"].as_str().expect("statistics");
        let values = statistics
            .split_whitespace()
            .filter_map(|pair| pair.split_once('='));
        let (_, value) = values
            .into_iter()
            .find(|(key, _)| *key == name)
            .expect("known");
        value.parse::<f64>().expect("a number")
    };
    let wrong_pct = (statistic("golden_set_incorrect_answers_rate") * 100.0).round() / 100.0;
    let why = format!(
        "rule 0.0 of quality.rules, in pool {{pool}}: golden_set_answers_count > 3 (is {}) and \
         golden_set_incorrect_answers_rate > 60 (is {wrong_pct})",
        statistic("golden_set_answers_count"),
    );
    let json = crowdrank(&[&explain[..], &["--json"]].concat()).succeeded();
    let story = parsed(&json.stdout);
    let first = &story["bans"][0];
    assert_eq!(first["rule"], ban["rule"]);
    assert_eq!(first["statistics"], ban["statistics"]);
    let (before, after) = why.split_once("{pool}").expect("a place for the pool");
    let found = first["why"].as_str().expect("a reason");
    assert!(
        found.starts_with(before) && found.ends_with(after),
        "{found}"
    );
    assert!(told.stdout.contains(found), "{found} in {told}");
    let is_it =
        |moment: &&Value| moment["is_fired"] == true && moment["statistics"] == ban["statistics"];
    let timeline = story["timeline"].as_array().expect("a timeline");
    assert_eq!(timeline.iter().filter(is_it).count(), 1, "{json}");
    assert_eq!(story["pseudonym"], ban["pseudonym"]);
}

#[test]
fn what_the_bans_took_and_what_is_kept_add_up_to_the_decisions() {
    let shop = shop();
    let config = shop.config();
    let ban = shop.query(&[], FIRST_BAN).remove(0);
    let worker_id = ban["worker_id"].as_str().expect("a worker");
    let explain = [
        "explain",
        "worker",
        worker_id,
        "--json",
        "--config",
        text(&config),
    ];
    let story = parsed(&crowdrank(&explain).succeeded().stdout);
    let bans = story["bans"].as_array().expect("bans");
    let n_taken: u64 = bans
        .iter()
        .map(|ban| number(&ban["n_answers_before"]) + number(&ban["n_answers_inside"]))
        .sum();
    let sql = format!(
        "select count(*) as n_all, count(*) filter (where is_kept) as n_kept, \
         count(*) filter (where drop_reason in ('before_ban', 'blocked_by_ban')) as n_taken \
         from quality.decisions where worker_id = '{worker_id}'"
    );
    let counts = shop.query(&[], &sql).remove(0);
    let projects = story["projects"].as_object().expect("projects");
    let sum = |key: &str| {
        projects
            .values()
            .map(|project| number(&project[key]))
            .sum::<u64>()
    };
    assert_eq!(number(&counts["n_taken"]), n_taken, "{story:#}");
    assert_eq!(number(&counts["n_all"]), sum("n_answers"));
    assert_eq!(number(&counts["n_kept"]), sum("n_kept"));
    let times: Vec<&str> = story["timeline"]
        .as_array()
        .expect("a timeline")
        .iter()
        .filter_map(|moment| moment["at"].as_str())
        .collect();
    assert!(times.is_sorted(), "{times:?}");
}

#[test]
fn a_worker_is_found_by_pseudonym_and_an_unknown_one_gets_the_nearest_ids() {
    let shop = shop();
    let config = shop.config();
    let ban = shop.query(&[], FIRST_BAN).remove(0);
    let worker_id = ban["worker_id"].as_str().expect("a worker");
    let pseudonym = ban["pseudonym"].as_str().expect("a pseudonym");
    let explain = |name: &str| crowdrank(&["explain", "worker", name, "--config", text(&config)]);
    let by_id = explain(worker_id).succeeded();
    assert_eq!(explain(pseudonym).succeeded().stdout, by_id.stdout);
    let misspelt = format!("{worker_id}0");
    explain(&misspelt)
        .refused(2)
        .explains(&[&misspelt, worker_id]);
    explain("w_000000000000000000000000")
        .refused(2)
        .explains(&["CROWDRANK_WORKER_KEY"]);
}

#[test]
fn a_pools_own_rule_is_told_to_be_the_pools() {
    let shop = shop();
    let own = golden_rules(3, 60).to_string();
    let mapping = format!(
        "[quality]\nrules = \"lenient.json\"\n[inputs.pools.columns]\nquality_control = \"\"\"'{own}'\"\"\"\n"
    );
    shop.configure("data/responses", &mapping);
    let config = shop.config();
    let ban = shop.query(&[], FIRST_BAN).remove(0);
    let worker_id = ban["worker_id"].as_str().expect("a worker");
    let told = crowdrank(&["explain", "worker", worker_id, "--config", text(&config)]).succeeded();
    assert!(told.stdout.contains("rule 0.0 of pool "), "{told}");
    assert!(
        told.stdout
            .contains("'s own rules: golden_set_answers_count > 3"),
        "{told}"
    );
}
