//! The ranking aggregate through SQL, and its parts: any cut, plan, order or lack of memory gives the same bits.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, Float64Array, RecordBatch, StringArray};
use datafusion::arrow::compute::concat_batches;
use datafusion::arrow::datatypes::Int64Type;
use datafusion::common::Result;
use datafusion::datasource::MemTable;
use datafusion::execution::memory_pool::FairSpillPool;
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::execution::session_state::SessionStateBuilder;
use datafusion::functions::core::expr_ext::FieldAccessor;
use datafusion::logical_expr::{EmitTo, GroupsAccumulator};
use datafusion::physical_plan::{ExecutionPlan, collect, displayable};
use datafusion::prelude::{SessionConfig, SessionContext, col};

use super::answers::Answers;
use super::ids::{Id, Ids};
use super::numbering::Numbering;
use super::rows::{Row, Rows};
use super::state::Decoder;
use super::*;
use crate::ranking::Outcome;
use crate::udaf::OnePhase;

/// One answer.
#[derive(Debug, Clone)]
struct Answer {
    query_id: String,
    left: Option<String>,
    right: Option<String>,
    outcome: &'static str,
    weight: f64,
    worker: Option<String>,
}

/// Some hundred small groups with ids short and long, ties, self pairs, unknown workers, weights of 0.
fn answers(n_rows: u64) -> Vec<Answer> {
    let mut state = 7_u64;
    let mut below = |n: u64| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % n
    };
    let item = |number: u64| match number % 4 {
        0 => format!("p{number}"),
        1 => format!("a long name of item {number}"),
        2 => "same prefix"[..=usize::try_from(number).unwrap_or(0) % 11].to_owned(),
        _ => format!("P0000000{number:03}"),
    };
    (0..n_rows)
        .map(|_| Answer {
            query_id: format!("q{}", below(n_rows / 12 + 1)),
            left: Some(item(below(9))),
            right: Some(item(below(9))),
            outcome: ["left", "right", "tie"][below(3) as usize],
            weight: below(5) as f64 / 3.0,
            worker: (below(9) > 0).then(|| format!("worker {}", below(20))),
        })
        .collect()
}

fn batch(answers: &[Answer]) -> RecordBatch {
    let texts = |value: fn(&Answer) -> Option<&str>| -> ArrayRef {
        Arc::new(answers.iter().map(value).collect::<StringArray>())
    };
    let weights = answers.iter().map(|answer| answer.weight);
    let columns = [
        ("query_id", texts(|answer| Some(&answer.query_id))),
        ("l", texts(|answer| answer.left.as_deref())),
        ("r", texts(|answer| answer.right.as_deref())),
        ("o", texts(|answer| Some(answer.outcome))),
        ("w", Arc::new(Float64Array::from_iter_values(weights))),
        ("worker", texts(|answer| answer.worker.as_deref())),
    ];
    RecordBatch::try_from_iter_with_nullable(columns.map(|(name, column)| (name, column, true)))
        .expect("columns of one length")
}

/// How rows come to the aggregate.
#[derive(Debug, Clone, Copy)]
struct Way {
    batch_size: usize,
    n_partitions: usize,
    is_one_phase: bool,
    /// Rows stand in order of their query, and the engine knows.
    is_sorted: bool,
    pool_bytes: Option<usize>,
}

const PLAIN: Way = Way {
    batch_size: 8192,
    n_partitions: 1,
    is_one_phase: false,
    is_sorted: false,
    pool_bytes: None,
};

const RANKED: &str = "select query_id, unnest(bradley_terry(l, r, o, w, worker)) as item
    from answers group by query_id";

/// The order stands outside: beside `unnest` it would come before it.
const BY_QUERY: &str = "with ranked as (
        select query_id, unnest(bradley_terry(l, r, o, w, worker)) as item
        from answers group by query_id)
    select query_id, item from ranked order by query_id, item['item_id']";

