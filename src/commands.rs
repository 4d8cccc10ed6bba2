//! One function per subcommand; here only the choice between them and the signals that stop them.

mod check;
mod dataset;
mod demo;
mod diff;
mod evaluate;
mod explain;
mod export;
mod generate;
mod import;
mod look;
mod next_pairs;
mod nightly;
mod read_parquet;
mod sql;
mod whatif;
mod worker_tables;

use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::args::{Arguments, Command};
use crate::error::{Error, Result};
use crate::spill::remove_open_folders;

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
        let mut stopped = Signals::listen()?;
        let handle = tokio::runtime::Handle::current();
        // On a thread of its own: planning and generating never wait, and must not hold signals back.
        let work = tokio::task::spawn_blocking(move || handle.block_on(dispatch(arguments)));
        tokio::select! {
            result = work => match result {
                Ok(result) => result,
                Err(error) => Err(Error::Bug(format!("the command panicked: {error}"))),
            },
            stopped = stopped.recv() => {
                remove_open_folders();
                Err(stopped)
            }
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
        Command::Whatif(whatif) => whatif::run(&whatif).await,
        Command::Evaluate(evaluate) => evaluate::run(&evaluate).await,
        Command::NextPairs(pairs) => next_pairs::run(&pairs).await,
        Command::Explain(explain) => explain::run(&explain).await,
        Command::Diff(diff) => diff::run(&diff).await,
        Command::Export(export) => export::run(&export).await,
        Command::Sql(sql) => sql::run(sql).await,
        Command::Generate(generate) => generate::run(&generate),
        Command::Import(import) => import::run(import),
    }
}

/// The signals that stop a command.
struct Signals {
    interrupt: Signal,
    terminate: Signal,
}

impl Signals {
    fn listen() -> Result<Self> {
        let failed =
            |error: std::io::Error| Error::Exhausted(format!("cannot listen to signals: {error}"));
        Ok(Self {
            interrupt: signal(SignalKind::interrupt()).map_err(failed)?,
            terminate: signal(SignalKind::terminate()).map_err(failed)?,
        })
    }

    async fn recv(&mut self) -> Error {
        let (name, number) = tokio::select! {
            _ = self.interrupt.recv() => ("SIGINT", 2),
            _ = self.terminate.recv() => ("SIGTERM", 15),
        };
        Error::Stopped { name, number }
    }
}
