//! Checks: how the answer to a data test or a question about freshness is judged.

mod data_test;
mod freshness;

pub use data_test::judge;
pub use freshness::{criteria, judge_age};
