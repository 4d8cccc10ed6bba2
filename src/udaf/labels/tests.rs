//! The aggregates through SQL: any cut of the rows gives the same bits, and odd rows are seen.

use std::sync::Arc;

use datafusion::arrow::array::{
    ArrayRef, AsArray, Float64Array, RecordBatch, StringArray, TimestampMicrosecondArray,
};
use datafusion::arrow::compute::concat_batches;
use datafusion::arrow::datatypes::Float64Type;
use datafusion::arrow::util::pretty::pretty_format_batches;
use datafusion::datasource::MemTable;
use datafusion::logical_expr::GroupsAccumulator;
use datafusion::prelude::{SessionConfig, SessionContext};

use super::super::grouped_rows::GroupedRows;
use super::super::{Call, Make};
use super::krippendorff_alpha::MakeAlpha;

/// One answer: project, task, worker, answer, q, minute of submission, golden answer, earlier right and
/// wrong answers.
#[derive(Debug, Clone, Copy, Default)]
struct Row {
    project_id: &'static str,
    task_id: &'static str,
    worker_id: &'static str,
    answer: Option<&'static str>,
    q: Option<f64>,
    minute: i64,
    golden_answer: Option<&'static str>,
    prior: Option<(f64, f64)>,
}

fn row(task_id: &'static str, worker_id: &'static str, answer: &'static str, q: f64) -> Row {
    Row {
        project_id: "p",
        task_id,
        worker_id,
        answer: Some(answer),
        q: Some(q),
        ..Row::default()
    }
}

fn batch(rows: &[Row]) -> RecordBatch {
    let text = |value: fn(&Row) -> Option<&'static str>| -> ArrayRef {
        Arc::new(rows.iter().map(value).collect::<StringArray>())
    };
    let number = |value: fn(&Row) -> Option<f64>| -> ArrayRef {
        Arc::new(rows.iter().map(value).collect::<Float64Array>())
    };
    let minutes = rows.iter().map(|row| row.minute * 60_000_000);
    let submitted_at = TimestampMicrosecondArray::from_iter_values(minutes).with_timezone("UTC");
    let columns = [
        ("project_id", text(|row| Some(row.project_id))),
        ("task_id", text(|row| Some(row.task_id))),
        ("worker_id", text(|row| Some(row.worker_id))),
        ("answer", text(|row| row.answer)),
        ("q", number(|row| row.q)),
        ("submitted_at", Arc::new(submitted_at)),
        ("golden_answer", text(|row| row.golden_answer)),
        ("prior_correct", number(|row| Some(row.prior?.0))),
        ("prior_wrong", number(|row| Some(row.prior?.1))),
    ];
    RecordBatch::try_from_iter_with_nullable(columns.map(|(name, column)| (name, column, true)))
        .expect("columns of one length")
}

/// How rows come to the aggregate.
#[derive(Debug, Clone, Copy)]
struct Cut {
    batch_size: usize,
    n_partitions: usize,
}

const PLAIN: Cut = Cut {
    batch_size: 8192,
    n_partitions: 1,
};

const CUTS: [Cut; 6] = [
    PLAIN,
    Cut {
        batch_size: 1,
        n_partitions: 1,
    },
    Cut {
        batch_size: 2,
        n_partitions: 3,
    },
    Cut {
        batch_size: 3,
        n_partitions: 2,
    },
    Cut {
        batch_size: 1,
        n_partitions: 4,
    },
    Cut {
        batch_size: 8192,
        n_partitions: 4,
    },
];

async fn query(rows: &[Row], cut: Cut, sql: &str) -> datafusion::common::Result<RecordBatch> {
    let config = SessionConfig::new()
        .with_batch_size(cut.batch_size)
        .with_target_partitions(cut.n_partitions);
    let session = SessionContext::new_with_config(config);
    super::super::register(&session);
    let mut partitions = vec![Vec::new(); cut.n_partitions];
    for (idx, rows) in rows.chunks(cut.batch_size).enumerate() {
        partitions[idx % cut.n_partitions].push(batch(rows));
    }
    let table = MemTable::try_new(batch(&[]).schema(), partitions)?;
    session.register_table("answers", Arc::new(table))?;
    let frame = session.sql(sql).await?;
    let schema = Arc::new(frame.schema().as_arrow().clone());
    let batches = frame.collect().await?;
    Ok(concat_batches(&schema, &batches)?)
}

