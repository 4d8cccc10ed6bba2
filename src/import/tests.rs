//! Hand-written exports with every quirk, imported and read back.
//!
//! The binary itself is driven by `tests/it/import.rs`.

use std::fs::File;
use std::sync::Arc;

use datafusion::arrow::array::{Array, RecordBatch};
use datafusion::arrow::compute::concat_batches;
use datafusion::arrow::util::display::array_value_to_string;
use datafusion::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use tempfile::TempDir;

use super::*;
use crate::contract::Contract;

const TSV_HEADER: &str = "INPUT:image\tINPUT:left_link\tINPUT:right_link\tOUTPUT:result\tGOLDEN:result\tHINT:text\tASSIGNMENT:link\tASSIGNMENT:assignment_id\tASSIGNMENT:worker_id\tASSIGNMENT:status\tASSIGNMENT:started\tASSIGNMENT:submitted";

/// A row under `TSV_HEADER`: its task and its answer, on a page of its own.
fn tsv_row(page: &str, result: &str, golden: &str, hint: &str) -> String {
    format!(
        "q\tl\tr\t{result}\t{golden}\t{hint}\thttp://p/{page}\t{page}\tw\tAPPROVED\t2026-11-20T08:00:00\t2026-11-20T08:01:00.5"
    )
}

fn tsv(rows: &[String]) -> String {
    format!("{TSV_HEADER}\n{}\n", rows.join("\n"))
}

/// An import into a folder of its own.
struct Import {
    folder: TempDir,
    request: Request,
}

impl Import {
    fn of(export: Export, files: &[&str]) -> Self {
        let folder = TempDir::new().unwrap();
        let write = |(number, content): (usize, &&str)| {
            let path = folder.path().join(format!("export-{number}"));
            fs::write(&path, content).unwrap();
            path
        };
        let request = Request {
            export,
            files: files.iter().enumerate().map(write).collect(),
            directory: folder.path().join("shop"),
            pools: None,
            named: Named {
                pool_id: Some("p1".to_owned()),
                ..Named::default()
            },
        };
        Self { folder, request }
    }

    fn tsv(content: &str) -> Self {
        Self::of(Export::TolokaTsv, &[content])
    }

    fn json(content: &str) -> Self {
        Self::of(Export::TolokaJson, &[content])
    }

    fn named(mut self, name: impl FnOnce(&mut Named)) -> Self {
        name(&mut self.request.named);
        self
    }

    fn table(&self, table: &str) -> Table {
        let path = self
            .request
            .directory
            .join(table)
            .join("part-00000.parquet");
        let builder = ParquetRecordBatchReaderBuilder::try_new(File::open(path).unwrap()).unwrap();
        let schema = Arc::clone(builder.schema());
        let batches: Vec<RecordBatch> = builder.build().unwrap().map(Result::unwrap).collect();
        Table(concat_batches(&schema, &batches).unwrap())
    }

    fn responses(&self) -> Table {
        import(&self.request).unwrap();
        self.table("responses")
    }

    /// The error's text, after a look at its exit code and at the folder, where nothing may be left.
    fn refused(&self, exit_code: u8) -> String {
        let error = import(&self.request).unwrap_err();
        assert_eq!(error.exit_code(), exit_code, "{error}");
        let left = fs::read_dir(&self.request.directory).map_or(0, Iterator::count);
        assert_eq!(left, 0, "something was left behind");
        error.to_string()
    }
}

struct Table(RecordBatch);

impl Table {
    /// The values of a column as text, "-" for null.
    fn column(&self, name: &str) -> Vec<String> {
        let column = self.0.column_by_name(name).unwrap();
        let text = |row_idx| {
            if column.is_null(row_idx) {
                "-".to_owned()
            } else {
                array_value_to_string(column, row_idx).unwrap()
            }
        };
        (0..column.len()).map(text).collect()
    }

    fn has(&self, name: &str) -> bool {
        self.0.column_by_name(name).is_some()
    }
}

