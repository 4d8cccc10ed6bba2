//! A place in a JSON document that remembers its path, so that every error says where.
//!
//! It knows nothing about rules.

use serde_json::Value;

use crate::error::{Error, Result};

/// One value of the document and the path that leads to it, such as `configs[1].rules[0]`.
#[derive(Debug)]
pub(super) struct Node<'a> {
    value: &'a Value,
    path: String,
}

impl<'a> Node<'a> {
    pub(super) fn root(value: &'a Value) -> Self {
        let path = String::new();
        Self { value, path }
    }

    pub(super) fn path(&self) -> &str {
        if self.path.is_empty() {
            "the rules"
        } else {
            &self.path
        }
    }

    /// A usage error at this place.
    pub(super) fn error(&self, problem: &str) -> Error {
        Error::Usage(format!("{}: {problem}", self.path()))
    }

    /// The names in an object.
    pub(super) fn keys(&self) -> Result<Vec<&'a str>> {
        let Some(object) = self.value.as_object() else {
            return Err(self.wrong_type("an object"));
        };
        Ok(object.keys().map(String::as_str).collect())
    }

    /// Refuses every name that is not `allowed`.
    pub(super) fn only(&self, allowed: &[&str]) -> Result<()> {
        for key in self.keys()? {
            if !allowed.contains(&key) {
                return Err(self
                    .child(key, self.value)
                    .error(&unknown("key", key, allowed)));
            }
        }
        Ok(())
    }

    /// The value under `key`; absent and null are the same.
    pub(super) fn optional(&self, key: &str) -> Option<Node<'a>> {
        let value = self.value.get(key).filter(|value| !value.is_null())?;
        Some(self.child(key, value))
    }

    /// The value under `key`, which must be there.
    pub(super) fn required(&self, key: &str) -> Result<Node<'a>> {
        let absent = || self.child(key, self.value).error("missing");
        self.optional(key).ok_or_else(absent)
    }

    pub(super) fn items(&self) -> Result<Vec<Node<'a>>> {
        let Some(items) = self.value.as_array() else {
            return Err(self.wrong_type("a list"));
        };
        let item = |(idx, value)| Node {
            value,
            path: format!("{}[{idx}]", self.path),
        };
        Ok(items.iter().enumerate().map(item).collect())
    }

    pub(super) fn text(&self) -> Result<&'a str> {
        self.value
            .as_str()
            .ok_or_else(|| self.wrong_type("a string"))
    }

    /// An identifier: the platform writes text, people also write numbers.
    pub(super) fn identifier(&self) -> Result<String> {
        match self.value {
            Value::String(text) if !text.is_empty() => Ok(text.clone()),
            Value::Number(number) if number.is_u64() => Ok(number.to_string()),
            _ => Err(self.wrong_type("an identifier")),
        }
    }

    pub(super) fn whole(&self) -> Result<i64> {
        self.value
            .as_i64()
            .ok_or_else(|| self.wrong_type("a whole number"))
    }

    pub(super) fn flag(&self) -> Result<bool> {
        self.value
            .as_bool()
            .ok_or_else(|| self.wrong_type("true or false"))
    }

    pub(super) fn number(&self) -> Result<f64> {
        self.value
            .as_f64()
            .ok_or_else(|| self.wrong_type("a number"))
    }

    /// The position in `words` of the text here; `what` names such words in the error.
    pub(super) fn position_in(&self, what: &str, words: &[&str]) -> Result<usize> {
        let text = self.text()?;
        let position = words.iter().position(|word| *word == text);
        position.ok_or_else(|| self.error(&unknown(what, text, words)))
    }

    fn wrong_type(&self, wanted: &str) -> Error {
        let found = match self.value {
            Value::Object(_) => "an object".to_owned(),
            Value::Array(_) => "a list".to_owned(),
            simple => simple.to_string(),
        };
        self.error(&format!("expected {wanted}, found {found}"))
    }

    fn child<'b>(&self, key: &str, value: &'b Value) -> Node<'b> {
        let separator = if self.path.is_empty() { "" } else { "." };
        let path = format!("{}{separator}{key}", self.path);
        Node { value, path }
    }
}

/// `unknown operator "GREATER"; one of EQ, NE`, with the nearest word where one is near.
pub(super) fn unknown(what: &str, found: &str, words: &[&str]) -> String {
    let listed = words.join(", ");
    let hint =
        nearest(found, words).map_or(String::new(), |word| format!("; did you mean \"{word}\"?"));
    format!("unknown {what} \"{found}\"; one of {listed}{hint}")
}

/// The word that differs from `found` in at most a third of its letters, whatever their case; ties go to the first.
pub(super) fn nearest<'w>(found: &str, words: &[&'w str]) -> Option<&'w str> {
    let distance = |word: &str| {
        strsim::damerau_levenshtein(&found.to_ascii_lowercase(), &word.to_ascii_lowercase())
    };
    let (distance, word) = words
        .iter()
        .map(|word| (distance(word), *word))
        .min_by_key(|(distance, _)| *distance)?;
    (distance <= found.chars().count() / 3).then_some(word)
}
