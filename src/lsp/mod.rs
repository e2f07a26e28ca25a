//! The language server: what an editor asks about rules files while they are being typed.
//!
//! [`serve`] speaks the Language Server Protocol over two streams. It judges nothing by itself:
//! findings are those of `lint`, words those of `lang`, keys those of the schema. What it adds is
//! `sketch`, which makes out the parts of a file that does not parse yet, so that completion and
//! definitions work in the middle of a word.
//!
//! Source: the Language Server Protocol, 3.17, by the types of `gen-lsp-types`.

mod address;
mod capabilities;
mod completion;
mod definition;
mod documents;
mod findings;
mod fixes;
mod hover;
mod keys;
mod kind;
mod position;
mod requests;
mod server;
mod sketch;
mod spot;
mod symbols;
mod transport;
mod workspace;

use std::io::{self, BufRead, Write};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread;
use std::time::Duration;

pub use self::server::End;
use self::server::Server;
use self::transport::Incoming;
use crate::config::Surroundings;

/// How many messages may wait: beyond, the editor waits.
const WAITING_MAX: usize = 64;
/// How long nothing must come before findings are worked out: who types on wants those of the
/// newest text.
const QUIET: Duration = Duration::from_millis(60);
/// How many messages may come before findings are worked out all the same.
const PUT_OFF_MAX: usize = 200;

/// Speaks with an editor until it says that it is done, or its stream ends.
///
/// `disk` has the files that are not open in the editor.
///
/// # Errors
///
/// What is wrong with a stream.
pub fn serve(
    input: impl BufRead + Send + 'static,
    output: impl Write,
    disk: &dyn Surroundings,
) -> io::Result<End> {
    let (sender, receiver) = sync_channel(WAITING_MAX);
    // It ends with the stream, or with the first message after this function has returned.
    thread::spawn(move || receive(input, &sender));
    let mut server = Server::new(output, disk);
    let mut put_off = 0;
    loop {
        let incoming = if server.is_dirty() && put_off >= PUT_OFF_MAX {
            None
        } else {
            match next(&receiver, server.is_dirty()) {
                Ok(incoming) => incoming,
                Err(Ended) => return Ok(server.end()),
            }
        };
        let Some(incoming) = incoming else {
            server.publish()?;
            put_off = 0;
            continue;
        };
        put_off += 1;
        if let Some(end) = server.take(incoming)? {
            return Ok(end);
        }
    }
}

/// The editor's stream has ended.
struct Ended;

/// Returns the next message; `None` if none comes for a while and somebody waits for findings.
fn next(receiver: &Receiver<Incoming>, is_awaited: bool) -> Result<Option<Incoming>, Ended> {
    if !is_awaited {
        return receiver.recv().map(Some).map_err(|_| Ended);
    }
    match receiver.recv_timeout(QUIET) {
        Ok(incoming) => Ok(Some(incoming)),
        Err(RecvTimeoutError::Timeout) => Ok(None),
        Err(RecvTimeoutError::Disconnected) => Err(Ended),
    }
}

/// Reads messages for as long as there are some and somebody takes them.
fn receive(mut input: impl BufRead, sender: &SyncSender<Incoming>) {
    while let Ok(Some(incoming)) = transport::read(&mut input) {
        if sender.send(incoming).is_err() {
            return;
        }
    }
}