#[test]
fn the_canonical_columns_have_the_types_of_the_data_model() {
    let responses = Import::tsv(&tsv(&[tsv_row("a", "l", "", "")])).responses();
    let schema = responses.0.schema();
    for column in Contract::of("responses").unwrap().columns {
        let field = schema.field_with_name(column.name).unwrap();
        assert_eq!(
            field.data_type(),
            &column.kind.arrow_type(),
            "{}",
            column.name
        );
    }
    assert_eq!(responses.column("created_at"), ["2026-11-20T08:00:00Z"]);
    assert_eq!(
        responses.column("submitted_at"),
        ["2026-11-20T08:01:00.500Z"]
    );
    assert_eq!(responses.column("status"), ["ACCEPTED"]);
    assert_eq!(responses.column("pool_id"), ["p1"]);
    assert_eq!(responses.column("query_id"), ["q"]);
    assert_eq!(responses.column("INPUT:left_link"), ["l"]);
    assert_eq!(responses.column("OUTPUT:result"), ["l"]);
    assert_eq!(responses.column("answer"), ["left"]);
    assert!(!responses.has("ASSIGNMENT:link"));
}

#[test]
fn a_chosen_link_is_a_side_and_two_equal_links_are_left() {
    let same = tsv_row("c", "l", "", "").replace("\tr\t", "\tl\t");
    let rows = [tsv_row("a", "l", "", ""), tsv_row("b", "r", "", ""), same];
    assert_eq!(
        Import::tsv(&tsv(&rows)).responses().column("answer"),
        ["left", "right", "left"]
    );
}

#[test]
fn side_words_errors_and_ties_are_spelled_alike_and_the_rest_stays() {
    let words = [
        ("LEFT", "left"),
        ("Right", "right"),
        ("a", "left"),
        ("B", "right"),
        ("1", "left"),
        ("2", "right"),
        ("404", "error"),
        ("ERROR", "error"),
        ("equal", "tie"),
        ("Same", "tie"),
        ("tie", "tie"),
        ("Both bad", "Both bad"),
        ("", "-"),
    ];
    let rows: Vec<String> = words
        .iter()
        .map(|(word, _)| tsv_row(word, word, "", ""))
        .collect();
    let rows: Vec<String> = rows
        .iter()
        .map(|row| row.replace("\t\tw\t", "\tempty\tw\t"))
        .collect();
    let expected: Vec<&str> = words.iter().map(|(_, spelled)| *spelled).collect();
    assert_eq!(
        Import::tsv(&tsv(&rows)).responses().column("answer"),
        expected
    );
}

#[test]
fn a_number_is_an_item_where_items_are_chosen_and_a_side_where_sides_are() {
    let row = |page: &str, left: &str, right: &str, answer: &str| {
        let row = tsv_row(page, answer, "", "");
        row.replacen("q\tl\tr", &format!("q\t{left}\t{right}"), 1)
    };
    let items = [
        row("a", "2", "1", "1"),
        row("b", "3", "7", "7"),
        row("c", "9", "4", "4"),
    ];
    let answers = Import::tsv(&tsv(&items)).responses().column("answer");
    assert_eq!(answers, ["right", "right", "right"]);
    let sides = [
        row("a", "2", "1", "1"),
        row("b", "3", "7", "1"),
        row("c", "9", "4", "2"),
    ];
    let answers = Import::tsv(&tsv(&sides)).responses().column("answer");
    assert_eq!(answers, ["left", "left", "right"]);
}

#[test]
fn a_hint_makes_a_training_task_and_a_golden_answer_alone_a_control_task() {
    let rows = [
        tsv_row("a", "l", "", ""),
        tsv_row("b", "l", "r", ""),
        tsv_row("c", "l", "r", "look closer"),
    ];
    let responses = Import::tsv(&tsv(&rows)).responses();
    assert_eq!(
        responses.column("task_kind"),
        ["REAL", "GOLDEN", "TRAINING"]
    );
    assert_eq!(responses.column("golden_answer"), ["-", "right", "right"]);
    assert_eq!(responses.column("first_answer"), ["-", "-", "left"]);
    assert_eq!(responses.column("golden_answers"), ["-", "-", "-"]);
}

#[test]
fn the_old_name_of_the_hint_and_several_golden_columns_are_read() {
    let content = tsv(&[tsv_row("a", "l", "r", "hint")])
        .replace("HINT:text", "HINT:default_language")
        .replace("ASSIGNMENT:link", "GOLDEN:comment");
    let responses = Import::tsv(&content).responses();
    assert_eq!(responses.column("task_kind"), ["TRAINING"]);
    assert_eq!(responses.column("golden_answer"), ["right"]);
}

#[test]
fn quotes_tabs_and_line_breaks_inside_a_cell_belong_to_it() {
    let row = tsv_row("a", "l", "", "").replacen("q\t", "\"a \"\"b\"\"\tc\r\nd\"\t", 1);
    let inches = tsv_row("b", "r", "", "").replacen("q\t", "5\" screen\t", 1);
    let responses = Import::tsv(&tsv(&[row, inches])).responses();
    assert_eq!(
        responses.column("query_id"),
        ["a \"b\"\tc\r\nd", "5\" screen"]
    );
}

