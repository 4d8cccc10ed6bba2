//! The scalar functions that the stages and ad-hoc SQL share, beyond those of the engine.
//!
//! Each is a pure function of its arguments, so that any process computes the same.

mod answers;
mod checkpoints;
mod features;
mod pseudonyms;

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, StringArray, StringBuilder, UInt64Array};
use datafusion::arrow::datatypes::DataType;
use datafusion::common::{Result, exec_err};
use datafusion::logical_expr::{
    ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, TypeSignature,
    Volatility,
};
use datafusion::prelude::SessionContext;
use sha2::{Digest, Sha256};

use crate::contract::Kind;

use answers::{is_known_answer, solution_credit};
use checkpoints::is_checkpoint;
use features::{
    category_values, category_values_type, codes_type, pair_features, product_vector, vector_type,
};
use pseudonyms::{worker_pseudonym, worker_pseudonyms};

/// Reasons that one call can choose from.
const FIRST_REASON_PAIRS_MAX: usize = 16;

/// Adds every function of this file to `session`.
pub(crate) fn register(session: &SessionContext) {
    for function in all() {
        session.register_udf(ScalarUDF::new_from_impl(function));
    }
}

fn all() -> impl Iterator<Item = Function> {
    text_and_answer_functions()
        .into_iter()
        .chain(feature_functions())
}

fn text_and_answer_functions() -> Vec<Function> {
    let text = |n: usize| TypeSignature::Exact(vec![DataType::Utf8; n]);
    let texts = DataType::new_list(DataType::Utf8, true);
    let solutions = Kind::Solutions.arrow_type();
    let answer_and_solutions = vec![DataType::Utf8, DataType::Utf8, solutions, DataType::Utf8];
    vec![
        Function::new(
            "sha256_key",
            vec![text(1), text(2), text(3)],
            DataType::UInt64,
            sha256_key,
        ),
        Function::new(
            "row_hash",
            vec![text(1), text(2)],
            DataType::UInt64,
            row_hash,
        ),
        Function::new(
            "first_reason",
            (1..=FIRST_REASON_PAIRS_MAX)
                .map(|n_pairs| {
                    let pair = [DataType::Utf8, DataType::Boolean];
                    TypeSignature::Exact(vec![pair; n_pairs].concat())
                })
                .collect(),
            DataType::Utf8,
            first_reason,
        ),
        Function::new(
            "fill_template",
            vec![text(5)],
            DataType::Utf8,
            fill_template,
        ),
        Function::new(
            "worker_pseudonym",
            vec![text(1)],
            DataType::Utf8,
            worker_pseudonym,
        ),
        Function::new(
            "is_known_answer",
            vec![text(3)],
            DataType::Boolean,
            is_known_answer,
        ),
        Function::new(
            "worker_pseudonyms",
            vec![TypeSignature::Exact(vec![texts.clone()])],
            texts,
            worker_pseudonyms,
        ),
        Function::new(
            "solution_credit",
            vec![TypeSignature::Exact(answer_and_solutions)],
            DataType::Float64,
            solution_credit,
        ),
        Function::new(
            "is_checkpoint",
            [DataType::Int64, DataType::UInt64]
                .map(|number| TypeSignature::Exact(vec![number, DataType::Utf8]))
                .to_vec(),
            DataType::Boolean,
            is_checkpoint,
        ),
    ]
}

fn feature_functions() -> [Function; 3] {
    let texts = DataType::new_list(DataType::Utf8, true);
    let numbers = DataType::new_list(DataType::Float64, true);
    let exact = |arguments: Vec<DataType>| vec![TypeSignature::Exact(arguments)];
    [
        Function::new(
            "category_values",
            exact(vec![DataType::Utf8, texts.clone()]),
            category_values_type(),
            category_values,
        ),
        Function::new(
            "product_vector",
            exact(vec![DataType::Utf8, numbers, texts, codes_type()]),
            vector_type(),
            product_vector,
        ),
        Function::new(
            "pair_features",
            exact(vec![DataType::Utf8, vector_type(), vector_type()]),
            vector_type(),
            pair_features,
        ),
    ]
}

/// `first_reason(name, condition, name, condition, …)`: the name of the first condition that holds, null where
/// none does; a condition that is null does not hold. Each condition is looked at once for all rows, which is
/// about three times as fast as a `case` of 13 branches (135 against 387 ns a row).
fn first_reason(columns: &[ArrayRef], n_rows: usize) -> Result<ArrayRef> {
    let mut reasons: Vec<Option<&str>> = vec![None; n_rows];
    for pair in columns.chunks(2) {
        let [names, conditions] = pair else {
            return exec_err!("first_reason takes pairs of a name and a condition");
        };
        let names = names.as_string::<i32>();
        let conditions = conditions.as_boolean();
        for (row_idx, reason) in reasons.iter_mut().enumerate() {
            if reason.is_none() && conditions.is_valid(row_idx) && conditions.value(row_idx) {
                *reason = Some(names.value(row_idx));
            }
        }
    }
    Ok(Arc::new(StringArray::from(reasons)))
}

type Body = fn(&[ArrayRef], usize) -> Result<ArrayRef>;

/// A named pure function over whole columns.
#[derive(Debug)]
struct Function {
    name: &'static str,
    signature: Signature,
    return_type: DataType,
    body: Body,
}