fn session(answers: &[Answer], way: Way) -> Result<SessionContext> {
    let config = SessionConfig::new()
        .with_batch_size(way.batch_size)
        .with_target_partitions(way.n_partitions);
    let mut runtime = RuntimeEnvBuilder::new();
    if let Some(n_bytes) = way.pool_bytes {
        runtime = runtime.with_memory_pool(Arc::new(FairSpillPool::new(n_bytes)));
    }
    let mut state = SessionStateBuilder::new()
        .with_config(config)
        .with_runtime_env(runtime.build_arc()?)
        .with_default_features();
    if way.is_one_phase {
        let pool_bytes = way.pool_bytes.unwrap_or(usize::MAX);
        state = state.with_physical_optimizer_rule(Arc::new(OnePhase { pool_bytes }));
    }
    let session = SessionContext::new_with_state(state.build());
    crate::udaf::register(&session);
    let mut answers = answers.to_vec();
    let mut partitions = vec![Vec::new(); way.n_partitions];
    if way.is_sorted {
        answers.sort_by(|one, other| one.query_id.cmp(&other.query_id));
        let n_rows = answers.len().div_ceil(way.n_partitions);
        for (partition, rows) in partitions.iter_mut().zip(answers.chunks(n_rows)) {
            partition.extend(rows.chunks(way.batch_size).map(batch));
        }
    } else {
        for (idx, rows) in answers.chunks(way.batch_size).enumerate() {
            partitions[idx % way.n_partitions].push(batch(rows));
        }
    }
    let mut table = MemTable::try_new(batch(&[]).schema(), partitions)?;
    if way.is_sorted {
        table = table.with_sort_order(vec![vec![col("query_id").sort(true, true)]]);
    }
    session.register_table("answers", Arc::new(table))?;
    Ok(session)
}

async fn plan(answers: &[Answer], way: Way, sql: &str) -> Result<Arc<dyn ExecutionPlan>> {
    let frame = session(answers, way)?.sql(sql).await?;
    frame.create_physical_plan().await
}

/// The result and how often the aggregate spilled.
async fn result(answers: &[Answer], way: Way, sql: &str) -> Result<(RecordBatch, usize)> {
    let session = session(answers, way)?;
    let plan = session.sql(sql).await?.create_physical_plan().await?;
    let batches = collect(Arc::clone(&plan), session.task_ctx()).await?;
    let mut n_spills = 0;
    let mut open = vec![Arc::clone(&plan)];
    while let Some(node) = open.pop() {
        if node.name() == "AggregateExec" {
            n_spills += node
                .metrics()
                .and_then(|all| all.spill_count())
                .unwrap_or(0);
        }
        open.extend(node.children().into_iter().map(Arc::clone));
    }
    Ok((concat_batches(&plan.schema(), &batches)?, n_spills))
}

/// Shows the first rows that differ.
fn assert_same(found: &RecordBatch, expected: &RecordBatch, way: Way) {
    assert_eq!(found.num_rows(), expected.num_rows(), "{way:?}");
    for row_idx in 0..found.num_rows() {
        let (one, other) = (found.slice(row_idx, 1), expected.slice(row_idx, 1));
        let shown = |row| format!("{:?}", datafusion::arrow::array::StructArray::from(row));
        assert_eq!(shown(one), shown(other), "row {row_idx}: {way:?}");
    }
    assert_eq!(found, expected, "{way:?}");
}

#[tokio::test]
async fn any_cut_order_and_plan_gives_the_same_bits() {
    let answers = answers(400);
    let (expected, _) = result(&answers, PLAIN, BY_QUERY).await.expect("a result");
    assert!(
        expected.num_rows() > 100,
        "{} rows are no test",
        expected.num_rows()
    );
    let mut turned = answers;
    for (batch_size, n_partitions) in [(1, 1), (2, 3), (3, 2), (1, 4), (8192, 4)] {
        for (is_one_phase, is_sorted) in
            [(false, false), (true, false), (true, true), (false, true)]
        {
            let way = Way {
                batch_size,
                n_partitions,
                is_one_phase,
                is_sorted,
                pool_bytes: None,
            };
            turned.rotate_left(131);
            turned.reverse();
            let (found, _) = result(&turned, way, BY_QUERY).await.expect("a result");
            assert_same(&found, &expected, way);
        }
    }
}