#[test]
fn a_byte_order_mark_and_windows_line_ends_change_nothing() {
    let plain = tsv(&[tsv_row("a", "l", "", ""), tsv_row("b", "r", "", "")]);
    let windows = format!("\u{feff}{}", plain.replace('\n', "\r\n"));
    let without_end = plain.trim_end().to_owned();
    let expected = Import::tsv(&plain).responses();
    for content in [windows, without_end] {
        let responses = Import::tsv(&content).responses();
        assert_eq!(responses.0, expected.0);
    }
}

/// Two pages of two tasks and one, with the assignment's columns on rows of their own.
fn split_pages(order: [usize; 2], between: &str) -> String {
    let header = "INPUT:image_left\tINPUT:image_right\tOUTPUT:result\tASSIGNMENT:assignment_id\tASSIGNMENT:worker_id\tASSIGNMENT:status\tASSIGNMENT:started\tASSIGNMENT:submitted\tASSIGNMENT:reward";
    let page = |id: &str| {
        format!("\t\t\t{id}\tw-{id}\tAPPROVED\t2026-11-20T08:00:00\t2026-11-20T08:01:00\t0.05\n")
    };
    let tasks = |items: &[&str]| {
        let row = |item: &&str| format!("{item}\tz\tLEFT\t\t\t\t\t\t\n");
        items.iter().map(row).collect::<String>()
    };
    let pages = [("p1", tasks(&["x1", "x2"])), ("p2", tasks(&["x3"]))];
    let text = pages.map(|(id, tasks)| {
        let parts = [tasks, page(id)];
        order.map(|part| parts[part].clone()).concat()
    });
    format!("{header}\n{}", text.join(between))
}

#[test]
fn assignment_columns_on_a_row_of_their_own_are_filled_in() {
    let blank_cells = format!("{}\n", "\t".repeat(8));
    for order in [[0, 1], [1, 0]] {
        for between in ["", "\n", "\r\n", &blank_cells] {
            let responses = Import::tsv(&split_pages(order, between)).responses();
            let name = format!("{order:?} {between:?}");
            assert_eq!(
                responses.column("left_item_id"),
                ["x1", "x2", "x3"],
                "{name}"
            );
            assert_eq!(
                responses.column("assignment_id"),
                ["p1", "p1", "p2"],
                "{name}"
            );
            assert_eq!(
                responses.column("worker_id"),
                ["w-p1", "w-p1", "w-p2"],
                "{name}"
            );
            assert_eq!(responses.column("task_index"), ["0", "1", "0"], "{name}");
            assert_eq!(
                responses.column("reward_usd"),
                ["0.05", "0.05", "0.05"],
                "{name}"
            );
        }
    }
}

#[test]
fn a_page_without_assignment_columns_is_not_given_its_neighbours() {
    // The first page has lost its row; a blank line ends it.
    let content = split_pages([0, 1], "\n");
    let lines: Vec<&str> = content.lines().collect();
    let lost: Vec<&str> = lines
        .iter()
        .copied()
        .filter(|line| !line.contains("w-p1"))
        .collect();
    let text = Import::tsv(&lost.join("\n")).refused(8);
    assert!(
        text.contains("export-0: line 2: a task without assignment columns"),
        "{text}"
    );
    let last_lost = lines[..lines.len() - 1].join("\n");
    let text = Import::tsv(&last_lost).refused(8);
    assert!(text.contains("line 6: a task without"), "{text}");
    let bare = tsv_row("a", "l", "", "").replace("\thttp://p/a\ta\tw\tAPPROVED", "\t\t\t\t");
    let bare = bare
        .replace("2026-11-20T08:00:00", "")
        .replace("2026-11-20T08:01:00.5", "");
    let text = Import::tsv(&tsv(&[tsv_row("a", "l", "", ""), bare])).refused(8);
    assert!(text.contains("line 3: a task without"), "{text}");
}

#[test]
fn an_error_names_the_line_also_after_line_breaks_inside_cells() {
    let long = tsv_row("a", "l", "", "").replacen("q\t", "\"q\nr\n\n\"\t", 1);
    let bad = tsv_row("b", "l", "", "").replace("APPROVED", "DONE");
    for line_end in ["\n", "\r\n"] {
        let content = tsv(&[long.clone(), String::new(), bad.clone()]).replace('\n', line_end);
        let text = Import::tsv(&content).refused(8);
        assert!(
            text.contains("line 7: ASSIGNMENT:status"),
            "{line_end:?} {text}"
        );
        assert!(text.contains("\"DONE\""), "{text}");
    }
}

