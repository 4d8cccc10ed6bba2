//! Parses the command line, runs the command, and turns its result into an exit code.

use std::process::ExitCode;

use clap::Parser;
use crowdrank::args::Arguments;
use crowdrank::{commands, report};

fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => return report::usage(&error),
    };
    report::start_log(&arguments);
    match commands::run(arguments) {
        Ok(()) => report::success(),
        Err(error) => report::failure(&error),
    }
}
