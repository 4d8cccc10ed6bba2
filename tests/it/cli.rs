//! What the operator meets: exit codes, explanations, what goes to which stream.
//!
//! It does not look into published tables.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, Float64Array, RecordBatch};
use datafusion::arrow::datatypes::{DataType, Field, Schema};

use crate::binary::{Ran, crowdrank, package, text};
use crate::published::Snapshot;
use crate::rows::{read_one_batch, with_column, without_column, write_file};
use crate::shop::{Shop, files_below, listing};

/// A run whose answers are in the folder `spoilt`, refused with exit code 8 and nothing published.
fn refused_as_corrupt(shop: &Shop) -> Ran {
    shop.configure("spoilt", "");
    let ran = shop.run(&[]).refused(8);
    assert!(!shop.path("published/_commits").exists(), "{ran}");
    ran
}

fn shop() -> Shop {
    Shop::generate("0.001", "1")
}

fn answers(shop: &Shop) -> RecordBatch {
    read_one_batch(&files_below(&shop.path("data/responses")))
}

fn add_file(shop: &Shop, name: &str, bytes: &[u8]) {
    let folder = shop.path("spoilt");
    std::fs::create_dir_all(&folder).expect("a new folder");
    std::fs::write(folder.join(name), bytes).expect("a new file");
}

fn first_file_of(shop: &Shop, table: &str) -> Vec<u8> {
    let files = files_below(&shop.path(&format!("data/{table}")));
    std::fs::read(&files[0]).expect("a readable file")
}

#[test]
fn help_groups_the_commands_and_shows_examples() {
    let short = crowdrank(&["--help"]).succeeded();
    for command in [
        "run", "check", "sql", "demo", "generate", "import", "whatif", "explain",
    ] {
        assert!(short.stdout.contains(command), "{short}");
        let long = crowdrank(&[command, "--help"]).succeeded();
        assert!(
            long.stdout.to_lowercase().contains("example"),
            "{command}: {long}"
        );
    }
    assert!(short.stderr.is_empty(), "{short}");
}

#[test]
fn an_unknown_command_or_option_is_a_usage_error() {
    crowdrank(&["runn"]).refused(2).explains(&["run"]);
    crowdrank(&["run", "--confg", "x"]).refused(2);
    crowdrank(&["run", "--config", "/no/such/file.toml"])
        .refused(2)
        .explains(&["/no/such/file.toml"]);
}

#[test]
fn an_unknown_key_is_refused_with_the_nearest_known_one() {
    let shop = shop();
    shop.configure("data/responses", "[ranking]\nmetod = \"counting\"\n");
    shop.run(&[]).refused(2).explains(&["metod", "method"]);
    let config = shop.config();
    crowdrank(&["check", "--config", text(&config)])
        .refused(2)
        .explains(&["metod", "method"]);
}

#[test]
fn a_setting_on_the_command_line_is_held_to_the_same_rules() {
    let shop = shop();
    shop.run(&["--set", "ranking.methd=counting"])
        .refused(2)
        .explains(&["methd", "method"]);
    shop.run(&["--set", "ranking.method=elo_rating"])
        .refused(2)
        .explains(&["elo_rating", "bradley_terry"]);
}

#[test]
fn a_missing_input_asks_for_a_retry() {
    let shop = shop();
    shop.configure("data/nowhere", "");
    shop.run(&[]).refused(4).explains(&["nowhere"]);
}

#[test]
fn a_zero_byte_file_beside_good_ones_is_refused_by_name() {
    let shop = shop();
    add_file(&shop, "good.parquet", &first_file_of(&shop, "responses"));
    add_file(&shop, "touched.parquet", &[]);
    refused_as_corrupt(&shop).explains(&["touched.parquet"]);
}

#[test]
fn a_null_partition_for_a_required_column_is_refused() {
    let shop = shop();
    let bytes = first_file_of(&shop, "responses");
    let folder = shop.path("partitioned/batch=__HIVE_DEFAULT_PARTITION__");
    std::fs::create_dir_all(&folder).expect("a folder");
    std::fs::write(folder.join("part.parquet"), bytes).expect("a file");
    let mapping = "[inputs.responses.columns]\npool_id = \"batch\"\n";
    shop.configure("partitioned", mapping);
    shop.run(&[]).refused(8).explains(&["pool_id", "nulls"]);
}

