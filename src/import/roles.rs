//! Decides which field is the query, which are the sides and which hold the answer.
//!
//! What the operator names holds; the rest is found among the encodings in use, said, or refused with the
//! fields that there are. It reads no file.

use super::Named;
use super::answers::Encoding;
use super::survey::{Answers, OPTIONS_MAX, Survey};
use crate::config::{ProjectKind, did_you_mean};
use crate::error::{Error, Result};

/// What the fields of an export mean.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Roles {
    pub(super) pool_id: Option<String>,
    pub(super) project_id: Option<String>,
    /// `None` for a classification project.
    pub(super) sides: Option<SideFields>,
    /// One; several in a classification project are one answer together.
    pub(super) answers: Vec<String>,
}

/// The fields of a side-by-side task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SideFields {
    /// `None`: the task shows no initial product, so that all its candidates are one list.
    pub(super) query: Option<String>,
    pub(super) left: String,
    pub(super) right: String,
    pub(super) encoding: Encoding,
}

/// The query of tasks that show no initial product.
pub(super) const ONLY_QUERY: &str = "all";

/// Words of a name that tell the left field from the right one.
const SIDE_WORDS: [[&str; 2]; 3] = [["left", "right"], ["a", "b"], ["1", "2"]];

/// Names of the field with the initial product, the surest first.
const QUERY_NAMES: [&str; 12] = [
    "query_id",
    "initial_product_id",
    "initial_product",
    "query",
    "initial_item",
    "initial",
    "product_id",
    "product",
    "image",
    "prompt",
    "context",
    "reference",
];

impl Roles {
    /// # Errors
    /// [`Error::Usage`]: a named field is not there, or one that is not named cannot be told.
    pub(super) fn find(named: &Named, survey: &Survey) -> Result<Self> {
        if survey.n_rows == 0 {
            return Err(Error::Missing {
                location: "the export".to_owned(),
                problem: "there is no answer in it; download the results of a pool with answers"
                    .to_owned(),
            });
        }
        let finder = Finder { named, survey };
        let pair = if named.kind == Some(ProjectKind::Classification) {
            finder.refuse_side_fields()?;
            None
        } else {
            Some(finder.pair()?)
        };
        let answers = finder.answers(pair.is_some())?;
        let sides = match pair {
            Some((left, right)) => Some(SideFields {
                query: finder.query(&left, &right)?,
                encoding: finder.encoding(&answers),
                left,
                right,
            }),
            None => None,
        };
        Ok(Self {
            pool_id: named.pool_id.clone(),
            project_id: named.project_id.clone(),
            sides,
            answers,
        })
    }

    /// Says what is read as what.
    pub(super) fn tell(&self) {
        let answers: Vec<String> = self.answers.iter().map(|f| format!("OUTPUT:{f}")).collect();
        let answer = answers.join(", ");
        let Some(sides) = &self.sides else {
            tracing::info!("classification: answer = {answer}");
            return;
        };
        let SideFields { left, right, .. } = sides;
        let query = match &sides.query {
            Some(field) => format!("INPUT:{field}"),
            None => format!("'{ONLY_QUERY}' (the tasks show no initial product)"),
        };
        tracing::info!(
            "side by side: query_id = {query}, left_item_id = INPUT:{left}, right_item_id = INPUT:{right}, answer = {answer}; name the fields by --query-field, --left-field, --right-field and --answer-field to have it otherwise"
        );
    }

    pub(super) fn kind(&self) -> ProjectKind {
        match self.sides {
            Some(_) => ProjectKind::SideBySide,
            None => ProjectKind::Classification,
        }
    }
}

struct Finder<'a> {
    named: &'a Named,
    survey: &'a Survey<'a>,
}