impl Function {
    fn new(
        name: &'static str,
        signatures: Vec<TypeSignature>,
        return_type: DataType,
        body: Body,
    ) -> Self {
        Self {
            name,
            signature: Signature::one_of(signatures, Volatility::Immutable),
            return_type,
            body,
        }
    }
}

impl PartialEq for Function {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Function {}

impl Hash for Function {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name.hash(state);
    }
}

impl ScalarUDFImpl for Function {
    fn name(&self) -> &str {
        self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arg_types: &[DataType]) -> Result<DataType> {
        Ok(self.return_type.clone())
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let columns = ColumnarValue::values_to_arrays(&args.args)?;
        let n_rows = columns.first().map_or(args.number_rows, Array::len);
        Ok(ColumnarValue::Array((self.body)(&columns, n_rows)?))
    }
}

/// The first eight bytes, big-endian, of the SHA-256 of the texts joined by a zero byte.
///
/// It orders queries and items in the published files and deals queries to splits.
#[expect(clippy::unnecessary_wraps, reason = "every function has one shape")]
fn sha256_key(columns: &[ArrayRef], n_rows: usize) -> Result<ArrayRef> {
    let texts: Vec<_> = columns.iter().map(AsArray::as_string::<i32>).collect();
    let mut message = Vec::with_capacity(64);
    let keys = (0..n_rows).map(|row_idx| {
        message.clear();
        for (text_idx, text) in texts.iter().enumerate() {
            if text.is_null(row_idx) {
                return None;
            }
            if text_idx > 0 {
                message.push(0);
            }
            message.extend_from_slice(text.value(row_idx).as_bytes());
        }
        let digest = Sha256::digest(&message);
        let mut first = [0; 8];
        first.copy_from_slice(&digest[..8]);
        Some(u64::from_be_bytes(first))
    });
    Ok(Arc::new(keys.collect::<UInt64Array>()))
}

/// A fast hash of one or two texts, equal on every machine; equal texts have equal hashes, the reverse must be checked.
#[expect(clippy::unnecessary_wraps, reason = "every function has one shape")]
fn row_hash(columns: &[ArrayRef], n_rows: usize) -> Result<ArrayRef> {
    let texts: Vec<_> = columns.iter().map(AsArray::as_string::<i32>).collect();
    let hashes = (0..n_rows).map(|row_idx| {
        let mut hash = 0xcbf2_9ce4_8422_2325_u64;
        for text in &texts {
            for chunk in text.value(row_idx).as_bytes().chunks(8) {
                let mut word = [0; 8];
                word[..chunk.len()].copy_from_slice(chunk);
                hash = mix(hash ^ u64::from_le_bytes(word));
            }
            hash = mix(hash ^ text.value_length(row_idx) as u64);
        }
        hash
    });
    Ok(Arc::new(UInt64Array::from_iter_values(hashes)))
}

/// The finaliser of splitmix64 (Steele, Lea & Flood 2014): every input bit reaches every output bit.
fn mix(mut word: u64) -> u64 {
    word = word.wrapping_add(0x9e37_79b9_7f4a_7c15);
    word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    word ^ (word >> 31)
}

/// A template with `{id}`, `{title}`, `{brand}` and `{category}` filled in, in one pass: what is filled in is
/// not looked at again. A product without title goes by its id; other missing texts are empty.
#[expect(clippy::unnecessary_wraps, reason = "every function has one shape")]
fn fill_template(columns: &[ArrayRef], n_rows: usize) -> Result<ArrayRef> {
    let texts: Vec<_> = columns.iter().map(AsArray::as_string::<i32>).collect();
    let text = |column_idx: usize, row_idx: usize| {
        let column = texts[column_idx];
        column.is_valid(row_idx).then(|| column.value(row_idx))
    };
    let mut filled = StringBuilder::with_capacity(n_rows, n_rows * 32);
    for row_idx in 0..n_rows {
        let mut rest = text(0, row_idx).unwrap_or_default();
        let id = text(1, row_idx).unwrap_or_default();
        let values = [
            ("{id}", id),
            ("{title}", text(2, row_idx).unwrap_or(id)),
            ("{brand}", text(3, row_idx).unwrap_or_default()),
            ("{category}", text(4, row_idx).unwrap_or_default()),
        ];
        let mut line = String::with_capacity(rest.len() + 32);
        while let Some(start) = rest.find('{') {
            line.push_str(&rest[..start]);
            rest = &rest[start..];
            let known = values.iter().find(|(name, _)| rest.starts_with(name));
            let (name, value) = known.copied().unwrap_or(("{", "{"));
            line.push_str(value);
            rest = &rest[name.len()..];
        }
        line.push_str(rest);
        filled.append_value(line);
    }
    Ok(Arc::new(filled.finish()))
}

/// The environment variable whose value keys the pseudonyms.
pub(crate) const WORKER_KEY_VARIABLE: &str = "CROWDRANK_WORKER_KEY";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_is_the_head_of_the_digest_of_the_joined_texts() {
        let column = |text: &str| Arc::new(StringArray::from(vec![text])) as ArrayRef;
        let keys = sha256_key(&[column("crowdrank"), column("Q1")], 1).unwrap();
        let digest = Sha256::digest(b"crowdrank\0Q1");
        let expected = u64::from_be_bytes(digest[..8].try_into().unwrap());
        assert_eq!(
            keys.as_primitive::<datafusion::arrow::datatypes::UInt64Type>()
                .value(0),
            expected
        );
    }
}
