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

use datafusion::arrow::datatypes::DataType;
use datafusion::common::{Result, exec_datafusion_err, exec_err};
use datafusion::logical_expr::GroupsAccumulator;

use super::columns::list_of;
use super::{Call, GroupAggregate, MakeAccumulator};
use crate::ranking::{self, Method, Parameters, Prior};
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
        GroupAggregate::new(
            method.name(),
            "left, right, outcome [, weight [, worker [, options]]]",
            arguments,
            3,
            result,
            make,
        )
    } else {
        arguments.push(text);
        GroupAggregate::new(
            "rank_candidates",
            "left, right, outcome, weight, worker, options, method",
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
        let method = match (self.method, call.constant_text(6, "method")?) {
            (Some(method), _) => method,
            (None, Some(name)) => ranking::method(&name)
                .ok_or_else(|| exec_datafusion_err!("unknown ranking method \"{name}\""))?,
            (None, None) => return exec_err!("a ranking needs a method"),
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

/// Reads `name=value` pairs separated by spaces.
fn parse_options(text: &str) -> Result<Parameters> {
    let mut parameters = Parameters::default();
    for pair in text.split_whitespace() {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let number = value
            .parse::<f64>()
            .ok()
            .filter(|number| number.is_finite() && *number >= 0.0);
        let Some(number) = number else {
            return exec_err!("option {pair}: expected name=number, such as prior=0.5");
        };
        match name {
            "prior" => parameters.prior = Some(Prior::Wins(number)),
            "tolerance" => parameters.tolerance = number,
            _ => return exec_err!("unknown option {name}; one of prior, tolerance"),
        }
    }
    Ok(parameters)
}

/// One method with its parameters.
#[derive(Debug)]
struct Ranking {
    method: &'static dyn Method,
    parameters: Parameters,
    /// Arguments that are columns, from the first on.
    n_columns: usize,
}
