//! What counts as drift, and what is chance, growth or the operator's own doing.

use super::*;

const MAKER: Maker<'_> = Maker {
    config_sha256: "config",
    sql_sha256: "sql",
    binary_version: "1",
};

fn figures(pairs: &[(&str, f64)]) -> BTreeMap<String, f64> {
    pairs
        .iter()
        .map(|(name, value)| ((*name).to_owned(), *value))
        .collect()
}

/// A snapshot with these figures, made as `MAKER` says.
fn past(pairs: &[(&str, f64)]) -> Manifest {
    let text = r#"{"format_version":1,"snapshot_id":"","content_sha256":"","parent":null,
        "as_of":"2026-11-20T00:00:00Z","run_key":"","created_at":"","binary_version":"1","inputs":[],
        "config_sha256":"config","sql_sha256":"sql",
        "ranking":{"method":"","parameters":{},"tolerance":0,"prior":null},
        "files":[],"schemas":{},"splits":[],"features":[],"audits":[],"ledger":[]}"#;
    let mut manifest: Manifest = serde_json::from_str(text).unwrap();
    manifest.statistics = figures(pairs);
    manifest
}

/// Whether it passes, and what a failure means.
fn judged(now: &[(&str, f64)], history: &[Manifest]) -> (bool, Severity) {
    let night = Night {
        maker: MAKER,
        order: AsOfOrder::Forward,
    };
    let audit = drift(&figures(now), night, history, &Audits::default()).audit;
    (audit.passed, audit.severity)
}

#[test]
fn the_first_night_and_a_steady_one_pass() {
    assert!(judged(&[("n_rows", 100.0)], &[]).0);
    let history = vec![past(&[("n_rows", 100.0)]); 7];
    assert!(judged(&[("n_rows", 124.0)], &history).0);
    // A snapshot of an older binary has no figures.
    assert!(judged(&[("n_rows", 1.0)], &[past(&[])]).0);
}

#[test]
fn loss_stops_at_once_and_growth_only_beside_three_snapshots() {
    for (now, n_snapshots, severity) in [
        (70.0, 1, Severity::Warn),
        (39.0, 1, Severity::Fail),
        (170.0, 2, Severity::Warn),
        (170.0, 3, Severity::Fail),
        (130.0, 3, Severity::Warn),
    ] {
        let history = vec![past(&[("n_rows", 100.0)]); n_snapshots];
        let found = judged(&[("n_rows", now)], &history);
        assert_eq!(found, (false, severity), "{now} after {n_snapshots}");
    }
}

#[test]
fn a_share_counts_only_beyond_chance() {
    let night = |rate: f64, n_workers: f64| [("ban_rate", rate), ("n_workers", n_workers)];
    let few = vec![past(&night(0.1, 20.0)); 3];
    assert!(judged(&night(0.2, 20.0), &few).0, "2 of 20 against 4 of 20");
    let many = vec![past(&night(0.1, 2000.0)); 3];
    assert_eq!(judged(&night(0.2, 2000.0), &many), (false, Severity::Fail));
    assert_eq!(judged(&night(0.14, 2000.0), &many), (false, Severity::Warn));
    let none = vec![past(&night(0.0, 2000.0)); 3];
    assert_eq!(
        judged(&night(0.05, 2000.0), &none),
        (false, Severity::Warn),
        "from nothing"
    );
}

#[test]
fn a_log_that_grows_by_days_and_a_first_wave_of_bots_do_not_stop() {
    let nights = [3000.0, 2300.0, 1660.0, 1010.0].map(|n_rows| past(&[("n_rows", n_rows)]));
    assert!(judged(&[("n_rows", 3700.0)], &nights).0);
    assert_eq!(
        judged(&[("n_rows", 3900.0)], &nights),
        (false, Severity::Warn)
    );
    let night = |rate: f64| [("rejected_share", rate), ("n_input_rows", 3000.0)];
    let first = [past(&night(0.2))];
    assert_eq!(judged(&night(0.365), &first), (false, Severity::Warn));
    assert_eq!(judged(&night(0.9), &first), (false, Severity::Fail));
}

#[test]
fn a_night_that_was_let_through_is_the_level_for_the_next() {
    let mut let_through = past(&[("n_rows", 10.0)]);
    let_through.config_sha256 = "drift_stop=10".to_owned();
    let mut history = vec![let_through];
    history.extend(vec![past(&[("n_rows", 100.0)]); 6]);
    assert!(judged(&[("n_rows", 10.0)], &history).0);
    history.insert(0, past(&[("n_rows", 10.0)]));
    assert!(judged(&[("n_rows", 10.0)], &history).0);
    assert_eq!(
        judged(&[("n_rows", 3.0)], &history),
        (false, Severity::Fail)
    );
}

#[test]
fn an_older_state_that_was_asked_for_only_warns() {
    let night = Night {
        maker: MAKER,
        order: AsOfOrder::AllowOlder,
    };
    let history = vec![past(&[("n_rows", 100.0)]); 7];
    let audit = drift(
        &figures(&[("n_rows", 1.0)]),
        night,
        &history,
        &Audits::default(),
    )
    .audit;
    assert_eq!((audit.passed, audit.severity), (false, Severity::Warn));
}

#[test]
fn after_a_change_by_the_operator_it_only_warns_until_there_is_a_snapshot_like_it() {
    let mut other = past(&[("n_rows", 100.0)]);
    other.config_sha256 = "earlier".to_owned();
    let history = vec![other; 5];
    assert_eq!(
        judged(&[("n_rows", 10.0)], &history),
        (false, Severity::Warn)
    );
    let mut newest = vec![past(&[("n_rows", 10.0)])];
    newest.extend(history);
    assert!(
        judged(&[("n_rows", 10.0)], &newest).0,
        "compared with the night like it"
    );
    assert_eq!(judged(&[("n_rows", 3.0)], &newest), (false, Severity::Fail));
}

#[test]
fn a_label_that_is_gone_or_new_is_a_change_and_a_lost_figure_is_told() {
    let five = [
        ("n_rows", 1000.0),
        ("label_share_a", 0.2),
        ("label_share_b", 0.8),
        ("agreement", 0.9),
        ("n_majority", 500.0),
    ];
    let history = vec![past(&five); 3];
    let without_a = [
        ("n_rows", 1000.0),
        ("label_share_b", 0.98),
        ("agreement", 0.9),
        ("n_majority", 500.0),
    ];
    assert_eq!(judged(&without_a, &history), (false, Severity::Fail));
    let mut with_c = five.to_vec();
    with_c.push(("label_share_c", 0.1));
    assert_eq!(judged(&with_c, &history), (false, Severity::Warn));
    let without_agreement = [five[0], five[1], five[2]];
    assert_eq!(
        judged(&without_agreement, &history),
        (false, Severity::Warn)
    );
}
