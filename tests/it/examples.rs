//! The worked examples of the quality-control specification, by their numbers: from Parquet inputs to published tables.
//!
//! Where no published table has a number, the stage table or the function has it, through `crowdrank sql`.

mod checkpoints;
mod control;
mod found;
mod handmade;
mod labels;
mod majority;
mod page;
mod pages;
mod recompletion;
mod reviews;
mod rules;
mod tables;
