//! The client of Alibaba Cloud against a local server that checks every signature.

mod client;
mod credentials;
mod server;
