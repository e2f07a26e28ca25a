//! A YAML text as a tree of nodes, each with its place in the file.
//!
//! Scalars keep their text as it stands: nothing here turns `0x5` into a number or `no` into a
//! truth. YAML that eats what was meant (an alias, a tag, a split at a comma) gets a diagnostic
//! with the mend, and the tree goes on with what was meant.

use std::borrow::Cow;
use std::ops::ControlFlow;

use serde_saphyr::granit_parser::{
    Event, Parser, Span as YamlSpan, Tag, TryLoadError, TrySpannedEventReceiver, options,
};

use super::anchors::Anchors;
use super::copies::Copies;
use super::node::{Kind, Node, Scalar, Style, plain};
use super::stop::Stop;
use super::vocabulary::Vocabulary;
use super::{faults, slips};
use crate::diag::{Code, Diagnostic, Span};

/// The largest file: a rules file is written by people.
const FILE_BYTES_MAX: usize = 16 << 20;
/// How deep maps and lists nest at the most: everything the file can say needs less than 10.
pub(super) const DEPTH_MAX: usize = 64;
/// How many keys and values a file may have: ten thousand rules need half of it.
pub(super) const NODES_MAX: usize = 500_000;

/// What was made of a text.
pub struct Parsed<'t> {
    /// The tree; `None` without a document, and where reading stopped before its end.
    pub root: Option<Node<'t>>,
    /// What is wrong; where reading stopped, the last says why.
    pub faults: Vec<Diagnostic>,
    /// The byte at which YAML stopped; `None` if it did not, or if a limit did.
    pub(crate) stopped: Option<usize>,
}

/// Reads the one document of a file.
pub fn parse<'t>(text: &'t str, vocabulary: &Vocabulary) -> Parsed<'t> {
    parse_left(text, text, vocabulary)
}

/// Returns the byte at which YAML stops.
pub(crate) fn stopped(text: &str, vocabulary: &Vocabulary) -> Option<usize> {
    attempt(text, text, vocabulary).stop?.at(text)
}

/// Reads what is left of a text of which pieces were left out: the aliases of what stood there are
/// unread.
pub(super) fn parse_left<'t>(text: &'t str, whole: &'t str, vocabulary: &Vocabulary) -> Parsed<'t> {
    let Attempt {
        root,
        mut faults,
        stop,
    } = attempt(text, whole, vocabulary);
    let stopped = stop.as_ref().and_then(|stop| stop.at(text));
    faults.extend(stop.map(|stop| stop.fault(text, vocabulary)));
    Parsed {
        root,
        faults,
        stopped,
    }
}

/// What was made of a text, of which nobody has yet asked what was meant where reading stopped:
/// to find that takes as long as to read a usual file.
pub(super) struct Attempt<'t> {
    /// As [of what was parsed](Parsed::root).
    pub root: Option<Node<'t>>,
    /// What is wrong before the place where reading stopped.
    pub faults: Vec<Diagnostic>,
    pub stop: Option<Stop>,
}

/// Tries to read what is left of a text.
pub(super) fn attempt<'t>(text: &'t str, whole: &'t str, vocabulary: &Vocabulary) -> Attempt<'t> {
    let refused = |stop| Attempt {
        root: None,
        faults: Vec::new(),
        stop: Some(stop),
    };
    if text.len() > FILE_BYTES_MAX {
        let fault = Diagnostic::new(Code::Limit, Span::default(), "the file is over 16 MiB")
            .help("split the rules over further files: `rules: [rules.d/*.yaml]`");
        return refused(Stop::Tree(Box::new(fault)));
    }
    if !text.is_ascii()
        && let Some(fault) = slips::strange_indentation(text, vocabulary)
    {
        return refused(Stop::Blanks(Box::new(fault)));
    }
    let mut options = options! {
        emit_unresolved_aliases: true,
        flow_nesting_limit: DEPTH_MAX,
        block_nesting_limit: DEPTH_MAX,
    };
    options.set_emit_comments(false);
    let mut builder = Builder::new(text, whole);
    let mut parser = Parser::new_from_str_with_options(text, options);
    let read = parser.try_load(&mut builder, true);
    // Of two faults the first is that of what still waits.
    let read = match builder.take_waiting() {
        ControlFlow::Break(fault) => Err(TryLoadError::Receiver(Box::new(fault))),
        ControlFlow::Continue(()) => read,
    };
    let stop = match read {
        Ok(()) => {
            return Attempt {
                root: builder.root,
                faults: builder.faults,
                stop: None,
            };
        }
        Err(TryLoadError::Scan(error)) => Stop::Scan(error),
        Err(TryLoadError::Receiver(fault)) => Stop::Tree(fault),
    };
    Attempt {
        root: builder.first_document(),
        faults: builder.faults,
        stop: Some(stop),
    }
}