#[test]
fn a_page_handed_in_without_its_time_says_what_to_tick() {
    let row = tsv_row("a", "l", "", "").replace("2026-11-20T08:01:00.5", "");
    let text = Import::tsv(&tsv(&[row])).refused(8);
    for word in ["line 2", "ASSIGNMENT:submitted", "tick this column"] {
        assert!(text.contains(word), "{text}");
    }
    let header = TSV_HEADER.replace("\tASSIGNMENT:status", "\tCONFIDENCE: result");
    let text = Import::tsv(&format!("{header}\n")).refused(8);
    assert!(
        text.contains("ASSIGNMENT:status") && text.contains("aggregated"),
        "{text}"
    );
}

#[test]
fn a_row_of_another_length_and_an_open_quote_are_refused() {
    let text = Import::tsv(&tsv(&["only\tthree\tcells".to_owned()])).refused(8);
    assert!(text.contains("line 2: expected 12 cells"), "{text}");
    let open = tsv_row("a", "l", "", "").replacen("q\t", "\"q\t", 1);
    let text = Import::tsv(&tsv(&[tsv_row("b", "l", "", ""), open])).refused(8);
    assert!(
        text.contains("line 3: a cell that begins with a double quote"),
        "{text}"
    );
    let last = tsv_row("a", "l", "", "") + "\"";
    let last = last.replace("2026-11-20T08:01:00.5", "\"2026-11-20T08:01:00.5\"\n");
    assert!(!Import::tsv(&tsv(&[last])).refused(8).is_empty());
}

#[test]
fn a_task_without_an_id_has_one_that_its_input_makes() {
    let other = tsv_row("c", "l", "", "").replacen("q\t", "q2\t", 1);
    let rows = [tsv_row("a", "l", "", ""), tsv_row("b", "r", "", ""), other];
    let ids = Import::tsv(&tsv(&rows)).responses().column("task_id");
    assert_eq!(ids[0], ids[1]);
    assert_ne!(ids[0], ids[2]);
    assert!(
        ids.iter()
            .all(|id| id.len() == 16 && id.chars().all(|c| c.is_ascii_hexdigit()))
    );
    let content =
        tsv(&[tsv_row("a", "l", "", "")]).replace("ASSIGNMENT:link", "ASSIGNMENT:task_id");
    assert_eq!(
        Import::tsv(&content).responses().column("task_id"),
        ["http://p/a"]
    );
}

#[test]
fn verdicts_and_times_become_review_events() {
    let header = TSV_HEADER
        .replace("ASSIGNMENT:link", "ACCEPT:verdict")
        .replace("HINT:text", "ACCEPT:comment")
        .replace("GOLDEN:result", "ASSIGNMENT:rejected");
    let row = |page: &str, verdict: &str, comment: &str, rejected: &str| {
        tsv_row(page, "l", rejected, comment).replace(&format!("http://p/{page}"), verdict)
    };
    let rows = [
        row("a", "+", "", ""),
        row("b", "-", "too fast", "2026-11-21T00:00:00").replace("APPROVED", "REJECTED"),
        row("c", "", "", ""),
    ];
    let import = Import::tsv(&format!("{header}\n{}\n", rows.join("\n")));
    let responses = import.responses();
    assert_eq!(
        responses.column("status"),
        ["ACCEPTED", "REJECTED", "ACCEPTED"]
    );
    let reviews = import.table("review_events");
    assert_eq!(reviews.column("assignment_id"), ["a", "b"]);
    assert_eq!(reviews.column("event"), ["ACCEPT", "REJECT"]);
    assert_eq!(
        reviews.column("at"),
        ["2026-11-20T08:01:00.500Z", "2026-11-21T00:00:00Z"]
    );
    assert_eq!(reviews.column("comment"), ["-", "too fast"]);
    let text =
        Import::tsv(&tsv(&[row("a", "yes", "", "")]).replace(TSV_HEADER, &header)).refused(8);
    assert!(text.contains("ACCEPT:verdict: expected + or -"), "{text}");
}

