//! Tests that drive the real binary, and the tidy test; one binary, so that it links once.
//!
//! It tests nothing below the command line: units have their tests in `src`.

#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test fails by a panic and says on stderr why it is skipped"
)]

mod audits;
mod binary;
mod card;
mod cli;
mod demo;
mod examples;
mod features;
mod field;
mod flows;
mod golden;
mod import;
mod inspect;
mod layout;
mod models;
mod pipeline;
mod published;
mod rankings;
mod readers;
mod rows;
mod s3;
mod shop;
