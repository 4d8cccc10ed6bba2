//! The columns that each input table must or may have: the data model's section 1 as data.
//!
//! It reads no file; `inputs` holds files against it.

use datafusion::arrow::datatypes::{DataType, Field, Fields, TimeUnit};

use crate::config::ProjectKind;

/// What a canonical column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Plain UTF-8; integers are cast.
    Text,
    Int32,
    /// Microseconds since 1970, UTC; no zone means UTC.
    Timestamp,
    Double,
    Flag,
    /// `list<struct<answer text, weight double>>`.
    Solutions,
}

/// Whether a column may be absent, or null.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Need {
    /// In every file, in every row.
    Always,
    /// As `Always` where answers are side by side, else as `Optional`.
    SideBySide,
    /// In every file; a row may be null.
    Column,
    /// Read as null where it is absent.
    Optional,
}

impl Need {
    /// The need in a project of that kind.
    pub(crate) fn in_project(self, kind: ProjectKind) -> Self {
        match (self, kind) {
            (Self::SideBySide, ProjectKind::SideBySide) => Self::Always,
            (Self::SideBySide, ProjectKind::Classification) => Self::Optional,
            (need, _) => need,
        }
    }
}

/// One canonical column.
#[derive(Debug)]
pub(crate) struct Column {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    pub(crate) need: Need,
}

/// One input table.
#[derive(Debug)]
pub(crate) struct Contract {
    pub(crate) table: &'static str,
    pub(crate) columns: &'static [Column],
}

const fn column(name: &'static str, kind: Kind, need: Need) -> Column {
    Column { name, kind, need }
}

use Kind::{Double, Flag, Int32, Solutions, Text, Timestamp};
use Need::{Always, Optional};

/// Every input that this version reads.
pub(crate) const CONTRACTS: &[Contract] = &[
    Contract {
        table: "responses",
        columns: &[
            column("assignment_id", Text, Always),
            column("task_suite_id", Text, Optional),
            column("task_index", Int32, Optional),
            column("pool_id", Text, Always),
            column("project_id", Text, Optional),
            column("worker_id", Text, Always),
            column("status", Text, Always),
            column("created_at", Timestamp, Always),
            column("submitted_at", Timestamp, Need::Column),
            column("accepted_at", Timestamp, Optional),
            column("rejected_at", Timestamp, Optional),
            column("skipped_at", Timestamp, Optional),
            column("expired_at", Timestamp, Optional),
            column("reward_usd", Double, Optional),
            column("task_id", Text, Always),
            column("task_kind", Text, Optional),
            column("query_id", Text, Need::SideBySide),
            column("left_item_id", Text, Need::SideBySide),
            column("right_item_id", Text, Need::SideBySide),
            column("answer", Text, Need::Column),
            column("first_answer", Text, Optional),
            column("golden_answer", Text, Optional),
            column("golden_answers", Solutions, Optional),
            column("overlap", Int32, Optional),
        ],
    },
    Contract {
        table: "products",
        columns: &[
            column("product_id", Text, Always),
            column("title", Text, Optional),
            column("brand", Text, Optional),
            column("category", Text, Optional),
            column("price_usd", Double, Optional),
            column("image_url", Text, Optional),
            column("url", Text, Optional),
            column("updated_at", Timestamp, Optional),
        ],
    },
    Contract {
        table: "pools",
        columns: &[
            column("pool_id", Text, Always),
            column("project_id", Text, Optional),
            column("type", Text, Optional),
            column("default_overlap", Int32, Optional),
            column("reward_usd", Double, Optional),
            column("filter", Text, Optional),
            column("quality_control", Text, Optional),
        ],
    },
    Contract {
        table: "restrictions",
        columns: &[
            column("worker_id", Text, Always),
            column("scope", Text, Always),
            column("project_id", Text, Optional),
            column("pool_id", Text, Optional),
            column("created_at", Timestamp, Always),
            column("will_expire_at", Timestamp, Optional),
            column("comment", Text, Optional),
        ],
    },
    Contract {
        table: "captcha_events",
        columns: &[
            column("worker_id", Text, Always),
            column("pool_id", Text, Always),
            column("at", Timestamp, Always),
            column("is_solved", Flag, Always),
        ],
    },
    Contract {
        table: "review_events",
        columns: &[
            column("assignment_id", Text, Always),
            column("at", Timestamp, Optional),
            // Null where nobody decided yet.
            column("event", Text, Need::Column),
            column("comment", Text, Optional),
        ],
    },
    Contract {
        table: "worker_skills",
        columns: &[
            column("worker_id", Text, Always),
            column("skill_id", Text, Always),
            column("value", Double, Always),
            column("modified_at", Timestamp, Always),
        ],
    },
    Contract {
        table: "truth",
        columns: &[
            column("query_id", Text, Always),
            column("item_id", Text, Always),
            column("score", Double, Always),
        ],
    },
];