#[test]
fn times_with_and_without_a_zone_are_the_same_instant() {
    let times = [
        "2026-11-20T08:00:00",
        "2026-11-20T08:00:00.000Z",
        "2026-11-20T11:00:00+03:00",
        "2026-11-20 08:00:00",
    ];
    let rows = times.map(|time| {
        tsv_row(time, "l", "", "").replace("2026-11-20T08:00:00\t", &format!("{time}\t"))
    });
    let rows: Vec<String> = rows
        .iter()
        .enumerate()
        .map(|(n, row)| row.replacen("q\t", &format!("q{n}\t"), 1))
        .collect();
    let created = Import::tsv(&tsv(&rows)).responses().column("created_at");
    assert!(
        created.iter().all(|time| time == "2026-11-20T08:00:00Z"),
        "{created:?}"
    );
}

#[test]
fn nothing_is_overwritten() {
    let import = Import::tsv(&tsv(&[tsv_row("a", "l", "", "")]));
    import.responses();
    let error = super::import(&import.request).unwrap_err();
    assert_eq!(error.exit_code(), 2);
    assert!(error.to_string().contains("is not overwritten"), "{error}");
    let names = fs::read_dir(&import.request.directory).unwrap();
    let mut names: Vec<String> = names
        .map(|e| e.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert_eq!(names, ["crowdrank.toml", "responses"]);
}

#[test]
fn a_pool_that_is_neither_in_the_export_nor_named_is_asked_for() {
    let import =
        Import::tsv(&tsv(&[tsv_row("a", "l", "", "")])).named(|named| named.pool_id = None);
    assert!(import.refused(2).contains("--pool-id"));
}

#[test]
fn files_that_are_not_there_or_hold_nothing_are_refused() {
    let mut import = Import::tsv("");
    assert!(import.refused(8).contains("empty"));
    import.request.files = vec![import.folder.path().join("nowhere.tsv")];
    assert!(import.refused(4).contains("nowhere.tsv"));
    import.request.files = vec![import.folder.path().to_owned()];
    assert!(import.refused(2).contains("folder"));
    import.request.directory = import.folder.path().join("export-0");
    let error = super::import(&import.request).unwrap_err();
    assert!(error.to_string().contains("is a file"), "{error}");
    let latin = import.folder.path().join("latin.tsv");
    let content = tsv(&[tsv_row("a", "l", "", "").replacen('l', "?", 1)]);
    let bytes = content
        .bytes()
        .map(|byte| if byte == b'?' { 0xe9 } else { byte });
    fs::write(&latin, bytes.collect::<Vec<u8>>()).unwrap();
    import.request.files = vec![latin];
    import.request.directory = import.folder.path().join("shop");
    let text = import.refused(8);
    assert!(
        text.contains("line 2: INPUT:left_link: not UTF-8"),
        "{text}"
    );
    assert!(
        Import::tsv(&format!("{TSV_HEADER}\n"))
            .refused(4)
            .contains("no answer")
    );
    assert!(Import::json("[]").refused(4).contains("no answer"));
}

const PAGE_JSON: &str = r#"{"id": "a1", "task_suite_id": "s1", "pool_id": "42", "user_id": "w1", "status": "ACCEPTED", "reward": 0.0500,
 "created": "2026-11-20T08:00:00.123", "submitted": "2026-11-20T08:01:00", "accepted": "2026-11-21T08:00:00", "mixed": true,
 "tasks": [
  {"id": "t1", "pool_id": "42", "input_values": {"query": "q", "image_left": "x", "image_right": "y", "n": 3}, "overlap": 3, "infinite_overlap": false, "baseline_solutions": []},
  {"id": "t2", "input_values": {"query": "q", "image_left": "x", "image_right": "z"}, "overlap": 5, "infinite_overlap": true,
   "known_solutions": [{"output_values": {"result": "RIGHT"}, "correctness_weight": 1}, {"output_values": {"result": "LEFT"}, "correctness_weight": 0.5}]},
  {"id": "t3", "input_values": {"query": "q", "image_left": "v", "image_right": "w"},
   "known_solutions": [{"output_values": {"result": "LEFT"}}], "message_on_unknown_solution": "the left one"}],
 "solutions": [{"output_values": {"result": "LEFT", "sure": true}}, {"output_values": {"result": "RIGHT", "sure": null}}, {"output_values": {"result": "LEFT"}}],
 "first_declined_solution_attempt": [{"output_values": {}}, null, {"output_values": {"result": "RIGHT"}}]}"#;

fn on_one_line(json: &str) -> String {
    json.replace('\n', " ")
}

