//! What a ranking method computes: the page that stands at the head of its own file.

use crate::args::ExplainMethodArguments;
use crate::config::method_of;
use crate::error::{Error, Result};
use crate::ranking::METHODS;
use crate::report;

/// Prints the page of one method, or the list of all.
pub(super) fn explain(arguments: &ExplainMethodArguments) -> Result<()> {
    let Some(name) = &arguments.name else {
        for known in METHODS {
            report::line(&format!("{:<22}{}", known.name(), known.summary()));
        }
        return Ok(());
    };
    let known = method_of(name).map_err(Error::Usage)?;
    report::line(&format!("{}: {}\n", known.name(), known.summary()));
    report::line(known.page().trim_end());
    report::line(&format!(
        "\nSQL: {name}(left, right, outcome [, weight [, worker [, options]]])\nNightly: ranking.method = \"{name}\""
    ));
    Ok(())
}
