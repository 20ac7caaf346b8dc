//! Checks: how the answer to a data test, a unit test or a question about freshness is judged.

mod data_test;
mod freshness;
mod unit_test;

pub use data_test::judge;
pub use freshness::{criteria, judge_age};
pub use unit_test::difference;