#[test]
fn an_assignment_of_the_api_becomes_a_row_per_task() {
    let responses = Import::json(PAGE_JSON).responses();
    assert_eq!(responses.column("pool_id"), ["42", "42", "42"]);
    assert_eq!(responses.column("task_id"), ["t1", "t2", "t3"]);
    assert_eq!(
        responses.column("task_kind"),
        ["REAL", "GOLDEN", "TRAINING"]
    );
    assert_eq!(responses.column("answer"), ["left", "right", "left"]);
    assert_eq!(responses.column("first_answer"), ["-", "-", "right"]);
    assert_eq!(responses.column("golden_answer"), ["-", "-", "-"]);
    assert_eq!(
        responses.column("golden_answers"),
        [
            "-",
            "[{answer: right, weight: 1.0}, {answer: left, weight: 0.5}]",
            "[{answer: left, weight: 1.0}]"
        ]
    );
    assert_eq!(responses.column("overlap"), ["3", "-", "-"]);
    assert_eq!(responses.column("reward_usd"), ["0.05", "0.05", "0.05"]);
    assert_eq!(responses.column("INPUT:n"), ["3", "-", "-"]);
    assert_eq!(responses.column("OUTPUT:sure"), ["true", "-", "-"]);
    assert_eq!(
        responses.column("created_at")[0],
        "2026-11-20T08:00:00.123Z"
    );
    assert_eq!(responses.column("accepted_at")[0], "2026-11-21T08:00:00Z");
}

#[test]
fn a_list_an_object_with_items_and_one_object_per_line_are_the_same() {
    let page = on_one_line(PAGE_JSON);
    let other = page.replace("\"a1\"", "\"a2\"");
    let expected = Import::json(&format!("[{page}, {other}]")).responses();
    assert_eq!(expected.0.num_rows(), 6);
    let shapes = [
        format!("{page}\n{other}\n"),
        format!("{{\"items\": [{page}, {other}], \"has_more\": false}}"),
        format!("\u{feff}{{\"has_more\": true, \"items\": [{page}]}}\n[{other}]"),
    ];
    for shape in shapes {
        assert_eq!(Import::json(&shape).responses().0, expected.0, "{shape}");
    }
}

#[test]
fn a_skipped_page_has_no_answers() {
    let skipped = on_one_line(PAGE_JSON)
        .replace("\"ACCEPTED\"", "\"SKIPPED\"")
        .replace("\"submitted\"", "\"skipped\"")
        .replace("\"accepted\": \"2026-11-21T08:00:00\",", "")
        .replace("\"a1\"", "\"a2\"");
    let skipped = skipped
        .split("\"solutions\"")
        .next()
        .unwrap()
        .trim_end_matches([' ', ','])
        .to_owned()
        + "}";
    let responses = Import::json(&format!("[{}, {skipped}]", on_one_line(PAGE_JSON))).responses();
    assert_eq!(responses.column("answer")[3..], ["-", "-", "-"]);
    assert_eq!(responses.column("first_answer")[3..], ["-", "-", "-"]);
    assert_eq!(responses.column("skipped_at")[3], "2026-11-20T08:01:00Z");
    let handed_in = skipped
        .replace("SKIPPED", "SUBMITTED")
        .replace("\"skipped\"", "\"submitted\"");
    let text = Import::json(&handed_in).refused(8);
    assert!(text.contains("assignment 1: solutions"), "{text}");
}

#[test]
fn mistakes_in_json_are_named_by_place() {
    let page = on_one_line(PAGE_JSON);
    let cases = [
        (
            page.replace("\"overlap\": 3", "\"overlap\": \"three\""),
            "tasks[0].overlap",
        ),
        (
            page.replace(": 0.5}", ": 1.5}"),
            "assignment 2, task 2: correctness_weight",
        ),
        (
            page.replace(
                ", {\"output_values\": {\"result\": \"LEFT\"}}],  \"first",
                "],  \"first",
            ),
            "solutions",
        ),
        (page.replace("\"w1\"", "null"), "assignment 2: user_id"),
        (
            page.replace("2026-11-20T08:01:00", "yesterday"),
            "assignment 2: submitted: expected a time",
        ),
        (page[..page.len() / 2].to_owned(), "after 1 objects: EOF"),
        ("7".to_owned(), "expected an object or a list"),
    ];
    for (broken, word) in cases {
        let text = Import::json(&format!("{page}\n{broken}")).refused(8);
        assert!(text.contains(word), "no {word} in {text}");
    }
}

#[test]
fn an_empty_side_is_named_with_its_place() {
    let broken = on_one_line(PAGE_JSON).replace("\"image_left\": \"v\"", "\"image_left\": \"\"");
    let text = Import::json(&broken).refused(8);
    assert!(
        text.contains("assignment 1, task 3: INPUT:image_left"),
        "{text}"
    );
}

