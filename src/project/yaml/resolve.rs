//! The type of a plain scalar, by the rules of YAML 1.1 as PyYAML has them.