impl Finder<'_> {
    fn refuse_side_fields(&self) -> Result<()> {
        let named = self.named;
        let is_any_named = [&named.query_field, &named.left_field, &named.right_field]
            .into_iter()
            .any(Option::is_some);
        if is_any_named {
            return Err(Error::Usage(
                "a classification has no query and no sides: leave out --query-field, --left-field and --right-field, or --kind".to_owned(),
            ));
        }
        Ok(())
    }

    fn input_list(&self) -> String {
        listed("INPUT", self.survey.inputs.iter())
    }

    /// The input field that `option` names.
    fn named_input(&self, option: &str, name: &str) -> Result<String> {
        let bare = name.strip_prefix("INPUT:").unwrap_or(name);
        if self.survey.inputs.contains(bare) {
            return Ok(bare.to_owned());
        }
        let known = self.survey.inputs.iter().map(String::as_str);
        Err(Error::Usage(format!(
            "{option} {name}: no such field; the export has {}{}",
            self.input_list(),
            did_you_mean(bare, known)
        )))
    }

    /// The fields of the left and the right item.
    fn pair(&self) -> Result<(String, String)> {
        let named = self.named;
        if let (Some(left), Some(right)) = (&named.left_field, &named.right_field) {
            let left = self.named_input("--left-field", left)?;
            let right = self.named_input("--right-field", right)?;
            if left == right {
                return Err(Error::Usage(format!(
                    "--left-field and --right-field both name {left}; they are two fields"
                )));
            }
            return Ok((left, right));
        }
        if named.left_field.is_some() || named.right_field.is_some() {
            return Err(Error::Usage(
                "--left-field and --right-field go together: name both or neither".to_owned(),
            ));
        }
        let pairs = self.pairs();
        if let [pair] = &pairs[..] {
            return Ok(pair.clone());
        }
        // An item's id says what its title and its picture belong to.
        let by_id: Vec<&(String, String)> = pairs
            .iter()
            .filter(|(left, _)| words(left).contains(&"id".to_owned()))
            .collect();
        if let [pair] = by_id[..] {
            return Ok(pair.clone());
        }
        let what = if pairs.is_empty() {
            "no two fields look like the left and the right item"
        } else {
            "more than one pair of fields looks like the left and the right item"
        };
        Err(Error::Usage(format!(
            "{what}: name them by --left-field and --right-field, or say --kind classification; the export has {}",
            self.input_list()
        )))
    }

    /// Every two fields whose names differ in the word for a side only.
    fn pairs(&self) -> Vec<(String, String)> {
        let mut fields = self.survey.outputs.values();
        let has_choices_of_a_side = fields.any(Answers::are_choices_of_a_side);
        let mut pairs = Vec::new();
        for left in &self.survey.inputs {
            for [left_word, right_word] in SIDE_WORDS {
                // title_1 and title_2 may be two products that are judged together, not against each other.
                if left_word != "left" && !has_choices_of_a_side {
                    continue;
                }
                let Some(wanted) = replaced(&words(left), left_word, right_word) else {
                    continue;
                };
                let mut others = self.survey.inputs.iter();
                if let Some(right) = others.find(|other| words(other) == wanted) {
                    pairs.push((left.clone(), right.clone()));
                }
            }
        }
        pairs
    }

    fn query(&self, left: &str, right: &str) -> Result<Option<String>> {
        if let Some(name) = &self.named.query_field {
            let query = self.named_input("--query-field", name)?;
            if query == left || query == right {
                return Err(Error::Usage(format!(
                    "--query-field {name} is a side already; the initial product is a third field"
                )));
            }
            return Ok(Some(query));
        }
        let pairs = self.pairs();
        let is_of_a_side = |name: &str| {
            let mut all = pairs.iter().map(|(l, r)| (l.as_str(), r.as_str()));
            name == left || name == right || all.any(|(l, r)| name == l || name == r)
        };
        let others: Vec<&String> = self
            .survey
            .inputs
            .iter()
            .filter(|name| !is_of_a_side(name))
            .collect();
        match others[..] {
            [] => return Ok(None),
            [only] => return Ok(Some(only.clone())),
            _ => {}
        }
        for known in QUERY_NAMES {
            let known_words = words(known);
            if let Some(found) = others.iter().find(|name| words(name) == known_words) {
                return Ok(Some((*found).clone()));
            }
        }
        Err(Error::Usage(format!(
            "more than one field could be the initial product: name it by --query-field; the export has {}",
            self.input_list()
        )))
    }

    fn answers(&self, is_side_by_side: bool) -> Result<Vec<String>> {
        let outputs = &self.survey.outputs;
        let names = &self.named.answer_fields;
        if is_side_by_side && names.len() > 1 {
            return Err(Error::Usage(
                "a side-by-side answer is one field: give --answer-field once, or --kind classification".to_owned(),
            ));
        }
        if !names.is_empty() {
            return names.iter().map(|name| self.named_output(name)).collect();
        }
        let filled: Vec<&String> = outputs
            .iter()
            .filter(|(_, answers)| answers.n_values > 0)
            .map(|(name, _)| name)
            .collect();
        if let [only] = filled[..] {
            return Ok(vec![only.clone()]);
        }
        if let (true, 1) = (filled.is_empty(), outputs.len()) {
            return Ok(outputs.keys().cloned().collect());
        }
        let only = |is_fit: &dyn Fn(&str) -> bool| {
            let fit: Vec<&&String> = filled.iter().filter(|name| is_fit(name)).collect();
            match fit[..] {
                [name] => Some((*name).clone()),
                _ => None,
            }
        };
        let by_side = is_side_by_side
            .then(|| only(&|name| outputs[name].are_choices_of_a_side()))
            .flatten();
        let found = by_side.or_else(|| only(&|name| outputs[name].are_options()));
        found.map(|name| vec![name]).ok_or_else(|| {
            Error::Usage(format!(
                "it is open which field holds the answer: name it by --answer-field; the export has {} (one field with at most {OPTIONS_MAX} different values would be taken by itself)",
                listed("OUTPUT", outputs.keys())
            ))
        })
    }

    fn named_output(&self, name: &str) -> Result<String> {
        let bare = name.strip_prefix("OUTPUT:").unwrap_or(name);
        let outputs = &self.survey.outputs;
        if outputs.contains_key(bare) {
            return Ok(bare.to_owned());
        }
        Err(Error::Usage(format!(
            "--answer-field {name}: no such field; the export has {}{}",
            listed("OUTPUT", outputs.keys()),
            did_you_mean(bare, outputs.keys().map(String::as_str))
        )))
    }

    fn encoding(&self, answers: &[String]) -> Encoding {
        let outputs = &self.survey.outputs;
        let field = answers.first().and_then(|name| outputs.get(name));
        if field.is_some_and(Answers::are_items) {
            Encoding::Items
        } else {
            Encoding::Words
        }
    }
}

fn listed<'a>(prefix: &str, names: impl Iterator<Item = &'a String>) -> String {
    let names: Vec<String> = names.map(|name| format!("{prefix}:{name}")).collect();
    if names.is_empty() {
        return format!("no {prefix} field");
    }
    names.join(", ")
}

/// The words of a field's name in lower case: `imageLeft`, `image_left` and `Image left` are two words each.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut was_lower = false;
    for character in name.chars() {
        let begins_word = character.is_uppercase() && was_lower;
        if !character.is_alphanumeric() || begins_word {
            words.push(String::new());
        }
        if let (true, Some(word)) = (character.is_alphanumeric(), words.last_mut()) {
            word.extend(character.to_lowercase());
        }
        was_lower = character.is_lowercase();
    }
    words.retain(|word| !word.is_empty());
    words
}

/// The words with `from`, which must stand there exactly once, replaced by `to`.
fn replaced(words: &[String], from: &str, to: &str) -> Option<Vec<String>> {
    let n_found = words.iter().filter(|word| *word == from).count();
    let replace = |word: &String| {
        if word == from {
            to.to_owned()
        } else {
            word.clone()
        }
    };
    (n_found == 1).then(|| words.iter().map(replace).collect())
}
