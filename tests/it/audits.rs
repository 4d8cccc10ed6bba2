//! Every audit against a defect planted in stored files: exit code 3, its code in the error, nothing visible.
//!
//! The tables are those of a small shop, computed once; only what is stored of them is changed.

mod defects;
mod stored;

use std::collections::BTreeSet;
use std::path::Path;

use crowdrank::error::Error;
use crowdrank::publish::WrittenTable;
use crowdrank::storage::Location;
use crowdrank::testing::{Rehearsal, Tampering, audit_codes};
use serde_json::Value;

use crate::binary::crowdrank;
use crate::binary::text;
use crate::published::Snapshot;
use crate::shop::{Shop, files_below};
use defects::{DEFECTS, Defect};
use stored::Stored;

/// A moment after every event of the shop, and one more.
const FIRST_NIGHT: &str = "2026-12-01";
const SECOND_NIGHT: &str = "2026-12-02";

/// Figures that no row can offend.
const MEASURED_ONLY: [&str; 1] = ["item_overlap"];

/// A shop that was published once, so that there is a snapshot before.
fn shop_after_one_night() -> Shop {
    let shop = Shop::generate("0.005", "7");
    let config = std::fs::read_to_string(shop.config()).expect("the configuration");
    let config = config.replace("publish_worker_ids = true", "publish_worker_ids = false");
    std::fs::write(shop.config(), config).expect("the configuration is written");
    shop.run(&["--as-of", FIRST_NIGHT]).succeeded();
    shop
}

fn run<T>(work: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build();
    runtime.expect("a runtime").block_on(work)
}

/// Publishes with a defect; what came of it.
async fn publish(rehearsal: &Rehearsal, defect: &Defect) -> Result<Vec<String>, Error> {
    let after_writing = |location: &Location, tables: &mut Vec<WrittenTable>| {
        let mut stored = Stored::new(location, tables);
        (defect.after_writing)(&mut stored);
    };
    let after_sealing = |location: &Location| {
        (defect.after_sealing)(Path::new(&location.to_string()));
    };
    let tampering = Tampering {
        after_writing: &after_writing,
        after_sealing: &after_sealing,
    };
    rehearsal.publish(&tampering).await
}

#[test]
fn every_audit_finds_its_defect_and_nothing_becomes_visible() {
    let planted: BTreeSet<&str> = DEFECTS.iter().map(|defect| defect.code).collect();
    let wanted: BTreeSet<&str> = audit_codes()
        .filter(|code| !MEASURED_ONLY.contains(code))
        .collect();
    assert_eq!(planted, wanted, "each audit has a defect");
    let shop = shop_after_one_night();
    let output = shop.path("published");
    let before = Snapshot::current(&output);
    run(async {
        let rehearsal = Rehearsal::open(&shop.config(), SECOND_NIGHT)
            .await
            .expect("computed tables");
        let mut surprises = Vec::new();
        for defect in DEFECTS {
            let what = format!("{}: {}", defect.code, defect.what);
            let Err(error) = publish(&rehearsal, defect).await else {
                panic!("published with {what}");
            };
            assert_eq!(error.exit_code(), 3, "{what}: {error}");
            let Error::Refused(refusal) = &error else {
                panic!("{what}: {error}");
            };
            let failed: Vec<&str> = refusal
                .verdicts
                .iter()
                .filter(|verdict| !verdict.audit.passed)
                .map(|verdict| verdict.audit.code.as_str())
                .collect();
            if failed != defect.failed() {
                surprises.push(format!("{what}: {failed:?}: {error}"));
            }
            let current = Snapshot::current(&output);
            assert_eq!(current.commit, before.commit, "{what} became visible");
        }
        assert!(surprises.is_empty(), "{}", surprises.join("\n"));
        publish(&rehearsal, &Defect::none())
            .await
            .expect("a sound snapshot");
    });
    assert_eq!(Snapshot::current(&output).commit["commit"], 2);
}

#[test]
fn offending_rows_of_an_operators_audit_are_kept_and_told_as_json() {
    let shop = Shop::generate("0.005", "8");
    std::fs::create_dir(shop.path("audits")).expect("a new folder");
    let audit = "-- fail: a candidate has the best label\nselect query_id, item_id from published.pointwise where label = 4\n\n\
                 -- warn: some candidates have no label\n-- allowed: 99 % of pointwise\nselect query_id from published.pointwise where label = 0\n";
    std::fs::write(shop.path("audits/labels.sql"), audit).expect("an audit");
    let ran = shop.run(&["--json"]);
    assert_eq!(ran.code, Some(3), "{ran}");
    let ended: Value = serde_json::from_str(&ran.stdout).expect("one JSON object");
    assert_eq!(ended["outcome"], "refused");
    let audits = ended["audits"].as_array().expect("audits");
    let failed: Vec<&Value> = audits
        .iter()
        .filter(|audit| audit["passed"] == false)
        .collect();
    let of_operator = failed.iter().find(|audit| audit["code"] == "user.labels");
    let of_operator = of_operator.unwrap_or_else(|| panic!("no user.labels: {ran}"));
    let kept = Path::new(
        of_operator["rows_kept_at"]
            .as_str()
            .expect("a file of rows"),
    );
    let rows = std::fs::read_to_string(kept).expect("kept rows");
    assert!(rows.lines().count() > 10, "{rows}");
    let first: Value = serde_json::from_str(rows.lines().next().expect("a row")).expect("JSON");
    assert!(first["row"]["item_id"].is_string(), "{first}");
    assert!(kept.with_file_name("audits.json").exists());
    let published = files_below(&shop.path("published/_commits"));
    assert!(published.is_empty(), "{published:?}");

    let lenient = audit.replace("-- fail:", "-- warn:");
    std::fs::write(shop.path("audits/labels.sql"), lenient).expect("an audit");
    let ran = shop.run(&["--json"]).succeeded();
    let ended: Value = serde_json::from_str(&ran.stdout).expect("one JSON object");
    assert_eq!(ended["outcome"], "published", "{ran}");
    let warnings = ended["warnings"].to_string();
    assert!(
        warnings.contains("a candidate has the best label"),
        "{warnings}"
    );
    assert!(
        !warnings.contains("no label"),
        "99 % are allowed: {warnings}"
    );
}

#[test]
fn an_operators_audit_that_is_no_query_is_refused_by_file_and_line_before_any_work() {
    let shop = Shop::generate("0.005", "9");
    std::fs::create_dir(shop.path("audits")).expect("a new folder");
    let config = shop.config();
    for (audit, words) in [
        (
            "-- fail: x\nselect colour from published.items\n",
            ["odd.sql:2", "colour"],
        ),
        ("select 1\n", ["odd.sql:1", "-- fail:"]),
        (
            "-- warn: x\n-- allowed: half\nselect 1\n",
            ["odd.sql:2", "% of"],
        ),
    ] {
        std::fs::write(shop.path("audits/odd.sql"), audit).expect("an audit");
        shop.run(&[]).refused(2).explains(&words);
        let checked = crowdrank(&["check", "--config", text(&config)]);
        assert_eq!(checked.code, Some(2), "{checked}");
        checked.explains(&words);
    }
    assert!(!shop.path("published/snapshots").exists());
}