#[tokio::test]
async fn a_query_without_groups_is_one_group_for_any_cut() {
    let sql =
        "with ranked as (select unnest(bradley_terry(l, r, o, w, worker)) as item from answers)
        select item from ranked order by item['item_id']";
    let answers = answers(300);
    let (expected, _) = result(&answers, PLAIN, sql).await.expect("a result");
    for (n_partitions, is_one_phase) in [(3, false), (3, true)] {
        let way = Way {
            batch_size: 2,
            n_partitions,
            is_one_phase,
            ..PLAIN
        };
        let (found, _) = result(&answers, way, sql).await.expect("a result");
        assert_eq!(found, expected, "{way:?}");
        let (nothing, _) = result(&[], way, sql).await.expect("a result");
        assert_eq!(nothing.num_rows(), 0, "{way:?}");
    }
}

#[tokio::test]
async fn rows_that_spill_give_the_same_bits() {
    let answers = answers(16_000);
    let (expected, _) = result(&answers, PLAIN, BY_QUERY).await.expect("a result");
    for is_one_phase in [false, true] {
        let way = Way {
            batch_size: 50,
            n_partitions: 2,
            is_one_phase,
            pool_bytes: Some(1_200_000),
            ..PLAIN
        };
        let (found, n_spills) = result(&answers, way, RANKED).await.expect("a result");
        let plan = plan(&answers, way, RANKED).await.expect("a plan");
        let is_dealt = displayable(&*plan)
            .indent(false)
            .to_string()
            .contains("DealExec");
        assert_eq!(is_dealt, is_one_phase, "{way:?}");
        assert!(is_dealt || n_spills > 0, "nothing spilled: {way:?}");
        // Sorting needs memory, too: it has its own session.
        let session = SessionContext::new();
        let batches = session.read_batch(found).and_then(|frame| {
            let by_item = col("item").field("item_id").sort(true, true);
            frame.sort(vec![col("query_id").sort(true, true), by_item])
        });
        let sorted = batches.expect("a plan").collect().await.expect("rows");
        let found = concat_batches(&expected.schema(), &sorted).expect("one schema");
        assert_same(&found, &expected, way);
    }
}

#[tokio::test]
async fn rows_travel_once_unless_they_come_in_order_of_their_group() {
    let answers = answers(50);
    let way = Way {
        n_partitions: 3,
        is_one_phase: true,
        ..PLAIN
    };
    let shown = |plan: Arc<dyn ExecutionPlan>| displayable(&*plan).indent(false).to_string();
    let unsorted = shown(plan(&answers, way, BY_QUERY).await.expect("a plan"));
    assert!(unsorted.contains("mode=SinglePartitioned"), "{unsorted}");
    assert!(!unsorted.contains("mode=Partial"), "{unsorted}");
    let whole = "select bradley_terry(l, r, o), count(*) from answers";
    let ungrouped = shown(plan(&answers, way, whole).await.expect("a plan"));
    assert!(ungrouped.contains("mode=Single,"), "{ungrouped}");
    let is_sorted = Way {
        is_sorted: true,
        ..way
    };
    let sorted = shown(plan(&answers, is_sorted, BY_QUERY).await.expect("a plan"));
    assert!(sorted.contains("mode=Partial"), "{sorted}");
    assert_eq!(
        sorted.matches("ordering_mode=Sorted").count(),
        2,
        "{sorted}"
    );
    let others = "select query_id, count(*) from answers group by query_id";
    let theirs = shown(plan(&answers, way, others).await.expect("a plan"));
    assert!(theirs.contains("mode=Partial"), "{theirs}");
}

