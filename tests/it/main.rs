//! Tests of what the rooms promise each other, in one binary.

mod store;
