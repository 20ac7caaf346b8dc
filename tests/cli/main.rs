//! Tests that run the real binary, and one that reads the source tree.

mod tree;