#[tokio::test]
async fn rows_that_cannot_be_meant_are_refused_unless_they_are_filtered_out() {
    let good = answers(20);
    let odd = |change: fn(&mut Answer)| {
        let mut rows = good.clone();
        change(&mut rows[3]);
        rows[3].query_id = "odd".to_owned();
        rows
    };
    for (rows, reason) in [
        (odd(|row| row.left = None), "an item is null"),
        (odd(|row| row.outcome = "both"), "found both"),
    ] {
        for is_one_phase in [false, true] {
            let way = Way {
                n_partitions: 2,
                is_one_phase,
                ..PLAIN
            };
            let refused = result(&rows, way, BY_QUERY).await;
            let message = refused.expect_err("an error").to_string();
            assert!(message.contains(reason), "{message}");
            let filtered = "select query_id, bradley_terry(l, r, o, w, worker)
                filter (where query_id <> 'odd') as items from answers group by query_id";
            let (kept, _) = result(&rows, way, filtered).await.expect("a result");
            assert!(kept.num_rows() > 1);
        }
    }
}

#[tokio::test]
async fn rows_whose_weight_is_none_are_rejected_and_counted() {
    let mut good = answers(20);
    good[3].left = Some("one".to_owned());
    good[3].right = Some("other".to_owned());
    good[3].weight = 1.0;
    let plain =
        "select sum(cast(item['n_rejected'] as bigint)) as n, sum(item['n_comparisons']) as m
        from (select unnest(bradley_terry(l, r, o, w, worker)) as item from answers)";
    for weight in [-1.0, f64::NAN, f64::INFINITY] {
        let mut rows = good.clone();
        rows[3].weight = weight;
        for is_one_phase in [false, true] {
            let way = Way {
                n_partitions: 2,
                is_one_phase,
                ..PLAIN
            };
            let (bad, _) = result(&rows, way, plain).await.expect("a result");
            let (fine, _) = result(&good, way, plain).await.expect("a result");
            let of = |batch: &RecordBatch, idx: usize| {
                batch.column(idx).as_primitive::<Int64Type>().value(0)
            };
            assert_eq!(of(&fine, 0), 0);
            // One for each item of the group.
            assert!(of(&bad, 0) > 1);
            assert_eq!(of(&bad, 1), of(&fine, 1) - 2);
        }
    }
}

/// Texts of up to 14 bytes of three kinds, zero bytes among them.
fn texts() -> Vec<Vec<u8>> {
    let mut texts = vec![Vec::new()];
    for length in 1..14 {
        for last in [0, b'a', 0xff] {
            let mut text = vec![b'x'; length];
            text[length - 1] = last;
            texts.push(text);
        }
    }
    texts
}

#[test]
fn ids_keep_their_bytes_and_compare_as_bytes() {
    let mut ids = Ids::default();
    let texts = texts();
    let known: Vec<Id> = texts.iter().map(|text| ids.id(text)).collect();
    for (text, id) in texts.iter().zip(&known) {
        let mut bytes = Vec::new();
        ids.append(*id, &mut bytes);
        assert_eq!(&bytes, text);
        assert_eq!(ids.length(*id), text.len());
        assert_eq!(ids.id(text), *id, "the same text has the same id");
        for (other_text, other) in texts.iter().zip(&known) {
            assert_eq!(ids.compare(*id, *other), text.cmp(other_text));
            assert_eq!(id == other, text == other_text);
        }
    }
}

#[test]
fn a_group_of_many_ids_is_numbered_by_byte_order() {
    let mut ids = Ids::default();
    let mut numbering = Numbering::default();
    for n_ids in [3_u32, 5000, 2] {
        numbering.begin(2 * n_ids as usize);
        let name = |number: u32| format!("{}", number * 7919 % n_ids);
        let places: Vec<u32> = (0..2 * n_ids)
            .map(|number| numbering.place(ids.id(name(number % n_ids).as_bytes())))
            .collect();
        let numbers = numbering.sort(&ids).to_vec();
        let mut names: Vec<String> = (0..n_ids).map(name).collect();
        names.sort_unstable();
        assert_eq!(numbering.members().len(), names.len());
        for (number, place) in (0..n_ids).chain(0..n_ids).zip(places) {
            assert_eq!(
                names[numbers[place as usize] as usize],
                name(number % n_ids)
            );
        }
    }
}

