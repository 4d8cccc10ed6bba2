//! `explain`: what the rules saw and did, traced to the answers.

use crate::args::ExplainArguments;
use crate::error::Result;

pub(super) async fn run(_arguments: &ExplainArguments) -> Result<()> {
    Ok(())
}
