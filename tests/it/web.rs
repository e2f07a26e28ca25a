//! What the service serves, asked over real HTTP.

mod alertmanager;
mod api;
mod commands;
mod gate;
mod page;
mod schema;
mod stand;
