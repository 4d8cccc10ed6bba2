//! Parses the command line, runs the command, and turns its result into an exit code.

use std::process::ExitCode;

use clap::Parser;
use crowdrank::args::Arguments;
use crowdrank::{commands, report};

/// Many short-lived buffers of many threads: half the memory of the system allocator, and less time.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => return report::usage(&error),
    };
    report::start_log(&arguments);
    match commands::run(arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => report::failure(&error),
    }
}