/// The result for every cut and some orders of rows, which must be one.
async fn one_result(rows: &[Row], sql: &str) -> RecordBatch {
    let expected = query(rows, PLAIN, sql).await.expect("a result");
    let mut turned = rows.to_vec();
    for cut in CUTS {
        turned.rotate_left(rows.len() / 3);
        turned.reverse();
        let found = query(&turned, cut, sql).await.expect("a result");
        assert_eq!(found, expected, "{cut:?}: {sql}");
    }
    expected
}

async fn failure(rows: &[Row], sql: &str) -> String {
    let result = query(rows, PLAIN, sql).await;
    result.expect_err("an error").to_string()
}

/// The lines of the table without its frame.
fn lines(result: &RecordBatch) -> Vec<String> {
    let table = pretty_format_batches(std::slice::from_ref(result)).expect("a table");
    let table = table.to_string();
    let cells = |line: &str| {
        let cells = line.split('|').map(str::trim);
        cells
            .filter(|cell| !cell.is_empty())
            .collect::<Vec<_>>()
            .join(" ")
    };
    let body = table.lines().skip(3).filter(|line| line.starts_with('|'));
    body.map(cells).collect()
}

fn number(result: &RecordBatch, column: usize, line: usize) -> f64 {
    result
        .column(column)
        .as_primitive::<Float64Type>()
        .value(line)
}

fn assert_close(found: f64, expected: f64) {
    assert!(
        (found - expected).abs() < 0.5e-5,
        "found {found}, expected {expected}"
    );
}

/// The platform's example of confidence by skill, a tie, an odd answer and an unanswered task.
fn platform_example() -> Vec<Row> {
    let unanswered = Row {
        answer: None,
        ..row("unanswered", "w1", "", 0.9)
    };
    let second = |row: Row| Row { minute: 1, ..row };
    let third = |row: Row| Row { minute: 2, ..row };
    vec![
        row("agreed", "w1", "OK", 0.7),
        second(row("agreed", "w2", "OK", 0.9)),
        second(row("agreed", "w3", "404", 0.9)),
        row("settled", "w1", "OK", 0.7),
        second(row("settled", "w2", "BAD", 0.9)),
        third(row("settled", "w3", "BAD", 0.8)),
        row("split", "w1", "OK", 0.7),
        second(row("split", "w2", "BAD", 0.9)),
        row("tied", "w1", "OK", 0.7),
        row("tied", "w2", "BAD", 0.7),
        unanswered,
    ]
}

#[tokio::test]
async fn labels_by_skill_are_the_platform_s_for_any_cut_of_the_rows() {
    let sql = r#"with labelled as (
            select task_id, by_skill_label(answer, q, '["OK", "BAD", "MAYBE"]') as found
            from answers group by task_id)
        select found['confidence'] as confidence, task_id, found['label'] as label,
            found['n_answers'] as n_answers, found['posterior_label'] as posterior_label,
            found['is_tie'] as is_tie, found is null as is_null
        from labelled order by task_id"#;
    let result = one_result(&platform_example(), sql).await;
    assert_close(number(&result, 0, 0), 0.97674);
    assert_close(number(&result, 0, 1), 0.96214);
    assert_close(number(&result, 0, 2), 0.76056);
    let without_confidence = result.project(&[1, 2, 3, 4, 5, 6]).expect("columns");
    assert_eq!(
        lines(&without_confidence),
        [
            "agreed OK 2 OK false false",
            "settled BAD 3 BAD false false",
            "split BAD 2 BAD false false",
            "tied BAD 2 BAD true false",
            "unanswered true",
        ]
    );
}

