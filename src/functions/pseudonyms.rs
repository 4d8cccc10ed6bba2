//! What workers are called outside, where their ids are not published.
//!
//! The key is the operator's; it stands in the environment and goes nowhere.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, ListArray, StringBuilder};
use datafusion::common::Result;
use sha2::{Digest, Sha256};

use super::WORKER_KEY_VARIABLE;

/// `worker_pseudonyms(list)`: the pseudonym of each worker of a list, in the order of the pseudonyms.
pub(super) fn worker_pseudonyms(columns: &[ArrayRef], _n_rows: usize) -> Result<ArrayRef> {
    let lists = columns[0].as_list::<i32>();
    let values = worker_pseudonym(&[Arc::clone(lists.values())], lists.values().len())?;
    let values = values.as_string::<i32>();
    let mut sorted = StringBuilder::new();
    let offsets = lists.value_offsets();
    let first = offsets.first().copied().unwrap_or_default();
    let mut shifted = Vec::with_capacity(offsets.len());
    for (list_idx, offset) in offsets.iter().enumerate() {
        shifted.push(offset - first);
        let Some(next) = offsets.get(list_idx + 1) else {
            break;
        };
        let mut of_list: Vec<Option<&str>> = (*offset..*next)
            .map(|idx| {
                values
                    .is_valid(idx as usize)
                    .then(|| values.value(idx as usize))
            })
            .collect();
        of_list.sort_unstable();
        for value in of_list {
            sorted.append_option(value);
        }
    }
    let field = match lists.data_type() {
        datafusion::arrow::datatypes::DataType::List(field) => Arc::clone(field),
        other => return datafusion::common::exec_err!("expected a list of workers, found {other}"),
    };
    let offsets = datafusion::arrow::buffer::OffsetBuffer::new(shifted.into());
    let column = ListArray::try_new(
        field,
        offsets,
        Arc::new(sorted.finish()),
        lists.nulls().cloned(),
    )?;
    Ok(Arc::new(column))
}

/// `w_` and 24 hexadecimal digits of HMAC-SHA-256 (RFC 2104) of the worker's id under the operator's key.
#[expect(clippy::unnecessary_wraps, reason = "every function has one shape")]
pub(super) fn worker_pseudonym(columns: &[ArrayRef], n_rows: usize) -> Result<ArrayRef> {
    let key = std::env::var(WORKER_KEY_VARIABLE).unwrap_or_else(|_| "crowdrank".to_owned());
    let workers = columns[0].as_string::<i32>();
    let mut pseudonyms = StringBuilder::with_capacity(n_rows, n_rows * 26);
    for worker in workers {
        let Some(worker) = worker else {
            pseudonyms.append_null();
            continue;
        };
        let digest = hmac_sha256(key.as_bytes(), worker.as_bytes());
        let digits = crate::manifest::hex(&digest[..12]);
        pseudonyms.append_value(format!("w_{digits}"));
    }
    Ok(Arc::new(pseudonyms.finish()))
}

fn hmac_sha256(key: &[u8], message: &[u8]) -> [u8; 32] {
    let mut block = [0_u8; 64];
    if key.len() > 64 {
        block[..32].copy_from_slice(&Sha256::digest(key));
    } else {
        block[..key.len()].copy_from_slice(key);
    }
    let inner = Sha256::new()
        .chain_update(block.map(|byte| byte ^ 0x36))
        .chain_update(message)
        .finalize();
    Sha256::new()
        .chain_update(block.map(|byte| byte ^ 0x5c))
        .chain_update(inner)
        .finalize()
        .into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_message_authentication_code_is_that_of_rfc_4231() {
        let digest = hmac_sha256(b"Jefe", b"what do ya want for nothing?");
        assert_eq!(digest[..4], [0x5b, 0xdc, 0xc1, 0x46]);
    }
}
