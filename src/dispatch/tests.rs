//! The desk, step by step, with the time as an argument.
