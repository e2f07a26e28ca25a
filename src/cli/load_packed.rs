//! Samples read into recordings, on as many threads as there are processors.

use std::collections::VecDeque;
use std::io::{self, BufRead, Read};
use std::num::NonZero;
use std::sync::{Arc, mpsc};
use std::thread;

use anyhow::Context as _;

use super::load::{Text, answers, check_ends, files, open, tell};
use crate::samples::{FAULTS_MAX, Reader, Recordings, Samples, SamplesError};

/// The bytes of a piece of a file: so large that handing it over costs nothing beside reading it.
const PIECE_BYTES: usize = 1 << 20;
/// How many pieces wait for a thread at the most.
const PIECES_MAX: usize = 4;
/// The most threads that read: each of them looks at every line.
const SHARDS_MAX: usize = 16;

/// What is given to every thread.
enum Piece {
    /// Whole lines of a file.
    Lines(Vec<u8>),
    /// A file of saved answers.
    Answers(Samples),
    /// The end of a file before the last.
    End,
}

/// Where pieces go, and those of lines, whose room can be used again once no thread reads them.
struct Lanes {
    threads: Vec<mpsc::SyncSender<Arc<Piece>>>,
    sent: VecDeque<Arc<Piece>>,
}

impl Lanes {
    /// Whether any thread took it.
    fn send(&mut self, piece: Piece) -> bool {
        let piece = Arc::new(piece);
        let lanes = self.threads.iter();
        let taken = lanes
            .filter(|lane| lane.send(piece.clone()).is_ok())
            .count();
        // Samples of saved answers are let go as soon as they are read.
        if matches!(*piece, Piece::Lines(_)) {
            self.sent.push_back(piece);
        }
        0 < taken
    }

    /// Returns room for lines, if there can be that of a piece that all threads have read.
    fn room(&mut self) -> Vec<u8> {
        match self.sent.pop_front().map(Arc::try_unwrap) {
            Some(Ok(Piece::Lines(mut lines))) => {
                lines.clear();
                return lines;
            }
            Some(Err(piece)) => self.sent.push_front(piece),
            Some(Ok(Piece::Answers(_) | Piece::End)) | None => {}
        }
        Vec::new()
    }
}

/// Reads samples as [`samples`](super::load::samples) does, in parts of which each has domains of its
/// own; `None` if they have faults, which are printed.
pub fn recordings(path: &str) -> anyhow::Result<Option<Vec<Recordings>>> {
    let files = files(path)?;
    let shards = thread::available_parallelism().map_or(1, NonZero::get);
    let shards = shards.min(SHARDS_MAX);
    let (is_sound, read) = thread::scope(|scope| {
        let lanes = (0..shards).map(|shard| {
            let (lane, pieces) = mpsc::sync_channel(PIECES_MAX);
            let reader = Reader::new(shard, shards);
            (lane, scope.spawn(move || read_pieces(reader, &pieces)))
        });
        let (threads, work): (Vec<_>, Vec<_>) = lanes.unzip();
        let mut lanes = Lanes {
            threads,
            sent: VecDeque::new(),
        };
        let outcome = send_files(&files, &mut lanes);
        drop(lanes);
        let read = work.into_iter().map(|work| match work.join() {
            Ok(read) => read,
            Err(panic) => std::panic::resume_unwind(panic),
        });
        let read: Vec<_> = read.collect();
        outcome.map(|is_sound| (is_sound, read))
    })?;
    let mut recordings = Vec::new();
    let mut faults = Vec::new();
    for part in read {
        match part {
            Ok(part) => recordings.push(part),
            Err(found) => faults.extend(found),
        }
    }
    faults.sort_by_key(|(file, fault)| (*file, fault.line));
    for (file, fault) in faults.iter().take(FAULTS_MAX) {
        let name = files.get(*file).map_or(path, String::as_str);
        tell(name, fault.line, &fault.kind);
    }
    if !is_sound || !faults.is_empty() {
        return Ok(None);
    }
    let all = recordings.iter().flatten();
    let ends = all.filter_map(|(domain, of)| Some((domain, of.first()?, of.last()?)));
    check_ends(path, ends)?;
    Ok(Some(recordings))
}

fn read_pieces(
    mut reader: Reader,
    pieces: &mpsc::Receiver<Arc<Piece>>,
) -> Result<Recordings, Vec<(usize, SamplesError)>> {
    for piece in pieces {
        match piece.as_ref() {
            Piece::Lines(lines) => reader.take(lines),
            Piece::Answers(samples) => reader.take_samples(samples),
            Piece::End => reader.begin_next(),
        }
        if reader.is_full() {
            break;
        }
    }
    reader.end()
}

/// Gives every lane all files; whether each saved answer among them is without faults.
fn send_files(files: &[String], lanes: &mut Lanes) -> anyhow::Result<bool> {
    for file in files {
        match open(file)? {
            Text::Answers(reader) => match answers(file, reader)? {
                Some(samples) => {
                    lanes.send(Piece::Answers(samples));
                }
                None => return Ok(false),
            },
            Text::Lines(reader) => {
                send_lines(reader, lanes).with_context(|| format!("read {file}"))?;
            }
        }
        lanes.send(Piece::End);
    }
    Ok(true)
}

/// Gives every lane all of a text, in pieces of whole lines, until none takes any more.
fn send_lines(mut reader: Box<dyn BufRead>, lanes: &mut Lanes) -> io::Result<()> {
    let mut rest = Vec::new();
    loop {
        let mut piece = lanes.room();
        piece.reserve(rest.len() + PIECE_BYTES);
        piece.append(&mut rest);
        let read = (&mut reader)
            .take(PIECE_BYTES as u64)
            .read_to_end(&mut piece)?;
        match memchr::memrchr(b'\n', &piece) {
            Some(end) if 0 < read => {
                rest.extend_from_slice(&piece[end + 1..]);
                piece.truncate(end + 1);
            }
            // A line that does not end in a piece is too long, and found to be so by what there is.
            None if read == PIECE_BYTES => {
                reader.skip_until(b'\n')?;
                piece.push(b'\n');
            }
            Some(_) | None => {}
        }
        if !lanes.send(Piece::Lines(piece)) || read == 0 {
            return Ok(());
        }
    }
}