#[test]
fn pools_keep_their_rules_as_json() {
    let mut import = Import::json(PAGE_JSON);
    let pools = import.folder.path().join("pools.json");
    let content = r#"{"items": [{"id": 42, "project_id": "9", "type": "regular", "reward_per_assignment": 0.05,
        "defaults": {"default_overlap_for_new_task_suites": 3}, "quality_control": {"configs": []}}], "has_more": false}"#;
    fs::write(&pools, content).unwrap();
    import.request.pools = Some(pools);
    import.responses();
    let pools = import.table("pools");
    assert_eq!(pools.column("pool_id"), ["42"]);
    assert_eq!(pools.column("project_id"), ["9"]);
    assert_eq!(pools.column("type"), ["REGULAR"]);
    assert_eq!(pools.column("default_overlap"), ["3"]);
    assert_eq!(pools.column("quality_control"), ["{\"configs\":[]}"]);
    assert_eq!(pools.column("filter"), ["-"]);
    let config = fs::read_to_string(import.request.directory.join("crowdrank.toml")).unwrap();
    assert!(config.contains("[inputs.pools]") && config.contains("[inputs.review_events]"));
}

#[test]
fn the_starting_configuration_is_valid_also_for_odd_names() {
    let content =
        tsv(&[tsv_row("a", "l", "", "")]).replace("INPUT:left_link", "\"INPUT:\nleft\n\"");
    let content = content.replace("INPUT:right_link", "INPUT:right");
    let import = Import::tsv(&content);
    import.responses();
    let config = crate::config::Config::load(&import.request.directory.join("crowdrank.toml"), &[]);
    assert_eq!(config.unwrap().inputs.responses.urls, ["responses/"]);
}

/// One task of a JSON page with these inputs and outputs, as the text of an object each.
fn json_page(id: &str, inputs: &str, outputs: &str) -> String {
    format!(
        r#"{{"id": "{id}", "user_id": "w", "status": "SUBMITTED", "created": "2026-11-20T08:00:00", "submitted": "2026-11-20T08:01:00", "tasks": [{{"id": "t", "input_values": {inputs}}}], "solutions": [{{"output_values": {outputs}}}]}}"#
    ) + "\n"
}