#[test]
fn a_truncated_file_is_refused_by_name() {
    let shop = shop();
    let bytes = first_file_of(&shop, "responses");
    add_file(&shop, "cut.parquet", &bytes[..bytes.len() / 2]);
    refused_as_corrupt(&shop).explains(&["cut.parquet"]);
}

#[test]
fn a_missing_column_is_refused_with_file_and_column_and_what_was_found() {
    let shop = shop();
    let batch = without_column(&answers(&shop), "worker_id");
    write_file(&shop.path("spoilt/part.parquet"), &batch);
    refused_as_corrupt(&shop).explains(&["part.parquet", "worker_id", "expected", "found"]);
}

#[test]
fn a_column_renamed_in_one_file_is_refused_with_that_file() {
    let shop = shop();
    let batch = answers(&shop);
    write_file(&shop.path("spoilt/a.parquet"), &batch);
    let fields = batch
        .schema()
        .fields()
        .iter()
        .map(|field| {
            let name = field.name().replace("answer", "reply");
            field.as_ref().clone().with_name(name)
        })
        .collect::<Vec<Field>>();
    let renamed = RecordBatch::try_new(Arc::new(Schema::new(fields)), batch.columns().to_vec());
    write_file(
        &shop.path("spoilt/b.parquet"),
        &renamed.expect("the same types"),
    );
    refused_as_corrupt(&shop).explains(&["b.parquet", "answer", "expected", "found"]);
}

#[test]
fn a_column_of_the_wrong_type_is_refused_with_both_types() {
    let shop = shop();
    let batch = without_column(&answers(&shop), "created_at");
    let seconds: ArrayRef = Arc::new(Float64Array::from(vec![1.7e9; batch.num_rows()]));
    let mut fields: Vec<Field> = batch
        .schema()
        .fields()
        .iter()
        .map(|f| f.as_ref().clone())
        .collect();
    fields.push(Field::new("created_at", DataType::Float64, false));
    let mut columns = batch.columns().to_vec();
    columns.push(seconds);
    let batch = RecordBatch::try_new(Arc::new(Schema::new(fields)), columns).expect("a batch");
    write_file(&shop.path("spoilt/part.parquet"), &batch);
    refused_as_corrupt(&shop).explains(&["part.parquet", "created_at", "timestamp", "Float64"]);
}

#[test]
fn a_duplicate_product_without_updated_at_is_refused_by_its_id() {
    let shop = shop();
    let products = read_one_batch(&files_below(&shop.path("data/products")));
    let ids = products.column_by_name("product_id").expect("product_id");
    let first = ids.slice(0, 1);
    let second = ids.slice(0, ids.len() - 1);
    let ids = datafusion::arrow::compute::concat(&[&first, &second]).expect("one type");
    let id = datafusion::arrow::array::AsArray::as_string::<i32>(&ids)
        .value(0)
        .to_owned();
    let doubled = without_column(&with_column(&products, "product_id", ids), "updated_at");
    std::fs::remove_dir_all(shop.path("data/products")).expect("the old folder goes");
    write_file(&shop.path("data/products/part.parquet"), &doubled);
    shop.run(&[]).refused(8).explains(&["products", &id]);
    assert!(!shop.path("published/_commits").exists());
}

#[test]
fn an_integer_beyond_32_bits_is_refused() {
    let shop = shop();
    shop.configure(
        "data/responses",
        "[inputs.responses.columns]\ntask_index = \"cast(5000000000 as bigint)\"\n",
    );
    shop.run(&[]).refused(8).explains(&["task_index"]);
}

#[test]
fn broken_files_of_others_are_refused_and_never_panic() {
    let folder = package().join("../shared/data/bad_parquet");
    if !folder.exists() {
        eprintln!("skipped: {} is absent", folder.display());
        return;
    }
    let shop = shop();
    for file in files_below(&folder) {
        shop.configure(text(&file), "");
        let ran = shop.run(&[]);
        let name = file
            .file_name()
            .and_then(|name| name.to_str())
            .expect("a name");
        assert_eq!(ran.code, Some(8), "{name}: {ran}");
        ran.refused(8).explains(&[name]);
    }
}

#[test]
fn a_failing_check_stops_the_run_with_its_sentence() {
    let shop = shop();
    let unknown = "[inputs.responses.columns]\nstatus = \"'FINISHED'\"\n";
    shop.configure("data/responses", unknown);
    shop.run(&[])
        .refused(3)
        .explains(&["status is none of", "FINISHED"]);
    assert!(!shop.path("published/_commits").exists());
}