#[tokio::test]
async fn majority_labels_count_all_answers_or_those_among_the_options() {
    let of_all = "with labelled as (select task_id, majority_label(answer) as found
            from answers group by task_id)
        select task_id, found['label'] as label, found['confidence'] as confidence,
            found['n_answers'] as n_answers, found['is_tie'] as is_tie
        from labelled order by task_id";
    let result = one_result(&platform_example(), of_all).await;
    let third = 2.0 / 3.0;
    assert_eq!(
        lines(&result),
        [
            format!("agreed OK {third} 3 false"),
            format!("settled BAD {third} 3 false"),
            "split BAD 0.5 2 true".to_owned(),
            "tied BAD 0.5 2 true".to_owned(),
            "unanswered".to_owned(),
        ]
    );
    let of_options = of_all.replace("(answer)", r#"(answer, '["OK", "BAD"]')"#);
    let result = one_result(&platform_example(), &of_options).await;
    assert_eq!(lines(&result)[0], "agreed OK 1.0 2 false");
}

#[tokio::test]
async fn dynamic_overlap_replays_answers_in_the_order_of_submission() {
    let sql = r#"with overlaps as (
            select task_id, dynamic_overlap(answer, q, submitted_at, worker_id, '{"options":
                ["OK", "BAD", "MAYBE"], "min_confidence": 0.95, "min_overlap": 2,
                "max_overlap": 3, "typical_q": 0.8}') as found
            from answers group by task_id)
        select task_id, found['is_enough'] as is_enough, found['n_next'] as n_next,
            found['n_more'] as n_more, found['n_wasted'] as n_wasted
        from overlaps order by task_id"#;
    let mut rows = platform_example();
    rows.push(Row {
        minute: 3,
        ..row("agreed", "w4", "OK", 0.9)
    });
    let result = one_result(&rows, sql).await;
    assert_eq!(
        lines(&result),
        [
            "agreed true 0 0 1",
            "settled true 0 0 0",
            "split false 1 1 0",
            "tied false 1 1 0",
            "unanswered false 2 2 0",
        ]
    );
}

/// Two good workers and one who is mostly wrong on sixteen tasks of two projects.
fn two_projects() -> Vec<Row> {
    const TASKS: [&str; 8] = ["t1", "t2", "t3", "t4", "t5", "t6", "t7", "t8"];
    let mut rows = Vec::new();
    for project_id in ["p", "other"] {
        for (idx, task_id) in TASKS.into_iter().enumerate() {
            let (right, wrong) = if idx % 2 == 0 {
                ("yes", "no")
            } else {
                ("no", "yes")
            };
            rows.push(row(task_id, "good", right, 0.5));
            rows.push(row(task_id, "better", right, 0.5));
            let answer = if idx < 6 { wrong } else { right };
            rows.push(row(task_id, "bad", answer, 0.5));
        }
        let start = rows.len() - 24;
        rows[start..]
            .iter_mut()
            .for_each(|row| row.project_id = project_id);
    }
    // An answer beside the options, one given twice, and a worker known from earlier nights only.
    rows.push(row("t1", "odd", "404", 0.5));
    rows.push(row("t8", "good", "yes", 0.5));
    rows.push(Row {
        answer: None,
        prior: Some((8.0, 2.0)),
        ..row("t1", "early", "", 0.5)
    });
    rows
}

fn fit_sql(select: &str, options: &str) -> String {
    format!(
        "with fitted as (
            select project_id, dawid_skene(task_id, worker_id, answer, golden_answer,
                prior_correct, prior_wrong, '{options}') as fit
            from answers group by project_id)
        {select} order by 1, 2"
    )
}

const LABELS: &str = "select project_id, task['task_id'] as task_id, task['label'] as label,
        task['n_answers'] as n_answers, task['is_tie'] as is_tie, task['confidence'] as confidence
    from (select project_id, unnest(fit['tasks']) as task from fitted)";

const WORKERS: &str = "select project_id, worker['worker_id'] as worker_id,
        worker['n_answers'] as n_answers, worker['accuracy'] as accuracy,
        worker['confusion'][1] as yes_yes, worker['confusion'][2] as yes_no,
        worker['confusion'][4] as no_no
    from (select project_id, unnest(fit['workers']) as worker from fitted)";

