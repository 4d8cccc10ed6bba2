use crate::args::EvaluateArguments;
use crate::error::Result;
pub(super) fn run(_: &EvaluateArguments) -> Result<()> {
    Ok(())
}