#[test]
fn the_sides_and_the_initial_product_are_found_among_the_fields() {
    let sides = |inputs: &str, answer: &str| {
        let import = Import::json(&json_page(
            "a",
            inputs,
            &format!("{{\"result\": \"{answer}\"}}"),
        ));
        let responses = import.responses();
        ["query_id", "left_item_id", "right_item_id", "answer"]
            .map(|name| responses.column(name)[0].clone())
    };
    let found = ["q", "x", "y", "right"];
    assert_eq!(
        sides(
            r#"{"image": "q", "left_link": "x", "right_link": "y"}"#,
            "y"
        ),
        found
    );
    assert_eq!(
        sides(
            r#"{"Initial product": "q", "Product A": "x", "Product B": "y"}"#,
            "B"
        ),
        found
    );
    assert_eq!(
        sides(r#"{"context": "q", "left": "x", "right": "y"}"#, "RIGHT"),
        found
    );
    assert_eq!(
        sides(
            r#"{"text": "q", "audio_1": "x", "audio_2": "y"}"#,
            "audio_2"
        ),
        found
    );
    assert_eq!(
        sides(
            r#"{"queryId": "q", "queryTitle": "t", "leftItemId": "x", "rightItemId": "y", "leftTitle": "1", "rightTitle": "2"}"#,
            "right"
        ),
        found
    );
    assert_eq!(
        sides(r#"{"image_left": "x", "image_right": "y"}"#, "RIGHT"),
        ["all", "x", "y", "right"]
    );
}

#[test]
fn what_cannot_be_told_is_asked_for_with_the_fields_that_there_are() {
    let pointwise = json_page(
        "a",
        r#"{"title_1": "x", "title_2": "y"}"#,
        r#"{"result": "ok"}"#,
    );
    let text = Import::json(&pointwise).refused(2);
    for word in [
        "--left-field",
        "--kind classification",
        "INPUT:title_1, INPUT:title_2",
    ] {
        assert!(text.contains(word), "{text}");
    }
    let inputs = r#"{"left": "x", "right": "y", "colour": "c", "size": "s"}"#;
    let text = Import::json(&json_page("a", inputs, r#"{"result": "left"}"#)).refused(2);
    assert!(
        text.contains("--query-field") && text.contains("INPUT:colour"),
        "{text}"
    );
    let pairs = r#"{"left": "x", "right": "y", "image_left": "c", "image_right": "s"}"#;
    let text = Import::json(&json_page("a", pairs, r#"{"result": "left"}"#)).refused(2);
    assert!(text.contains("more than one pair"), "{text}");
    let outputs = r#"{"result": "left", "certain": "left"}"#;
    let text = Import::json(&json_page("a", r#"{"left": "x", "right": "y"}"#, outputs)).refused(2);
    assert!(text.contains("OUTPUT:certain, OUTPUT:result"), "{text}");
    let import = Import::json(&json_page("a", inputs, r#"{"result": "left"}"#));
    let text = import
        .named(|named| named.query_field = Some("color".to_owned()))
        .refused(2);
    assert!(text.contains("did you mean \"colour\"?"), "{text}");
}

#[test]
fn named_fields_win_over_what_would_be_found() {
    let inputs = r#"{"left": "x", "right": "y", "one": "c", "other": "d", "colour": "red"}"#;
    let import = Import::json(&json_page(
        "a",
        inputs,
        r#"{"result": "left", "certain": "d"}"#,
    ));
    let import = import.named(|named| {
        named.query_field = Some("INPUT:colour".to_owned());
        named.left_field = Some("one".to_owned());
        named.right_field = Some("other".to_owned());
        named.answer_fields = vec!["certain".to_owned()];
        named.project_id = Some("7".to_owned());
    });
    let responses = import.responses();
    let row = [
        "query_id",
        "left_item_id",
        "right_item_id",
        "answer",
        "project_id",
    ];
    assert_eq!(
        row.map(|name| responses.column(name)[0].clone()),
        ["red", "c", "d", "right", "7"]
    );
}

#[test]
fn a_comment_beside_the_answer_is_not_taken_for_it() {
    let pages: String = (0..4)
        .map(|n| {
            let outputs = format!("{{\"result\": \"LEFT\", \"comment\": \"remark {n}\"}}");
            json_page(&n.to_string(), r#"{"left": "x", "right": "y"}"#, &outputs)
        })
        .collect();
    assert_eq!(
        Import::json(&pages).responses().column("answer"),
        ["left"; 4]
    );
    let labels = pages.replace("LEFT", "ok").replace("right", "other");
    let import =
        Import::json(&labels).named(|named| named.kind = Some(ProjectKind::Classification));
    let responses = import.responses();
    assert_eq!(responses.column("answer"), ["ok"; 4]);
    assert_eq!(responses.column("query_id"), ["-"; 4]);
    let config = fs::read_to_string(import.request.directory.join("crowdrank.toml")).unwrap();
    assert!(config.contains("kind = \"classification\"") && !config.contains("products"));
}

#[test]
fn several_answer_fields_of_a_classification_are_one_answer() {
    let pages = [
        json_page("a", r#"{"text": "x"}"#, r#"{"colour": "red", "size": 3}"#),
        json_page("b", r#"{"text": "x"}"#, r#"{"size": 3}"#),
        json_page("c", r#"{"text": "x"}"#, "{}"),
    ];
    let import = Import::json(&pages.concat()).named(|named| {
        named.kind = Some(ProjectKind::Classification);
        named.answer_fields = vec!["size".to_owned(), "colour".to_owned()];
    });
    assert_eq!(
        import.responses().column("answer"),
        [r#"["3","red"]"#, r#"["3",null]"#, "-"]
    );
}

#[test]
fn several_files_have_the_fields_of_all() {
    let first = tsv(&[tsv_row("a", "l", "", "")]);
    let second = first
        .replace("GOLDEN:result", "INPUT:title")
        .replace("\ta\t", "\tb\t");
    let import = Import::of(Export::TolokaTsv, &[&first, &second]);
    let import = import.named(|named| named.query_field = Some("image".to_owned()));
    let responses = import.responses();
    assert_eq!(responses.column("assignment_id"), ["a", "b"]);
    assert_eq!(responses.column("INPUT:title"), ["-", "-"]);
}

#[test]
fn many_pages_are_written_in_batches_and_all_arrive() {
    let rows: Vec<String> = (0..20_000)
        .map(|n| tsv_row(&n.to_string(), "r", "", ""))
        .collect();
    let responses = Import::tsv(&tsv(&rows)).responses();
    let ids = responses.column("assignment_id");
    assert_eq!(ids.len(), 20_000);
    assert!(
        (0..)
            .zip(&ids)
            .all(|(n, id): (i32, &String)| *id == n.to_string())
    );
}
