//! Every ranking method as an aggregate: answers of one query in, its ranked items out.
//!
//! `bradley_terry(left, right, outcome [, weight [, worker [, options]]])` and so on for each row of
//! `METHODS`; `rank_candidates(left, right, outcome, weight, worker, options, method)` takes the method's
//! name. `options` is constant text such as `'prior=0.1 tolerance=1e-8'`.

mod answers;
mod columns;
mod numbering;
mod ranker;
mod results;
mod rows;
mod state;
mod texts;

use std::sync::Arc;

use datafusion::arrow::datatypes::DataType;
use datafusion::common::{Result, exec_datafusion_err, exec_err};
use datafusion::logical_expr::GroupsAccumulator;

use super::columns::list_of;
use super::options::parse_options;
use super::{Call, GroupAggregate, MakeAccumulator};
use crate::contract::timestamp_type;
use crate::ranking::{self, Method, Parameters};
use answers::Answers;
use results::item_fields;

/// The aggregate of one method, or of the method that the last argument names.
pub(super) fn aggregate(method: Option<&'static dyn Method>) -> GroupAggregate {
    let text = DataType::Utf8;
    let mut arguments = vec![
        text.clone(),
        text.clone(),
        text.clone(),
        DataType::Float64,
        text.clone(),
        text.clone(),
    ];
    let result = list_of(item_fields());
    let make = MakeRank { method };
    if let Some(method) = method {
        arguments.push(timestamp_type());
        GroupAggregate::new(
            method.name(),
            "left, right, outcome [, weight [, worker [, options [, at]]]]",
            arguments,
            3,
            result,
            make,
        )
    } else {
        arguments.extend([text, timestamp_type()]);
        GroupAggregate::new(
            "rank_candidates",
            "left, right, outcome, weight, worker, options, method [, at]",
            arguments,
            7,
            result,
            make,
        )
    }
}

#[derive(Debug)]
struct MakeRank {
    method: Option<&'static dyn Method>,
}

impl MakeAccumulator for MakeRank {
    fn accumulator(&self, call: Call<'_>) -> Result<Box<dyn GroupsAccumulator + Sync>> {
        let options = call.constant_text(5, "options")?.unwrap_or_default();
        let method = match self.method {
            Some(method) => method,
            None => named_method(&call)?,
        };
        Ok(Box::new(Answers::new(Arc::new(Ranking {
            method,
            parameters: parse_options(&options)?,
            n_columns: call.n_arguments().min(5),
        }))))
    }

    fn state_type(&self, _call: Call<'_>) -> Result<DataType> {
        Ok(DataType::LargeBinary)
    }
}

/// The method that the last constant argument names.
fn named_method(call: &Call<'_>) -> Result<&'static dyn Method> {
    let Some(name) = call.constant_text(6, "method")? else {
        return exec_err!("a ranking needs a method");
    };
    ranking::method(&name).ok_or_else(|| exec_datafusion_err!("unknown ranking method \"{name}\""))
}

/// One method with its parameters.
#[derive(Debug)]
struct Ranking {
    method: &'static dyn Method,
    parameters: Parameters,
    /// Arguments that are columns, from the first on.
    n_columns: usize,
}