/// A map or list that is not closed yet.
struct Open {
    what: Collection,
    span: Span,
    anchor: usize,
    is_flow: bool,
    /// Where its parts begin among those that [wait](Builder::parts).
    first: usize,
}

#[derive(Clone, Copy)]
enum Collection {
    Map,
    List,
}

/// How much is read before the tree is built of it: reading and building one after the other, the
/// code of each stays at hand for the processor.
const TOGETHER: usize = 64;

/// What YAML read.
struct Read<'t> {
    event: Event<'t>,
    place: Span,
    tag_place: Option<Span>,
}

struct Builder<'t> {
    text: &'t str,
    /// What was read and is not built of yet.
    waiting: Vec<Read<'t>>,
    open: Vec<Open>,
    /// The parts of all that is open, which wait until it is closed: then it is known how many
    /// there are, and it gets room for just these.
    parts: Vec<Node<'t>>,
    root: Option<Node<'t>>,
    documents: usize,
    copies: Copies<'t>,
    /// What anchors the text may have.
    names: Anchors<'t>,
    /// What anchors it may have had before pieces were left out.
    anchors_of_whole: Anchors<'t>,
    nodes: usize,
    faults: Vec<Diagnostic>,
}

impl<'t> TrySpannedEventReceiver<'t> for Builder<'t> {
    type Error = Box<Diagnostic>;

    fn on_event(&mut self, event: Event<'t>, span: YamlSpan) -> Result<(), Box<Diagnostic>> {
        self.waiting.push(Read {
            event,
            place: place_of(span, self.text),
            tag_place: span.tag_span().map(|tag| place_of(tag, self.text)),
        });
        if self.waiting.len() < TOGETHER {
            return Ok(());
        }
        match self.take_waiting() {
            ControlFlow::Continue(()) => Ok(()),
            ControlFlow::Break(fault) => Err(Box::new(fault)),
        }
    }
}

impl<'t> Builder<'t> {
    fn new(text: &'t str, whole: &'t str) -> Self {
        Self {
            text,
            waiting: Vec::with_capacity(TOGETHER),
            open: Vec::new(),
            parts: Vec::new(),
            root: None,
            documents: 0,
            copies: Copies::default(),
            names: Anchors::of(text),
            anchors_of_whole: Anchors::of(whole),
            nodes: 0,
            faults: Vec::new(),
        }
    }

    fn take_waiting(&mut self) -> ControlFlow<Diagnostic> {
        let mut waiting = std::mem::take(&mut self.waiting);
        for read in waiting.drain(..) {
            self.take(read)?;
        }
        self.waiting = waiting;
        ControlFlow::Continue(())
    }

    fn take(
        &mut self,
        Read {
            event,
            place,
            tag_place,
        }: Read<'t>,
    ) -> ControlFlow<Diagnostic> {
        self.nodes += 1;
        if self.nodes > NODES_MAX {
            let message = format!("the file has more than {NODES_MAX} keys and values");
            let fault = Diagnostic::new(Code::Limit, place, message);
            return ControlFlow::Break(fault.help("split it: `rules: [rules.d/*.yaml]`"));
        }
        match event {
            Event::Scalar(value, style, anchor, tag) => {
                let node = self.scalar((value, style), tag.as_deref(), place, tag_place);
                self.close(node, anchor);
            }
            Event::UnresolvedAlias(_) => {
                let written = self.slice(place);
                if self.anchors_of_whole.has(written) && !self.names.has(written) {
                    let kind = Kind::Unread;
                    self.close(Node { span: place, kind }, 0);
                    return ControlFlow::Continue(());
                }
                let told = self.faults.len();
                self.faults.push(self.names.alias(place, written, told));
                self.close(plain(without_quote(written), place), 0);
            }
            Event::Alias(id) => self.alias(id, place)?,
            Event::SequenceStart(style, anchor, tag) => {
                self.open(Collection::List, place, anchor, is_flow(style))?;
                self.collection_tag(tag.as_deref(), tag_place.unwrap_or(place));
            }
            Event::MappingStart(style, anchor, tag) => {
                self.open(Collection::Map, place, anchor, is_flow(style))?;
                self.collection_tag(tag.as_deref(), tag_place.unwrap_or(place));
            }
            Event::SequenceEnd | Event::MappingEnd => {
                if let Some(done) = self.open.pop() {
                    let mut node = self.collected(&done, place.end());
                    if done.is_flow {
                        self.faults.extend(faults::rejoin(self.text, &mut node));
                    }
                    self.close(node, done.anchor);
                }
            }
            Event::DocumentStart(..) => {
                self.documents += 1;
                if self.documents > 1 {
                    let message = "a file is one YAML document, and a second begins here";
                    return ControlFlow::Break(Diagnostic::new(Code::Syntax, place, message).help(
                        "remove this line, or put what follows into a file of its own: `rules: [rules.d/*.yaml]`",
                    ));
                }
            }
            _ => {}
        }
        ControlFlow::Continue(())
    }

