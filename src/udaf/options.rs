//! The constant text `'name=value name=value'` that tells a ranking aggregate how to fit.

use datafusion::common::{Result, exec_datafusion_err, exec_err};

use crate::ranking::{self, ErrorModel, Method, Parameters, PositionBias, Prior};

/// What can be said, for error messages and pages.
pub(super) const OPTIONS: &str = "prior=NUMBER|auto, prior_l2=NUMBER, tolerance=NUMBER, position_bias=off|on|auto|NUMBER, ties=NUMBER, errors=curvature|by_worker";

/// Reads `name=value` pairs separated by spaces.
pub(crate) fn parse_options(text: &str) -> Result<Parameters> {
    let mut parameters = Parameters::default();
    for pair in text.split_whitespace() {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        if !set(&mut parameters, name, value) {
            return exec_err!("option {pair}: write one of {OPTIONS}");
        }
    }
    Ok(parameters)
}

/// The method of this name.
pub(super) fn method_named(name: &str) -> Result<&'static dyn Method> {
    ranking::method(name).ok_or_else(|| exec_datafusion_err!("unknown ranking method \"{name}\""))
}

/// Whether the option is known and has a value that means something.
fn set(parameters: &mut Parameters, name: &str, value: &str) -> bool {
    let number = value
        .parse::<f64>()
        .ok()
        .filter(|number| number.is_finite());
    let not_negative = number.filter(|number| *number >= 0.0);
    let positive = number.filter(|number| *number > 0.0);
    let known = match (name, value) {
        ("prior", "auto") => Some(Setting::Prior(Prior::Auto)),
        ("prior", _) => not_negative.map(|wins| Setting::Prior(Prior::Wins(wins))),
        ("prior_l2", _) => positive.map(|l2| Setting::Prior(Prior::SquaredScores(l2))),
        ("tolerance", _) => not_negative.map(Setting::Tolerance),
        ("position_bias", "off") => Some(Setting::PositionBias(PositionBias::Off)),
        ("position_bias", "on") => Some(Setting::PositionBias(PositionBias::On)),
        ("position_bias", "auto") => Some(Setting::PositionBias(PositionBias::Auto)),
        ("position_bias", _) => number.map(|bias| Setting::PositionBias(PositionBias::Known(bias))),
        ("ties", _) => positive.map(Setting::Ties),
        ("errors", "curvature") => Some(Setting::Errors(ErrorModel::Curvature)),
        ("errors", "by_worker") => Some(Setting::Errors(ErrorModel::ByWorker)),
        _ => None,
    };
    let Some(setting) = known else {
        return false;
    };
    match setting {
        Setting::Prior(prior) => parameters.prior = Some(prior),
        Setting::Tolerance(tolerance) => parameters.tolerance = tolerance,
        Setting::PositionBias(bias) => parameters.position_bias = bias,
        Setting::Ties(ties) => parameters.tie_parameter = Some(ties),
        Setting::Errors(errors) => parameters.errors = errors,
    }
    true
}

/// One option that was understood.
enum Setting {
    Prior(Prior),
    Tolerance(f64),
    PositionBias(PositionBias),
    Ties(f64),
    Errors(ErrorModel),
}