#[test]
fn check_reads_no_rows_and_says_that_all_is_well() {
    let shop = shop();
    let config = shop.config();
    crowdrank(&["check", "--config", text(&config)]).succeeded();
    assert!(!shop.path("published").exists(), "check writes nothing");
}

#[test]
fn a_second_run_is_up_to_date_and_writes_nothing() {
    let shop = shop();
    let first = shop.run(&[]).succeeded();
    let last_line = first.stdout.trim_end().lines().last().unwrap_or_default();
    assert!(last_line.starts_with("published commit 1: "), "{first}");
    let published = shop.path("published");
    let before = listing(&published);
    let second = shop.run(&[]).succeeded();
    assert!(second.stdout.contains("up to date: commit 1"), "{second}");
    assert_eq!(before, listing(&published));
}

#[test]
fn another_setting_makes_a_second_commit_that_names_its_parent() {
    let shop = shop();
    shop.run(&[]).succeeded();
    let ran = shop.run(&["--set", "ranking.method=win_rate"]).succeeded();
    assert!(ran.stdout.contains("published commit 2: "), "{ran}");
    let snapshot = Snapshot::current(&shop.path("published"));
    assert_eq!(snapshot.commit["parent"].as_u64(), Some(1));
    assert_eq!(snapshot.manifest["parent"].as_u64(), Some(1));
}

#[test]
fn an_older_moment_does_not_replace_a_newer_one_unless_told() {
    let shop = shop();
    shop.run(&[]).succeeded();
    let commit = Snapshot::current(&shop.path("published")).commit;
    let as_of = commit["as_of"].as_str().expect("a moment");
    let midnight = &as_of[..10];
    shop.run(&["--as-of", midnight])
        .refused(5)
        .explains(&["--allow-older"]);
    let ran = shop.run(&["--as-of", midnight, "--allow-older"]);
    let ran = ran.succeeded();
    assert!(ran.stdout.contains("published commit 2: "), "{ran}");
}

#[test]
fn results_go_to_stdout_and_logs_to_stderr() {
    let shop = shop();
    let config = shop.config();
    let sql = ["sql", "--config", text(&config), "--format", "csv", "-c"];
    let count = "select count(*) as n_rows from source.responses";
    let ran = crowdrank(&[&sql[..], &[count]].concat()).succeeded();
    let lines: Vec<&str> = ran.stdout.lines().collect();
    assert_eq!(lines.len(), 2, "{ran}");
    assert_eq!(lines[0], "n_rows");
    assert_eq!(lines[1].parse(), Ok(answers(&shop).num_rows()), "{ran}");
    let ran = shop.run(&["--log-format", "json", "--quiet"]).succeeded();
    for line in ran.stderr.lines() {
        assert!(
            serde_json::from_str::<serde_json::Value>(line).is_ok(),
            "no JSON: {line}"
        );
    }
}

#[test]
fn sql_sees_files_parameters_and_functions_without_a_configuration() {
    let shop = shop();
    let products = shop.path("data/products");
    let count = format!(
        "select count(*) as n_rows from read_parquet('{}/*.parquet') where price_usd < $price",
        text(&products)
    );
    let arguments = [
        "sql",
        "--format",
        "json",
        "--param",
        "price:double=1e9",
        "-c",
        &count,
    ];
    let ran = crowdrank(&arguments).succeeded();
    assert!(ran.stdout.contains("n_rows"), "{ran}");
    crowdrank(&["sql", "-c", "select nonsense("]).refused(2);
    let query = "select bradley_terry(l, r, o) from (values ('a', 'b', 'left')) as votes(l, r, o)";
    let ran = crowdrank(&["sql", "--format", "ndjson", "-c", query]).succeeded();
    assert!(ran.stdout.contains('a'), "{ran}");
}

#[test]
fn every_format_of_sql_writes_something() {
    let shop = shop();
    for format in ["table", "csv", "tsv", "json", "ndjson", "markdown"] {
        let ran = crowdrank(&["sql", "--format", format, "-c", "select 1 as one"]).succeeded();
        assert!(ran.stdout.contains('1'), "{format}: {ran}");
    }
    for format in ["parquet", "arrow"] {
        let mut command = crate::binary::command();
        let output = command
            .args(["sql", "--format", format, "-c", "select 1 as one"])
            .output();
        let output = output.expect("the binary starts");
        assert!(output.status.success(), "{format}");
        std::fs::write(shop.path(format), &output.stdout).expect("a new file");
    }
    assert_eq!(crate::rows::read_files(&[shop.path("parquet")]).len(), 1);
}