    fn open(
        &mut self,
        what: Collection,
        span: Span,
        anchor: usize,
        is_flow: bool,
    ) -> ControlFlow<Diagnostic> {
        if self.open.len() >= DEPTH_MAX {
            return ControlFlow::Break(faults::too_deep(span));
        }
        self.open.push(Open {
            what,
            span,
            anchor,
            is_flow,
            first: self.parts.len(),
        });
        ControlFlow::Continue(())
    }

    /// Returns the document in front of a second one, in which what it lacks may stand.
    fn first_document(&mut self) -> Option<Node<'t>> {
        let mut root = self.root.take().filter(|_| 1 < self.documents)?;
        if let Kind::Map(pairs) = &mut root.kind {
            pairs.push((Node::unread(), Node::unread()));
        }
        Some(root)
    }

    /// Makes a node of what was open and of the parts that waited for it.
    fn collected(&mut self, done: &Open, end: usize) -> Node<'t> {
        let mut parts = self.parts.drain(done.first..);
        let kind = match done.what {
            Collection::List => Kind::List(parts.collect()),
            Collection::Map => {
                let mut pairs = Vec::with_capacity(parts.len() / 2);
                while let (Some(key), Some(value)) = (parts.next(), parts.next()) {
                    pairs.push((key, value));
                }
                Kind::Map(pairs)
            }
        };
        let span = Span::new(done.span.start(), end.max(done.span.start()));
        Node { span, kind }
    }

    fn close(&mut self, node: Node<'t>, anchor: usize) {
        if anchor != 0 {
            self.copies.keep(anchor, &node);
        }
        if self.open.is_empty() {
            self.root = Some(node);
        } else {
            self.parts.push(node);
        }
    }

    fn alias(&mut self, id: usize, place: Span) -> ControlFlow<Diagnostic> {
        let (node, depth) = match self.copies.copy(id, place) {
            Ok(copied) => copied,
            Err(fault) => return ControlFlow::Break(*fault),
        };
        if self.open.len() + depth > DEPTH_MAX + 1 {
            return ControlFlow::Break(faults::too_deep(place));
        }
        self.close(node, 0);
        ControlFlow::Continue(())
    }

    fn scalar(
        &mut self,
        (text, style): (Cow<'t, str>, Style),
        tag: Option<&Tag>,
        place: Span,
        tag_place: Option<Span>,
    ) -> Node<'t> {
        let Some(tag) = tag.filter(|tag| !tag.is_yaml_core_schema()) else {
            let scalar = Scalar { text, style };
            return Node {
                span: place,
                kind: Kind::Scalar(scalar),
            };
        };
        let start = tag_place.map_or(place.start(), Span::start);
        let written = self.slice(Span::new(start, place.end())).trim_end();
        let whole = Span::new(start, start + written.len());
        let written = if written.is_empty() {
            Cow::Owned(tag.suffix().to_owned())
        } else {
            Cow::Borrowed(written)
        };
        self.faults.push(faults::tag(whole, &written));
        plain(written, whole)
    }

    fn collection_tag(&mut self, tag: Option<&Tag>, place: Span) {
        if tag.is_some_and(|tag| !tag.is_yaml_core_schema()) {
            self.faults.push(faults::tag(place, self.slice(place)));
        }
    }

    fn slice(&self, span: Span) -> &'t str {
        self.text.get(span.range()).unwrap_or_default()
    }
}

/// `*.example.com"`: returns the text without the quote that its own beginning lacks.
pub(super) fn without_quote(written: &str) -> &str {
    written.trim_end_matches(['"', '\''])
}

fn is_flow(style: serde_saphyr::granit_parser::StructureStyle) -> bool {
    style == serde_saphyr::granit_parser::StructureStyle::Flow
}

fn place_of(span: YamlSpan, text: &str) -> Span {
    let range = span.byte_range().unwrap_or(0..0);
    let start = range.start.min(text.len());
    Span::new(start, range.end.clamp(start, text.len()))
}
