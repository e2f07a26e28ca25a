//! The language server.

mod address;
mod documents;
mod position;
mod sketch;
mod transport;
mod workspace;
