//! crowdrank turns raw crowd answers into ranked training sets for recommenders.
//!
//! The flow: `inputs` finds and checks the raw tables, `pipeline` lists the SQL models in order, `runner`
//! computes them, `publish` makes the result visible in one commit. `job` joins these; `commands` calls it.
//!
//! Invariants: the same inputs, configuration and binary give the same published bytes, for any number of
//! threads, batch size or order of files; nothing is visible before the commit file; every input row is
//! either a kept vote or a reject with one reason.
//!
//! Arrow, Parquet and `object_store` come from `datafusion::{arrow, parquet, object_store}`, never from their
//! own crates: two versions of them do not fit together.

pub mod args;
pub mod commands;
pub mod report;

mod job;
mod pipeline;
mod runner;

pub mod config;
mod contract;
mod inputs;

pub mod features;
mod functions;
pub mod labels;
pub mod quality;
pub mod ranking;
mod udaf;

pub mod manifest;
pub mod publish;
pub mod refusal;
pub mod storage;

mod audits;
mod diff;
mod export;

mod checks;
mod file_table;
mod session;
mod spill;

pub mod error;
pub mod generate;
mod import;
pub mod testing;
