//! Spells side-by-side answers as `left`, `right`, `tie` and `error`, however the project encoded them.
//!
//! What it does not understand stays as it is: a later stage drops it and counts it.

/// What a side-by-side answer can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Vote {
    Left,
    Right,
    Tie,
    Error,
}

impl Vote {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Left => "left",
            Self::Right => "right",
            Self::Tie => "tie",
            Self::Error => "error",
        }
    }

    /// The meaning of a word that needs no look at the task.
    pub(super) fn of_word(text: &str) -> Option<Self> {
        match text.trim().to_lowercase().as_str() {
            "left" | "a" | "1" => Some(Self::Left),
            "right" | "b" | "2" => Some(Self::Right),
            "equal" | "same" | "tie" => Some(Self::Tie),
            "error" | "404" => Some(Self::Error),
            _ => None,
        }
    }

    pub(super) fn is_side(self) -> bool {
        matches!(self, Self::Left | Self::Right)
    }
}

/// What an answer that could be both, such as "1", is taken for first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Encoding {
    /// A side's word; an item only where it is none.
    Words,
    /// The chosen item; a side's word only where it is none.
    Items,
}

/// The two sides of a task as shown.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sides<'a> {
    pub(super) left: &'a str,
    pub(super) right: &'a str,
    /// The names of the fields that hold them: some projects answer with these.
    pub(super) field_names: [&'a str; 2],
    pub(super) encoding: Encoding,
}

impl Sides<'_> {
    /// The answer in the data model's spelling.
    pub(super) fn spell(&self, answer: &str) -> String {
        let trimmed = answer.trim();
        let vote = match self.encoding {
            Encoding::Words => Vote::of_word(trimmed).or_else(|| self.chosen(trimmed)),
            Encoding::Items => self.chosen(trimmed).or_else(|| Vote::of_word(trimmed)),
        };
        vote.map_or_else(|| answer.to_owned(), |vote| vote.name().to_owned())
    }

    /// The side whose item, or whose field's name, the answer is. Two equal items: left.
    fn chosen(&self, answer: &str) -> Option<Vote> {
        let [left_field, right_field] = self.field_names;
        let is_left = answer == self.left.trim();
        let is_right = answer == self.right.trim();
        match (is_left, is_right) {
            (true, _) => Some(Vote::Left),
            (false, true) => Some(Vote::Right),
            _ if answer == left_field => Some(Vote::Left),
            _ if answer == right_field => Some(Vote::Right),
            _ => None,
        }
    }
}
