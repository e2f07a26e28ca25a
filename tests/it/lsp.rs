//! The language server, driven as an editor does: over two streams, message by message.

mod editor;
mod files;
mod protocol;
mod typing;