impl Kind {
    /// The type inside the flow.
    pub(crate) fn arrow_type(self) -> DataType {
        match self {
            Self::Text => DataType::Utf8,
            Self::Int32 => DataType::Int32,
            Self::Timestamp => timestamp_type(),
            Self::Double => DataType::Float64,
            Self::Flag => DataType::Boolean,
            Self::Solutions => {
                let answer = Field::new("answer", DataType::Utf8, true);
                let weight = Field::new("weight", DataType::Float64, true);
                let solution = DataType::Struct(Fields::from(vec![answer, weight]));
                DataType::new_list(solution, true)
            }
        }
    }

    /// The type in the operator's words.
    pub(crate) fn describe(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Int32 => "int32",
            Self::Timestamp => "timestamp",
            Self::Double => "number",
            Self::Flag => "boolean",
            Self::Solutions => "list<struct<answer text, weight double>>",
        }
    }

    /// Whether `found` becomes this kind without loss; integers wider than 32 bits are checked value by
    /// value when they are read.
    pub(crate) fn accepts(self, found: &DataType) -> bool {
        if let DataType::Dictionary(_, value) = found {
            return self.accepts(value);
        }
        let is_text = matches!(
            found,
            DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View
        );
        if matches!(found, DataType::Null) {
            return true;
        }
        match self {
            Self::Text => is_text || found.is_integer(),
            Self::Int32 => found.is_integer(),
            Self::Timestamp => matches!(found, DataType::Timestamp(_, _) | DataType::Date32),
            Self::Double => found.is_numeric(),
            Self::Flag => matches!(found, DataType::Boolean),
            Self::Solutions => is_list_of_solutions(found),
        }
    }

    /// What to do about a column of another type.
    pub(crate) fn hint(self) -> &'static str {
        match self {
            Self::Text => "cast it in the column mapping, such as \"cast(id as varchar)\"",
            Self::Int32 => "cast it in the column mapping, such as \"cast(position as int)\"",
            Self::Timestamp => {
                "convert it in the column mapping, such as \"to_timestamp(created)\" for ISO 8601 text"
            }
            Self::Double => "cast it in the column mapping, such as \"cast(price as double)\"",
            Self::Flag => "compare in the column mapping, such as \"result = 'ok'\"",
            Self::Solutions => "build it in the column mapping, or map golden_answer instead",
        }
    }
}

/// `timestamp(us, UTC)`: the only instant type inside and outside.
pub(crate) fn timestamp_type() -> DataType {
    DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()))
}

impl Contract {
    /// The contract of `table`; the tables are known at compile time.
    pub(crate) fn of(table: &str) -> Option<&'static Self> {
        CONTRACTS.iter().find(|contract| contract.table == table)
    }
}

fn is_list_of_solutions(found: &DataType) -> bool {
    let (DataType::List(item) | DataType::LargeList(item)) = found else {
        return false;
    };
    let DataType::Struct(fields) = item.data_type() else {
        return false;
    };
    let has = |name: &str, kind: Kind| {
        fields
            .find(name)
            .is_some_and(|(_, field)| kind.accepts(field.data_type()))
    };
    has("answer", Text) && has("weight", Double)
}
