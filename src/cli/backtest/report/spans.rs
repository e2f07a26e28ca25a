//! When alerts were there, for charts: what overlaps is one span, so that however many there were, all of them are
//! drawn.

/// Some minutes, of one kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Span<K> {
    /// What they are of.
    pub(super) kind: K,
    /// The first minute, since the epoch.
    pub(super) from: i64,
    /// The one after the last.
    pub(super) to: i64,
}

/// Spans of which none of a kind overlap.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Spans<K> {
    /// Them, by kind, then by time.
    pub(super) spans: Vec<Span<K>>,
    /// How many minutes lie between two of a kind at the most that are one here: 0 if none do.
    pub(super) apart: i64,
}

/// Joins spans of one kind that overlap or touch and, if there are more than `most` then, those that are the least
/// apart.
pub(super) fn joined<K: Copy + Ord>(mut spans: Vec<Span<K>>, most: usize) -> Spans<K> {
    spans.retain(|span| span.from < span.to);
    spans.sort_unstable();
    let mut apart = 0;
    loop {
        let mut joined: Vec<Span<K>> = Vec::new();
        for span in &spans {
            match joined.last_mut() {
                Some(last) if last.kind == span.kind && span.from - last.to <= apart => {
                    last.to = last.to.max(span.to);
                }
                _ => joined.push(*span),
            }
        }
        spans = joined;
        // A kind has one span at the least.
        let kinds = spans.chunk_by(|a, b| a.kind == b.kind).count();
        if spans.len() <= most.max(kinds) {
            return Spans { spans, apart };
        }
        apart = (2 * apart).max(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(spans: &[(u8, i64, i64)], most: usize) -> (Vec<(u8, i64, i64)>, i64) {
        let spans = spans.iter();
        let spans = spans.map(|(kind, from, to)| Span {
            kind: *kind,
            from: *from,
            to: *to,
        });
        let all = joined(spans.collect(), most);
        let spans = all.spans.iter().map(|of| (of.kind, of.from, of.to));
        (spans.collect(), all.apart)
    }

    #[test]
    fn what_overlaps_is_one_span_and_nothing_else_while_there_is_room() {
        let spans = [
            (1, 5, 9),
            (0, 8, 9),
            (0, 0, 4),
            (0, 2, 3),
            (0, 4, 6),
            (0, 3, 3),
        ];
        assert_eq!(shown(&spans, 9), (vec![(0, 0, 6), (0, 8, 9), (1, 5, 9)], 0));
    }

    #[test]
    fn where_there_is_no_room_what_is_close_is_one_and_that_is_told() {
        let spans = [(0, 0, 1), (0, 4, 5), (0, 7, 8), (0, 50, 51), (1, 3, 4)];
        let (some, apart) = shown(&spans, 3);
        assert_eq!((some, apart), (vec![(0, 0, 8), (0, 50, 51), (1, 3, 4)], 4));
        assert_eq!(shown(&spans, 0).0, [(0, 0, 51), (1, 3, 4)]);
    }
}
