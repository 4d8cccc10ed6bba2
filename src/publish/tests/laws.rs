//! The laws at their edges, on tables that obey them but for one thing.
//!
//! That each law stops a run of a real shop is `tests/it/audits.rs`'s to see.

use super::lawful::{Query, queries};
use super::*;

/// The codes of what a split of these queries breaks.
async fn broken(queries: &[Query], rules: &AuditRules) -> Vec<String> {
    let (_folder, [_, dataset]) = datasets();
    let run = begun(&dataset, plan("k", "2026-11-20")).await;
    let tables = written_split(&run, queries).await;
    let audited = run.audit(&tables, rules).await.unwrap();
    let failed = audited
        .findings
        .into_iter()
        .filter(|finding| !finding.audit.passed);
    failed.map(|finding| finding.audit.code).collect()
}

#[tokio::test]
async fn sound_groups_of_any_size_are_lawful_and_too_small_ones_are_not() {
    let rules = AuditRules::default();
    assert!(
        broken(&queries("train", &[2, 3, 7, 40, 2]), &rules)
            .await
            .is_empty()
    );
    let alone = broken(&queries("train", &[5, 1]), &rules).await;
    assert_eq!(alone, ["group_sizes", "labels_vary", "pairs"]);
}

#[tokio::test]
async fn scores_that_only_single_precision_tells_apart_may_share_a_rank_and_others_may_not() {
    let tied = |distance: f32| {
        let mut queries = queries("train", &[4]);
        for candidate in &mut queries[0].candidates {
            let (score, rank, label) = match candidate.rank {
                1 => (5.0, 1, 4),
                2 => (3.0, 2, 2),
                3 => (3.0 - distance, 2, 2),
                _ => (1.0, 4, 0),
            };
            (candidate.score, candidate.rank, candidate.label) = (score, rank, label);
        }
        queries
    };
    let rules = AuditRules::default();
    assert!(broken(&tied(0.0), &rules).await.is_empty());
    assert!(
        broken(&tied(3.0 * f32::EPSILON), &rules).await.is_empty(),
        "one step of single precision"
    );
    assert_eq!(broken(&tied(1e-4), &rules).await, ["ranks"]);
}

#[tokio::test]
async fn candidates_of_one_rank_with_two_labels_are_found() {
    let mut queries = queries("train", &[3]);
    for candidate in &mut queries[0].candidates {
        if candidate.rank > 1 {
            (candidate.score, candidate.label) = (-1.0, candidate.rank as i8 - 2);
            candidate.rank = 2;
        }
    }
    assert_eq!(
        broken(&queries, &AuditRules::default()).await,
        ["labels_monotone"]
    );
}

#[tokio::test]
async fn queries_of_another_split_are_found_unless_whole_components_go_together() {
    let elsewhere = queries("test", &[2, 3]);
    assert_eq!(broken(&elsewhere, &AuditRules::default()).await, ["splits"]);
    let rules = AuditRules {
        splits: SplitRule::ByComponent,
        ..AuditRules::default()
    };
    assert!(broken(&elsewhere, &rules).await.is_empty());
}

#[tokio::test]
async fn a_sorted_order_is_found_in_a_single_query() {
    let mut queries = queries("train", &[6]);
    queries[0]
        .candidates
        .sort_by_key(|candidate| candidate.rank);
    assert_eq!(
        broken(&queries, &AuditRules::default()).await,
        ["hash_order"]
    );
}

#[tokio::test]
async fn equal_labels_only_warn_where_labels_may_be_equal() {
    let mut queries = queries("train", &[3, 4]);
    for candidate in &mut queries[1].candidates {
        candidate.label = 2;
    }
    let rules = AuditRules {
        equal_labels: Severity::Warn,
        ..AuditRules::default()
    };
    let (_folder, [_, dataset]) = datasets();
    for (rules, is_published) in [(AuditRules::default(), false), (rules, true)] {
        let run = begun(&dataset, plan("k", "2026-11-20")).await;
        let id = run.run_id().to_owned();
        let tables = written_split(&run, &queries).await;
        let audited = run.audit(&tables, &rules).await.unwrap();
        let sealed = run.seal_audited(audited, Ending::default()).await;
        assert_eq!(sealed.is_ok(), is_published);
        let rows = dataset
            .output
            .join(&format!("_audits/{id}/labels_vary.ndjson"));
        let rows = dataset.storage.read(&rows).await.unwrap();
        let rows = String::from_utf8(rows.to_vec()).unwrap();
        assert_eq!(rows.lines().count(), 1);
        assert!(rows.contains(&queries[1].id), "{rows}");
    }
}

#[tokio::test]
async fn pairs_and_lists_of_queries_that_are_not_there_are_found() {
    let (_folder, [_, dataset]) = datasets();
    let run = begun(&dataset, plan("k", "2026-11-20")).await;
    let all = queries("train", &[2, 3, 4]);
    let mut tables = written_split(&run, &all).await;
    let rows = lawful::pointwise(&all[..2], run.as_of());
    let spec = TableSpec::of_split("pointwise", "train", rows.num_rows() as u64, &[]).unwrap();
    tables[0] = written(&run, spec, &rows, 8).await.unwrap();
    let error = run.finish(&tables, Ending::default()).await.unwrap_err();
    assert_eq!(error.exit_code(), 3);
    let text = error.to_string();
    assert!(
        text.starts_with("pairs failed") && text.contains("1 more audits failed: lists"),
        "{text}"
    );
    assert_eq!(dataset.current().await.unwrap(), None);
}

#[tokio::test]
async fn the_snapshots_before_are_found_along_the_chain_and_lost_ones_are_skipped() {
    let (_folder, [_, dataset]) = datasets();
    for day in 18..=20 {
        let day = format!("2026-11-{day}");
        published(&dataset, plan(&day, &day)).await.unwrap();
    }
    let history = dataset.history(Some(3), 2).await.unwrap();
    let days: Vec<String> = history
        .manifests
        .iter()
        .map(|m| m.as_of.date().to_string())
        .collect();
    assert_eq!(days, ["2026-11-20", "2026-11-19"]);
    let second = dataset.commit(2).await.unwrap();
    let manifest = dataset
        .output
        .join(&second.commit.snapshot)
        .join("manifest.json");
    dataset.storage.delete(&manifest).await.unwrap();
    let history = dataset.history(Some(3), 7).await.unwrap();
    assert_eq!((history.manifests.len(), history.warnings.len()), (2, 1));
    assert!(dataset.history(None, 7).await.unwrap().manifests.is_empty());
}
