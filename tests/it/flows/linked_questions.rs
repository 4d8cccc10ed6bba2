//! `linked_questions`: what one question lets through is what the next one asks.

use std::collections::BTreeMap;

use super::{Example, Log, batch, column, texts};
use crate::rows::{Row, write_file};

/// Message, and what is true of it: importance, product, sentiment; empty where nobody is to be asked.
const MESSAGES: [[&str; 4]; 7] = [
    ["m1", "important", "phone", "negative"],
    ["m2", "unimportant", "", ""],
    ["m3", "important", "none", ""],
    ["m4", "important", "laptop", "positive"],
    ["m5", "unimportant", "", ""],
    ["m6", "important", "headphones", "neutral"],
    ["m7", "important", "none", ""],
];

/// Three workers answer about every message of `tasks`; the first of them errs on every message.
fn answer(example: &Example, question: &str, place: usize, wrong: &str, tasks: &[String]) {
    let mut log = Log::new("questions", "message_id", "answer");
    for task in tasks {
        let message = MESSAGES.iter().find(|message| message[0] == *task);
        let right = message.expect("a known message")[place];
        assert!(!right.is_empty(), "{task} was asked for its {question}");
        log.answers(task, &[("w1", wrong), ("w2", right), ("w3", right)], 0);
    }
    log.write(&example.path(&format!("{question}/responses/1.parquet")));
    example.run(&format!("{question}.toml")).succeeded();
}

#[test]
fn only_what_a_question_lets_through_is_asked_further() {
    let example = Example::copied("linked_questions");
    let ids = || MESSAGES.iter().map(|message| message[0].to_owned());
    let messages = batch(vec![
        ("message_id", texts(ids())),
        ("text", texts(ids().map(|id| format!("text of {id}")))),
    ]);
    write_file(&example.path("messages/1.parquet"), &messages);

    let all: Vec<String> = ids().collect();
    answer(&example, "importance", 1, "unimportant", &all);
    let rows = example.rows(&["--config", "importance.toml", "-f", "product_tasks.sql"]);
    let asked_product = column(&rows, "message_id");
    assert_eq!(asked_product, ["m1", "m3", "m4", "m6", "m7"]);
    assert_eq!(rows[0].id("text"), "text of m1");

    answer(&example, "product", 2, "none", &asked_product);
    let rows = example.rows(&["--config", "product.toml", "-f", "sentiment_tasks.sql"]);
    let asked_sentiment = column(&rows, "message_id");
    assert_eq!(asked_sentiment, ["m1", "m4", "m6"]);
    assert_eq!(column(&rows, "product"), ["phone", "laptop", "headphones"]);

    answer(&example, "sentiment", 3, "neutral", &asked_sentiment);
    let rows = example.rows(&["-f", "messages.sql"]);
    let found: BTreeMap<String, &Row> =
        rows.iter().map(|row| (row.id("message_id"), row)).collect();
    assert_eq!(found.len(), MESSAGES.len());
    for [id, importance, product, sentiment] in MESSAGES {
        let row = found[id];
        let asked = |answer: &'static str| (!answer.is_empty()).then_some(answer);
        assert_eq!(row.text("importance"), asked(importance), "{id}");
        assert_eq!(row.text("product"), asked(product), "{id}");
        assert_eq!(row.text("sentiment"), asked(sentiment), "{id}");
        let last = match (product, sentiment) {
            ("", _) => "importance",
            (_, "") => "product",
            _ => "sentiment",
        };
        assert_eq!(row.text("last_question"), Some(last), "{id}");
    }
}

#[test]
fn a_question_that_nobody_published_yet_is_named() {
    let example = Example::copied("linked_questions");
    let messages = batch(vec![
        ("message_id", texts(["m1".to_owned()])),
        ("text", texts(["text".to_owned()])),
    ]);
    write_file(&example.path("messages/1.parquet"), &messages);
    let config = example.path("messages.sql");
    let arguments = ["sql", "-f", crate::binary::text(&config)];
    let ran = crate::binary::finish(
        crate::binary::command()
            .current_dir(example.path(""))
            .args(arguments),
    );
    ran.refused(4)
        .explains(&["importance/published", "nothing is published there yet"]);
}
