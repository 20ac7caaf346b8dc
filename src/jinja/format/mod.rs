//! Python's two ways to put values into text: `str.format` and `%`.

mod braces;
mod digits;
mod percent;
mod spec;

pub use braces::format;
pub use percent::percent;
pub use spec::format_value;