/// Rows of some groups, one weight each.
fn numbered_rows(n_rows: u32) -> Vec<(usize, Row)> {
    let mut ids = Ids::default();
    (0..n_rows)
        .map(|number| {
            let id = ids.id(&number.to_le_bytes());
            let group = (number as usize * 7919) % 9001;
            (group, Row::new([id; 3], Outcome::Tie, f64::from(number)))
        })
        .collect()
}

#[test]
fn groups_taken_in_steps_are_those_taken_at_once() {
    let taken = |steps: &[usize]| {
        let mut rows = Rows::default();
        for (group, row) in numbered_rows(20_000) {
            rows.push(group, row);
        }
        let mut groups: Vec<Vec<f64>> = Vec::new();
        for step in steps {
            for neighbours in rows.take(*step) {
                let (rows, ranges) = neighbours.in_group_order();
                let weights = |range: &std::ops::Range<usize>| {
                    rows[range.clone()].iter().map(|row| row.weight).collect()
                };
                groups.extend(ranges.iter().map(weights));
            }
            let n_left: usize = 20_000 - groups.iter().map(Vec::len).sum::<usize>();
            assert_eq!(rows.len(), n_left);
        }
        assert!(
            rows.size() < 10_000,
            "empty rows hold {} bytes",
            rows.size()
        );
        groups
    };
    let at_once = taken(&[9001]);
    assert_eq!(at_once.len(), 9001);
    assert!(at_once.iter().all(|weights| weights.is_sorted()));
    assert_eq!(taken(&[1, 4094, 1, 1, 0, 903, 4000, 1]), at_once);
}

fn accumulator() -> Answers {
    Answers::new(Arc::new(Ranking {
        method: crate::ranking::METHODS[0],
        parameters: Parameters::default(),
        n_columns: 5,
        is_weighted: true,
        at: None,
    }))
}

#[test]
fn a_damaged_state_is_an_error() {
    let mut rows = accumulator();
    let batch = batch(&answers(4));
    rows.update_batch(&batch.columns()[1..], &[0; 4], None, 1)
        .expect("rows");
    let state = rows.state(EmitTo::All).expect("a state");
    let bytes = state[0].as_binary::<i64>().value(0);
    let mut n_rows = 0;
    let mut decode = |bytes: &[u8]| {
        n_rows = 0;
        Decoder::default().decode(bytes, &mut Ids::default(), |_| n_rows += 1)
    };
    for n_bytes in 0..bytes.len() {
        assert!(decode(&bytes[..n_bytes]).is_err(), "{n_bytes} bytes");
    }
    assert!(decode(&[bytes, &[0]].concat()).is_err());
    decode(bytes).expect("the whole state");
    assert_eq!(n_rows, 4);
}

#[test]
fn the_size_follows_the_rows_and_long_ids_that_are_kept() {
    let mut rows = accumulator();
    let empty = rows.size();
    let many = answers(2000);
    let named: Vec<Answer> = (0..)
        .zip(many)
        .map(|(number, answer)| Answer {
            left: Some(format!("{number:0>5000}")),
            ..answer
        })
        .collect();
    let batch = batch(&named);
    let groups: Vec<usize> = (0..2000).collect();
    rows.update_batch(&batch.columns()[1..], &groups, None, 2000)
        .expect("rows");
    let full = rows.size();
    assert!(full >= empty + 2000 * (5000 + size_of::<Row>()), "{full}");
    let first = rows.evaluate(EmitTo::First(1900)).expect("lists");
    assert_eq!(first.len(), 1900);
    assert!(rows.size() < full / 5, "{} of {full} bytes", rows.size());
    let last = rows.evaluate(EmitTo::All).expect("lists");
    assert_eq!(last.len(), 100);
    let kept_ids = 4 << 20;
    assert!(rows.size() < empty + kept_ids, "{} bytes", rows.size());
}
