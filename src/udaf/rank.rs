//! Every ranking method as an aggregate: answers of one query in, its ranked items out.
//!
//! `bradley_terry(left, right, outcome [, weight [, worker [, options]]])` and so on for each row of
//! `METHODS`; `rank_candidates(left, right, outcome, weight, worker, options, method)` takes the method's
//! name. `options` is constant text such as `'prior=0.1 tolerance=1e-8'`.

mod answers;
mod columns;
mod ids;
mod numbering;
mod ranker;
mod results;
mod rows;
mod state;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use datafusion::arrow::array::ArrayRef;
use datafusion::arrow::datatypes::DataType;
use datafusion::common::{Result, exec_err};
use datafusion::logical_expr::GroupsAccumulator;

use super::columns::list_of;
use super::options::{method_named, parse_options};
use super::{Call, GroupAggregate, MakeAccumulator};
use crate::contract::timestamp_type;
use crate::ranking::{Method, Parameters, RowOrder};
use answers::Answers;
use columns::Columns;
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
        let at = 6 + usize::from(self.method.is_none());
        let in_time = method.row_order() == RowOrder::Time && call.n_arguments() > at;
        Ok(Box::new(Answers::new(Arc::new(Ranking {
            method,
            parameters: parse_options(&options)?,
            n_columns: call.n_arguments().min(5),
            is_weighted: !call.is_null_constant(WEIGHT_ARGUMENT),
            at: in_time.then_some(at),
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
    method_named(&name)
}

/// The place of the weight.
const WEIGHT_ARGUMENT: usize = 3;

/// One method with its parameters.
#[derive(Debug)]
struct Ranking {
    method: &'static dyn Method,
    parameters: Parameters,
    /// Arguments that are columns, from the first on.
    n_columns: usize,
    /// Whether the weight is a column, and not a null that stands in its place.
    is_weighted: bool,
    /// The argument that says when answers were given, where the method asks for it.
    at: Option<usize>,
}

/// In which order the answers of a group are handed to the method.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Order {
    Canonical,
    AsGiven,
    ByInstant,
}

impl Ranking {
    fn order(&self) -> Order {
        match (self.method.row_order(), self.at) {
            (RowOrder::Canonical, _) => Order::Canonical,
            (RowOrder::Time, None) => Order::AsGiven,
            (RowOrder::Time, Some(_)) => Order::ByInstant,
        }
    }

    /// The arguments that rows are made of.
    fn columns<'a>(&self, values: &'a [ArrayRef]) -> Result<Columns<'a>> {
        let columns = Columns::new(&values[..self.n_columns], self.is_weighted)?;
        Ok(columns.at(self.at.and_then(|at| values.get(at))))
    }
}
