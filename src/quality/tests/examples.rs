//! The worked examples of the specification, by number.

use super::*;
use crate::quality::SkillAction;

fn assert_close(found: &[f64], expected: &[f64]) {
    assert_eq!(found.len(), expected.len(), "{found:?}");
    for (found, expected) in found.iter().zip(expected) {
        assert!(
            (found - expected).abs() < 1e-12,
            "{found} is not {expected}"
        );
    }
}

#[test]
fn example_1_golden_window_sets_the_skill_from_the_third_answer_on() {
    let skill = rule(
        "total_answers_count GTE 3",
        &skill_from("correct_answers_rate"),
    );
    let rules = configs(&[config(10, &[skill])]);
    let scores = [1., 0., 1., 1., 0., 1., 1., 0., 0., 0., 1., 1.];
    let replay = replay(&rules, &mut answers(&scores));
    let exact: Vec<f64> = replay
        .skills
        .iter()
        .map(|change| change.exact_value)
        .collect();
    let third = 100.0 / 3.0;
    let expected = [
        2.0 * third,
        75.,
        60.,
        2.0 * third,
        500. / 7.,
        62.5,
        500. / 9.,
        50.,
        50.,
        60.,
    ];
    assert_close(&exact, &expected);
    let minutes: Vec<i64> = replay
        .skills
        .iter()
        .map(|change| change.at_us / MINUTE_US)
        .collect();
    assert_eq!(minutes, (3..=12).collect::<Vec<_>>());
    let rounded: Vec<i32> = replay.skills.iter().map(|change| change.value).collect();
    assert_eq!(rounded, [67, 75, 60, 67, 71, 63, 56, 50, 50, 60]);
    assert_eq!(replay.skills[9].exact_value.to_bits(), 60f64.to_bits());
    assert_eq!(replay.skills[0].action, SkillAction::Create);
    assert!(
        replay.skills[1..]
            .iter()
            .all(|change| change.action == SkillAction::Modify)
    );
    assert_eq!(replay.skills[0].skill_id, "77");
    assert!(replay.bans.is_empty());
}

#[test]
fn example_2_two_windows_ban_at_the_twelfth_answer_and_not_at_sixty_percent() {
    let careless = "total_answers_count GTE 4 AND correct_answers_rate LT 60";
    let rules = configs(&[
        config(5, &[rule(careless, &ban("PROJECT", 10))]),
        config(
            10,
            &[rule(
                "total_answers_count GTE 3",
                &skill_from("correct_answers_rate"),
            )],
        ),
    ]);
    let scores = [1., 1., 0., 1., 1., 1., 1., 1., 0., 0., 1., 0.];
    let replay = replay(&rules, &mut answers(&scores));
    let of_ban = replay.events.iter().filter(|event| event.config_index == 0);
    let rates: Vec<f64> = of_ban
        .filter_map(|event| event.statistics.get("correct_answers_rate"))
        .collect();
    assert_close(&rates[3..], &[75., 80., 80., 80., 100., 80., 60., 60., 40.]);
    assert_eq!(ban_minutes(&replay), [12]);
    assert_eq!(replay.bans[0].rule, "0.0");
    assert_eq!(replay.bans[0].comment, "careless");
    assert_eq!(
        replay.bans[0].statistics,
        "total_answers_count=5 correct_answers_rate=40 incorrect_answers_rate=60 \
         golden_set_answers_count=5 golden_set_correct_answers_rate=40 \
         golden_set_incorrect_answers_rate=60"
    );
    let last = replay.skills.last().expect("a skill");
    assert_eq!(
        (last.exact_value, last.value, last.rule.as_str()),
        (60.0, 60, "1.0")
    );
}

#[test]
fn example_3_training_answers_count_in_the_total_and_not_in_the_control_statistics() {
    let never = rule("total_answers_count GT 99", &ban("POOL", 1));
    let rules = configs(&[config(0, &[never])]);
    let mut page = answers(&[1., 0., 0.]);
    page[1].kind = EventKind::Training;
    for (task_index, event) in (0..).zip(&mut page) {
        event.assignment_id = "page";
        event.task_index = task_index;
        event.submitted_at_us = 9 * MINUTE_US;
    }
    let replay = replay(&rules, &mut page);
    let statistics = replay.events[2].statistics;
    assert_eq!(statistics.get("total_answers_count"), Some(3.0));
    assert_close(&trace(&replay, "correct_answers_rate")[2..], &[100.0 / 3.0]);
    assert_eq!(statistics.get("golden_set_answers_count"), Some(2.0));
    assert_eq!(
        statistics.get("golden_set_correct_answers_rate"),
        Some(50.0)
    );
    assert_eq!(
        statistics.get("golden_set_incorrect_answers_rate"),
        Some(50.0)
    );
}

#[test]
fn example_4_half_credit_counts_half() {
    let never = rule("total_answers_count GT 99", &ban("POOL", 1));
    let rules = configs(&[config(0, &[never])]);
    let replay = replay(&rules, &mut answers(&[1.0, 0.5, 0.0]));
    assert_eq!(trace(&replay, "correct_answers_rate")[2], 50.0);
    assert_eq!(trace(&replay, "incorrect_answers_rate")[2], 50.0);
}
