//! Alibaba Cloud CDN and DCDN: the real-time status codes of the origin.
//!
//! Only this room knows Alibaba Cloud: how requests are signed ([`sign`]), where credentials
//! come from ([`credentials`]), what the answers look like ([`wire`]) and what the error codes
//! mean. [`Client`] puts them together; how often it is called is the
//! [`budget`](super::budget)'s to say.

mod client;
pub mod credentials;
mod error;
mod rpc;
pub mod sign;
pub mod wire;

pub use client::{Client, OpenError};
