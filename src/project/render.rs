//! Jinja in the values of YAML files.
