//! What each kind of worker leaves behind for the rules to find.

use super::*;
use crate::generate::captchas::n_captchas;
use crate::generate::schedule::MICROSECONDS_PER_SECOND;

/// One paid page, tasks aside.
struct Page {
    kind: String,
    worker: String,
    pool: String,
    status: String,
    created_at: i64,
    submitted_at: Option<i64>,
}

/// The paid pages in the order in which each worker took them.
fn paid_pages(log: &Log) -> Vec<Page> {
    let rows = log.responses.iter();
    let rows = rows.filter(|row| row.position == 0 && row.pool.starts_with("week-"));
    let mut pages: Vec<Page> = rows
        .map(|row| Page {
            kind: log.kinds[&row.worker].clone(),
            worker: row.worker.clone(),
            pool: row.pool.clone(),
            status: row.status.clone(),
            created_at: row.times[0].unwrap(),
            submitted_at: row.times[1],
        })
        .collect();
    pages.sort_by(|one, other| {
        (&one.worker, one.created_at).cmp(&(&other.worker, other.created_at))
    });
    pages
}

/// Share of each kind's things that have a property.
fn share_by_kind<'a>(things: impl Iterator<Item = (&'a String, bool)>) -> BTreeMap<&'a str, f64> {
    let mut counts: BTreeMap<&str, (f64, f64)> = BTreeMap::new();
    for (kind, is_so) in things {
        let count = counts.entry(kind).or_default();
        count.0 += f64::from(u8::from(is_so));
        count.1 += 1.0;
    }
    let shares = counts.into_iter();
    shares
        .map(|(kind, (n_so, n_all))| (kind, n_so / n_all))
        .collect()
}

#[test]
fn the_crowd_has_its_planned_kinds_and_says_which_are_bad() {
    let (directory, _) = written(&Shop::demo(5));
    let mut found: BTreeMap<(String, bool), usize> = BTreeMap::new();
    for batch in batches(directory.path(), "workers_truth") {
        let is_bad: &BooleanArray = batch.column_by_name("is_bad").unwrap().as_boolean();
        for (kind, is_bad) in text(&batch, "kind").into_iter().zip(is_bad) {
            *found.entry((kind.unwrap(), is_bad.unwrap())).or_default() += 1;
        }
    }
    let expected = [
        ("always_left", true, 6),
        ("bot", true, 5),
        ("colluder", true, 5),
        ("honest", false, 82),
        ("picker", true, 4),
        ("sloppy", false, 14),
        ("spammer", true, 4),
    ];
    let expected = expected.map(|(kind, is_bad, n)| ((kind.to_owned(), is_bad), n));
    assert_eq!(found, BTreeMap::from(expected));
}

#[test]
fn an_honest_worker_answers_control_tasks_as_planned() {
    use datafusion::arrow::datatypes::Float64Type;
    let (directory, _) = written(
        &Shop::at_scale(1.0, 5)
            .map(|shop| Shop {
                n_queries: 20,
                n_products: 50,
                ..shop
            })
            .unwrap(),
    );
    for batch in batches(directory.path(), "workers_truth") {
        let accuracy = batch.column_by_name("accuracy").unwrap();
        let accuracy = accuracy.as_primitive::<Float64Type>();
        for (kind, accuracy) in text(&batch, "kind").into_iter().zip(accuracy.values()) {
            let is_honest = kind.as_deref() == Some("honest");
            assert!(
                !is_honest || (0.75..=0.971).contains(accuracy),
                "{accuracy}"
            );
        }
    }
}

#[test]
fn a_bot_is_fast_and_fails_captchas_and_people_do_not() {
    let pages = paid_pages(&DEMO);
    let submitted = pages.iter().filter_map(|page| {
        let time = page.submitted_at? - page.created_at;
        Some((&page.kind, time < 15 * MICROSECONDS_PER_SECOND))
    });
    let fast = share_by_kind(submitted);
    assert!(fast["bot"] > 0.85, "{fast:?}");
    for kind in ["honest", "picker", "spammer", "colluder"] {
        assert!(fast[kind] < 0.02, "{fast:?}");
    }
    assert!(fast["honest"] > 0.0 && fast["honest"] < 0.01, "{fast:?}");
    let captchas = DEMO.captchas.iter();
    let solved = share_by_kind(captchas.map(|event| (&DEMO.kinds[&event.worker], event.is_solved)));
    for (kind, share) in solved {
        let expected = match kind {
            "bot" => 0.1..=0.5,
            "sloppy" => 0.83..=0.97,
            _ => 0.94..=1.0,
        };
        assert!(expected.contains(&share), "{kind}: {share}");
    }
}

