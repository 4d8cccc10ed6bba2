//! One function per subcommand; here only the choice between them and the signals that stop them.

mod check;
mod demo;
mod generate;
mod nightly;
mod read_parquet;
mod sql;

use tokio::signal::unix::{SignalKind, signal};

use crate::args::{Arguments, Command};
use crate::error::{Error, Result};

/// Runs the command to its end, or until SIGINT or SIGTERM.
///
/// # Errors
/// Whatever stopped it, with its exit code.
pub fn run(arguments: Arguments) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Error::Exhausted(format!("cannot start threads: {error}")))?;
    let result = runtime.block_on(async {
        tokio::select! {
            result = dispatch(arguments) => result,
            stopped = stopped_by_signal() => stopped,
        }
    });
    // A task in the middle of a computation must not hold the exit back.
    runtime.shutdown_background();
    result
}

async fn dispatch(arguments: Arguments) -> Result<()> {
    match arguments.command {
        Command::Run(run) => nightly::run(&run).await,
        Command::Demo(demo) => demo::run(&demo).await,
        Command::Check(check) => check::run(&check).await,
        Command::Sql(sql) => sql::run(sql).await,
        Command::Generate(generate) => generate::run(&generate),
    }
}

async fn stopped_by_signal() -> Result<()> {
    let failed =
        |error: std::io::Error| Error::Exhausted(format!("cannot listen to signals: {error}"));
    let mut interrupt = signal(SignalKind::interrupt()).map_err(failed)?;
    let mut terminate = signal(SignalKind::terminate()).map_err(failed)?;
    let (name, number) = tokio::select! {
        _ = interrupt.recv() => ("SIGINT", 2),
        _ = terminate.recv() => ("SIGTERM", 15),
    };
    Err(Error::Stopped { name, number })
}