#[tokio::test]
async fn dawid_skene_fits_each_project_alike_for_any_cut_of_the_rows() {
    for form in ["full", "one_coin"] {
        let options = format!(r#"{{"options": ["yes", "no"], "form": "{form}"}}"#);
        let rows = two_projects();
        let labels = one_result(&rows, &fit_sql(LABELS, &options)).await;
        let of_p = lines(&labels).split_off(8);
        assert!(of_p[0].starts_with("p t1 yes 3 false "), "{}", of_p[0]);
        // "no" comes before "yes": it is what counts of the two answers.
        assert!(of_p[7].starts_with("p t8 no 3 false "), "{}", of_p[7]);
        let workers = one_result(&rows, &fit_sql(WORKERS, &options)).await;
        let workers = lines(&workers);
        assert!(workers[3].starts_with("p bad 8 "), "{}", workers[3]);
        assert!(workers[5].starts_with("p early 0 0.8"), "{}", workers[5]);
        assert!(workers[7].starts_with("p odd 0 0.5 "), "{}", workers[7]);
        let counts = "select project_id, fit['is_converged'] as is_converged,
            fit['n_iterations'] > 1 as has_iterated from fitted";
        let counts = one_result(&rows, &fit_sql(counts, &options)).await;
        assert_eq!(lines(&counts), ["other true true", "p true true"]);
    }
}

#[tokio::test]
async fn confusions_and_priors_follow_the_options_as_listed() {
    let answers = [
        row("t1", "w", "yes", 0.5),
        row("t2", "w", "yes", 0.5),
        row("t3", "w", "no", 0.5),
    ];
    let golden = ["yes", "no", "no"];
    let rows = answers.iter().zip(golden).map(|(row, golden)| Row {
        golden_answer: Some(golden),
        ..*row
    });
    let rows: Vec<Row> = rows.collect();
    for (listed, expected) in [
        (r#"["yes", "no"]"#, "p w 3 1.0 0.0 0.5"),
        (r#"["no", "yes"]"#, "p w 3 0.5 0.5 1.0"),
    ] {
        let options = format!(r#"{{"options": {listed}, "class_prior": [0, 1]}}"#);
        let select = WORKERS
            .replace("worker['accuracy'] as accuracy,", "")
            .replace("worker['confusion'][1]", "round(worker['confusion'][1], 6)")
            .replace("worker['confusion'][2]", "round(worker['confusion'][2], 6)")
            .replace("worker['confusion'][4]", "round(worker['confusion'][4], 6)");
        let workers = one_result(&rows, &fit_sql(&select, &options)).await;
        assert_eq!(lines(&workers), [expected]);
    }
    // The imaginary tasks are of the label listed second: of "no" with the first list.
    let accuracy = async |listed: &str| {
        let options = format!(r#"{{"options": {listed}, "class_prior": [0, 97]}}"#);
        let workers = one_result(&rows, &fit_sql(WORKERS, &options)).await;
        number(&workers, 3, 0)
    };
    assert_close(accuracy(r#"["yes", "no"]"#).await, 0.01 + 0.99 * 0.5);
    assert_close(accuracy(r#"["no", "yes"]"#).await, 0.98 + 0.02 * 0.5);
}

#[tokio::test]
async fn golden_answers_stand_against_every_worker() {
    let mut rows = vec![row("t1", "w1", "no", 0.5), row("t1", "w2", "no", 0.5)];
    rows[0].golden_answer = Some("yes");
    let options = r#"{"options": ["yes", "no"]}"#;
    let labels = one_result(&rows, &fit_sql(LABELS, options)).await;
    assert_eq!(lines(&labels), ["p t1 yes 2 false 1.0"]);
    rows[1].golden_answer = Some("no");
    let message = failure(&rows, &fit_sql(LABELS, options)).await;
    assert!(
        message.contains("task t1 has two golden answers, no and yes"),
        "{message}"
    );
}

#[tokio::test]
async fn agreement_is_a_number_per_project_or_null() {
    let sql = "select project_id, krippendorff_alpha(task_id, worker_id, answer) as alpha
        from answers group by project_id order by project_id";
    let mut rows = two_projects();
    rows.push(Row {
        project_id: "single",
        ..row("t1", "w", "yes", 0.5)
    });
    let result = one_result(&rows, sql).await;
    // 24 answers, 12 of each label; six tasks of three answers with one against two.
    assert_close(
        number(&result, 1, 0),
        1.0 - 23.0 * (6.0 * 4.0 / 2.0) / 288.0,
    );
    assert_eq!(result.column(1).null_count(), 1);
    let of_all = "select krippendorff_alpha(task_id, worker_id, answer) as alpha from answers";
    one_result(&rows, of_all).await;
}

#[tokio::test]
async fn no_rows_at_all_give_empty_results() {
    let sql = r#"select majority_label(answer) is null as no_majority,
            by_skill_label(answer, q, '["a"]') is null as no_label,
            krippendorff_alpha(task_id, worker_id, answer) is null as no_alpha,
            cardinality(dawid_skene(task_id, worker_id, answer, golden_answer, prior_correct,
                prior_wrong, '{"options": ["a"]}')['tasks']) as n_tasks
        from answers"#;
    let result = query(&[], PLAIN, sql).await.expect("a result");
    assert_eq!(
        lines(&result)[0]
            .split_whitespace()
            .take(3)
            .collect::<Vec<_>>(),
        ["true"; 3]
    );
}

#[tokio::test]
async fn what_cannot_be_meant_is_refused_with_a_reason() {
    let rows = [row("t", "w", "a", 70.0)];
    for (call, reason) in [
        (
            r#"by_skill_label(answer, q, '["a"]')"#,
            "q must lie in 0..1, found 70",
        ),
        (
            r#"by_skill_label(answer, q, '["a", "a"]')"#,
            "options list \"a\" twice",
        ),
        ("by_skill_label(answer, q, '[]')", "options are empty"),
        (
            "by_skill_label(answer, q, 'a, b')",
            "options are not of the expected JSON",
        ),
        (
            "by_skill_label(answer, q, answer)",
            "options must be a constant",
        ),
        ("by_skill_label(answer, q, null)", "options"),
        (
            r#"dynamic_overlap(answer, 0.5, submitted_at, worker_id, '{"options": ["a"],
                "min_confidence": 95, "min_overlap": 1, "max_overlap": 3}')"#,
            "min_confidence must lie in 0..1, found 95",
        ),
        (
            r#"dynamic_overlap(answer, 0.5, submitted_at, worker_id, '{"options": ["a"],
                "min_confidence": 0.9, "min_overlap": 4, "max_overlap": 3}')"#,
            "1 <= min_overlap <= max_overlap, found 4 and 3",
        ),
        (
            r#"dynamic_overlap(answer, 0.5, null, worker_id, '{"options": ["a"],
                "min_confidence": 0.9, "min_overlap": 1, "max_overlap": 3}')"#,
            "needs the time",
        ),
        (
            r#"dawid_skene(task_id, null, answer, null, null, null, '{"options": ["a"]}')"#,
            "without task or worker",
        ),
        (
            r#"dawid_skene(task_id, worker_id, answer, null, -1.0, null, '{"options": ["a"]}')"#,
            "found -1",
        ),
        (
            r#"dawid_skene(task_id, worker_id, answer, null, null, null,
                '{"options": ["a"], "class_prior": [1, 2]}')"#,
            "one number per option",
        ),
    ] {
        let message = failure(&rows, &format!("select {call} from answers")).await;
        assert!(message.contains(reason), "{call}: {message}");
    }
}

#[tokio::test]
async fn earlier_answers_that_differ_from_row_to_row_are_refused() {
    let mut rows = [row("t1", "w", "a", 0.5), row("t2", "w", "a", 0.5)];
    rows[0].prior = Some((3.0, 1.0));
    let message = failure(&rows, &fit_sql(LABELS, r#"{"options": ["a"]}"#)).await;
    assert!(
        message.contains("earlier answers of worker w differ"),
        "{message}"
    );
}

#[test]
fn the_size_grows_with_the_rows_that_are_kept() {
    let function = MakeAlpha.function(Call::Planned(3)).expect("a function");
    let mut rows = GroupedRows::new(function);
    let column = |text: &str| -> ArrayRef { Arc::new(StringArray::from(vec![text; 1000])) };
    let text = "a".repeat(40);
    let columns = vec![column(&text), column(&text), column(&text)];
    let before = rows.size();
    rows.update_batch(&columns, &vec![0; 1000], None, 1)
        .expect("rows are kept");
    assert!(rows.size() >= before + 3 * 1000 * 40 + 1000 * size_of::<usize>());
}
