//! Alibaba Cloud CDN and DCDN: the real-time status codes of the origin.
//!
//! Only this room knows Alibaba Cloud: how requests are signed ([`sign`]), where credentials
//! come from, what the answers look like and what the error codes mean.

pub mod sign;