#[test]
fn a_picker_skips_page_after_page_and_nobody_else_does() {
    let mut longest: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    let mut streak = (("", ""), 0);
    let pages = paid_pages(&DEMO);
    for page in &pages {
        let place = (page.worker.as_str(), page.pool.as_str());
        let n_before = if streak.0 == place { streak.1 } else { 0 };
        let n_in_row = match page.status.as_str() {
            "SKIPPED" => n_before + 1,
            "EXPIRED" | "ACTIVE" => n_before,
            _ => 0,
        };
        streak = (place, n_in_row);
        let of_worker = (page.kind.as_str(), page.worker.as_str());
        let known = longest.entry(of_worker).or_default();
        *known = n_in_row.max(*known);
    }
    for ((kind, worker), n_in_row) in longest {
        assert_eq!(
            n_in_row >= 3,
            kind == "picker",
            "{kind} {worker}: {n_in_row}"
        );
    }
    let skipped = pages
        .iter()
        .map(|page| (&page.kind, page.status == "SKIPPED"));
    let skipped = share_by_kind(skipped);
    assert!(skipped["honest"] < 0.02, "{skipped:?}");
}

#[test]
fn always_left_is_always_left_and_others_are_not() {
    let answers = DEMO.responses.iter().filter(|row| row.kind == "REAL");
    let left = answers.filter_map(|row| {
        let answer = row.answer.as_ref()?;
        Some((&DEMO.kinds[&row.worker], answer == "left"))
    });
    for (kind, share) in share_by_kind(left) {
        let expected = if kind == "always_left" {
            0.95..1.0
        } else {
            0.4..0.6
        };
        assert!(expected.contains(&share), "{kind}: {share}");
    }
}

#[test]
fn captchas_stand_between_pages_and_active_workers_meet_five() {
    let mut pages: BTreeMap<&str, Vec<&Page>> = BTreeMap::new();
    let all = paid_pages(&DEMO);
    for page in &all {
        pages.entry(&page.worker).or_default().push(page);
    }
    let mut captchas: BTreeMap<&str, Vec<&CaptchaEvent>> = BTreeMap::new();
    for event in &DEMO.captchas {
        captchas.entry(&event.worker).or_default().push(event);
    }
    for (worker, pages) in pages {
        let captchas = &captchas[worker];
        assert_eq!(captchas.len(), n_captchas(pages.len() as u64), "{worker}");
        assert!(pages.len() < 11 || captchas.len() >= 5);
        for event in captchas {
            let next = pages.partition_point(|page| page.created_at <= event.at);
            assert_eq!(pages[next].created_at - event.at, MICROSECONDS_PER_SECOND);
            assert_eq!(pages[next].pool, event.pool);
            let before = next.checked_sub(1).and_then(|idx| pages[idx].submitted_at);
            assert!(before.is_none_or(|submitted_at| submitted_at < event.at));
        }
    }
}

#[test]
fn everybody_in_the_log_passes_the_filter_of_the_pools() {
    let (directory, _) = written(&Shop::at_scale(0.001, 6).unwrap());
    let mut types: BTreeMap<String, (String, Option<String>)> = BTreeMap::new();
    for batch in batches(directory.path(), "pools") {
        let rows = text(&batch, "pool_id").into_iter();
        let rows = rows.zip(text(&batch, "type")).zip(text(&batch, "filter"));
        types.extend(rows.map(|((pool, kind), filter)| (pool.unwrap(), (kind.unwrap(), filter))));
    }
    assert_eq!(types["training"], ("TRAINING".to_owned(), None));
    assert_eq!(types["exam"].0, "EXAM");
    let (kind, filter) = &types["week-1"];
    assert_eq!(kind, "REGULAR");
    let filter: serde_json::Value = serde_json::from_str(filter.as_ref().unwrap()).unwrap();
    let condition = &filter["and"][0]["or"][0];
    assert_eq!(condition["key"], "training");
    assert_eq!(condition["operator"], "GTE");
    let needed = condition["value"].as_f64().unwrap();
    let first = DEMO.responses.iter().filter(|row| row.kind == "TRAINING");
    let first = first.map(|row| (&row.worker, row.first_answer == row.golden_answer));
    let skills = share_by_kind(first);
    assert_eq!(skills.len(), DEMO.kinds.len());
    assert!(skills.values().all(|skill| 100.0 * skill >= needed));
}

#[test]
fn every_second_worker_sits_the_same_exam() {
    let exams = DEMO.responses.iter().filter(|row| row.pool == "exam");
    let mut tasks: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for row in exams {
        tasks.entry(&row.worker).or_default().insert(&row.task);
    }
    assert_eq!(tasks.len(), DEMO.kinds.len() / 2);
    let first = tasks.values().next().unwrap();
    assert_eq!(first.len(), 5);
    assert!(tasks.values().all(|tasks| tasks == first));
}
