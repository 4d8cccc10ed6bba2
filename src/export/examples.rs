//! `TensorFlow`'s examples as protocol buffers, and the frames of a `TFRecord` file.
//!
//! The messages are those of `tensorflow/core/example/{feature,example}.proto` and
//! `tensorflow_serving/apis/input.proto`; a frame is a length and the bytes, each with its masked CRC-32C.

use std::collections::BTreeMap;

use prost::Message;

use super::rows::Candidates;
use crate::error::Result;
use crate::export::output::OutputFile;

#[derive(Clone, PartialEq, Message)]
pub(super) struct BytesList {
    #[prost(bytes = "vec", repeated, tag = "1")]
    value: Vec<Vec<u8>>,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct FloatList {
    #[prost(float, repeated, tag = "1")]
    value: Vec<f32>,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct Int64List {
    #[prost(int64, repeated, tag = "1")]
    value: Vec<i64>,
}

#[derive(Clone, PartialEq, prost::Oneof)]
pub(super) enum Kind {
    #[prost(message, tag = "1")]
    Bytes(BytesList),
    #[prost(message, tag = "2")]
    Floats(FloatList),
    #[prost(message, tag = "3")]
    Integers(Int64List),
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct Feature {
    #[prost(oneof = "Kind", tags = "1, 2, 3")]
    kind: Option<Kind>,
}

/// Sorted by name, so that the bytes are always the same.
#[derive(Clone, PartialEq, Message)]
pub(super) struct Features {
    #[prost(btree_map = "string, message", tag = "1")]
    feature: BTreeMap<String, Feature>,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct Example {
    #[prost(message, optional, tag = "1")]
    features: Option<Features>,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct ExampleListWithContext {
    #[prost(message, repeated, tag = "1")]
    pub(super) examples: Vec<Example>,
    #[prost(message, optional, tag = "2")]
    pub(super) context: Option<Example>,
}

impl Example {
    /// What a row says of its query.
    pub(super) fn of_query(rows: &Candidates<'_>, row_idx: usize) -> Self {
        Self::of(query_fields(rows, row_idx))
    }

    /// What a row says of its item.
    pub(super) fn of_item(rows: &Candidates<'_>, features: &[String], row_idx: usize) -> Self {
        Self::of(item_fields(rows, features, row_idx))
    }

    /// A whole row.
    pub(super) fn of_row(rows: &Candidates<'_>, features: &[String], row_idx: usize) -> Self {
        let mut fields = query_fields(rows, row_idx);
        fields.extend(item_fields(rows, features, row_idx));
        Self::of(fields)
    }

    fn of(fields: Vec<(&str, Kind)>) -> Self {
        let feature = fields.into_iter().map(|(name, kind)| {
            let feature = Feature { kind: Some(kind) };
            (name.to_owned(), feature)
        });
        Self {
            features: Some(Features {
                feature: feature.collect(),
            }),
        }
    }
}

fn query_fields(rows: &Candidates<'_>, row_idx: usize) -> Vec<(&'static str, Kind)> {
    vec![
        ("query_id", text(rows.query_id.value(row_idx))),
        ("qid", integer(rows.qid.value(row_idx).into())),
        ("group_weight", float(rows.group_weight.value(row_idx))),
    ]
}

fn item_fields<'a>(
    rows: &Candidates<'_>,
    features: &'a [String],
    row_idx: usize,
) -> Vec<(&'a str, Kind)> {
    let mut fields = vec![
        ("item_id", text(rows.item_id.value(row_idx))),
        ("item_idx", integer(rows.item_idx.value(row_idx))),
        ("pos", integer(rows.pos.value(row_idx).into())),
        ("label", integer(rows.label.value(row_idx).into())),
        ("score", float(rows.score.value(row_idx))),
        ("score_lo", float(rows.score_lo.value(row_idx))),
        ("score_hi", float(rows.score_hi.value(row_idx))),
        ("rank", integer(rows.rank.value(row_idx).into())),
        (
            "n_comparisons",
            integer(rows.n_comparisons.value(row_idx).into()),
        ),
        ("n_workers", integer(rows.n_workers.value(row_idx).into())),
        ("weight", float(rows.weight.value(row_idx))),
    ];
    for (name, column) in features.iter().zip(&rows.features) {
        fields.push((name, float(column.value(row_idx))));
    }
    fields
}

fn text(value: &str) -> Kind {
    let value = vec![value.as_bytes().to_vec()];
    Kind::Bytes(BytesList { value })
}

fn integer(value: i64) -> Kind {
    Kind::Integers(Int64List { value: vec![value] })
}

fn float(value: f32) -> Kind {
    Kind::Floats(FloatList { value: vec![value] })
}

/// Appends a message in its frame.
pub(super) fn write_record(file: &mut OutputFile, message: &impl Message) -> Result<()> {
    file.row(&framed(&message.encode_to_vec()))
}

fn framed(bytes: &[u8]) -> Vec<u8> {
    let length = (bytes.len() as u64).to_le_bytes();
    let mut record = Vec::with_capacity(bytes.len() + 16);
    record.extend_from_slice(&length);
    record.extend_from_slice(&masked_crc(&length).to_le_bytes());
    record.extend_from_slice(bytes);
    record.extend_from_slice(&masked_crc(bytes).to_le_bytes());
    record
}

/// CRC-32C, turned and shifted: a checksum over bytes that hold checksums says little otherwise.
fn masked_crc(bytes: &[u8]) -> u32 {
    crc32c::crc32c(bytes)
        .rotate_right(15)
        .wrapping_add(0xa282_ead8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_has_the_length_the_bytes_and_two_checksums() {
        // CRC-32C of "123456789" is 0xe3069283 (RFC 3720, B.4 uses the same polynomial).
        assert_eq!(crc32c::crc32c(b"123456789"), 0xe306_9283);
        let record = framed(b"123456789");
        assert_eq!(record.len(), 8 + 4 + 9 + 4);
        assert_eq!(record[..8], 9_u64.to_le_bytes());
        let masked = 0xe306_9283_u32.rotate_right(15).wrapping_add(0xa282_ead8);
        assert_eq!(record[21..], masked.to_le_bytes());
    }

    #[test]
    fn the_fields_of_an_example_are_sorted_and_read_back() {
        let example = Example::of(vec![
            ("b", float(0.5)),
            ("a", integer(-1)),
            ("c", text("é")),
        ]);
        let bytes = example.encode_to_vec();
        let place = |letter: u8| bytes.windows(3).position(|w| w == [0x0a, 1, letter]);
        assert!(place(b'a') < place(b'b') && place(b'b') < place(b'c'));
        assert!(place(b'a').is_some());
        assert_eq!(Example::decode(bytes.as_slice()).unwrap(), example);
    }
}
