//! The quick reader, held against the full one.

use proptest::prelude::*;

use super::super::tree::full;
use super::*;

/// Holds a file against the full reader, and says whether it is plain.
fn check(text: &str) -> bool {
    let Some(quick) = read(text) else {
        return false;
    };
    let (full, faults) = full(text);
    assert!(faults.is_empty(), "{text:?}\n{faults:?}");
    assert_eq!(
        format!("{quick:#?}"),
        format!("{:#?}", full.unwrap()),
        "{text:?}"
    );
    true
}

#[test]
fn what_people_write_is_plain_and_read_as_the_full_reader_reads_it() {
    let plain = [
        "a: b\n",
        "# c\n\na: b # c\n  # d\n\n",
        "rules:\n  - name: x\n    when: 502|503 > 5% given requests >= 50 for 3m\n",
        "rules:\n- name: x\n  when:\n    warning: 5xx > 1%\n    critical: 5xx > 2%\n- name: y\nlet:\n  a: 5xx\n",
        "a:\n  - b\n  - \"c: # d\" # e\n  - 'f'\n  - [g, \"h\", {i: j, \"5\": k}]\ne: []\nf: {}\n",
        "a:\n-   b: c\n    d:\n    - e\n\n    - f\n",
        "a: |\n  b: # c\n    d\n\n  e\n\nf: g\n",
        "a:\n  - b: |\n      c\n  # d\n  - b: |\n      e\n\n",
        "a: ä # ö\nb: über\n",
        "a: http://b:80/#c\n",
        "a:    b\nc:  # d\n  e: f\n",
    ];
    for text in plain {
        assert!(check(text), "{text:?}");
    }
    assert!(check(include_str!("../../../rules.example.yaml")));
    assert!(check(include_str!("../../../benches/rules20.yaml")));
}

#[test]
fn what_is_not_plain_beyond_doubt_is_left_to_the_full_reader() {
    let others = [
        "",
        "a: b",
        "a\n",
        "- a\n",
        " a: b\n",
        "a:\n",
        "a: b\n  c\n",
        "a: b\n c: d\n",
        "a:\n  b: c\n d: e\n",
        "a: b: c\n",
        "a: b:\n",
        "a: 'b''c'\n",
        "a: \"b\\n\"\n",
        "a: \"b\n  c\"\n",
        "a: \"b\" c\n",
        "a: &b c\n",
        "a: *b\n",
        "a: !b c\n",
        "a: @b\n",
        "a: [b, c\n  ]\n",
        "a: [b,]\n",
        "a: [max(b, c)]\n",
        "a: {b}\n",
        "a: >\n  b\n",
        "a: |-\n  b\n",
        "a: |\n\n  b\n",
        "a: |\n  b\n   \n",
        "a: |\nb: c\n",
        "a:\n  - - b\n",
        "a:\n  -\n    b: c\n",
        "? a\n",
        "---\na: b\n",
        "a: b\n---\nc: d\n",
        "a:\tb\n",
        "a: b\r\n",
        "a: b\u{85}\n",
        "a: b\u{2028}c\n",
        "\u{feff}a: b\n",
    ];
    for text in others {
        assert!(read(text).is_none(), "{text:?}");
    }
}

#[test]
fn plain_files_have_the_limits_of_all_files() {
    let list = |items: usize| format!("a: [{}b]\n", "b, ".repeat(items - 1));
    // The stream, the document, its end and that of the stream, a map, a key, a list.
    let beside = 4 + 2 + 1 + 2;
    let most = list(NODES_MAX - beside - 1);
    assert!(read(&most).is_some() && full(&most).0.is_some());
    let more = list(NODES_MAX - beside + 1);
    assert!(read(&more).is_none() && full(&more).0.is_none());
    let nested = |depth: usize| format!("a: {}b{}\n", "[".repeat(depth), "]".repeat(depth));
    assert!(check(&nested(DEPTH_MAX - 1)));
    assert!(read(&nested(DEPTH_MAX)).is_none());
    let long = "a".repeat(KEY_BYTES_MAX + 1);
    assert!(read(&format!("{long}: b\n")).is_none());
    assert!(check(&format!("{}: b\n", &long[1..])));
}

/// A piece of a line.
fn piece() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "a", "b", "5xx", ": ", ":", "- ", "-", " ", "  ", "    ", "#", " # c", "\"", "\"d\"",
        "'e'", "[", "]", "{", "}", ", ", ",", "|", "| ", ">", "&", "*", "!", "%", "@", "?", "~",
        "\\", "ä", "(", ")", "null", "...", "---", "<", "=", ".", "/", "\t", "\r",
    ])
}

/// A line that is often sound.
fn line() -> impl Strategy<Value = String> {
    let indent = prop::sample::select(vec![
        "", "", "  ", "  ", "    ", "    ", "      ", " ", "   ",
    ]);
    let head = prop::sample::select(vec![
        "", "a: ", "b: ", "c:", "a:", "- ", "- a: ", "- b:", "a: |", "# ", "- - ", "-  a: ",
        "'a': ",
    ]);
    let value = prop::sample::select(vec![
        "",
        "x",
        "5xx > 5% for 3m",
        "\"q\"",
        "'r s'",
        "[x, \"y\"]",
        "{x: y, \"5\": [z]}",
        "# c",
        "x # c",
        "http://a:8/#b",
        "\"x\" # c",
        "[]",
        "{}",
        "[ x , y ]",
        "{ x: y }",
        "x ",
        "-x",
        "<x",
        "(x",
    ]);
    let odd = prop::collection::vec(piece(), 0..4);
    let odd = prop_oneof![4 => Just(String::new()), 1 => odd.prop_map(|all| all.concat())];
    (indent, head, value, odd).prop_map(|(a, b, c, d)| format!("{a}{b}{c}{d}"))
}

proptest! {
    #[test]
    fn any_lines_are_read_as_the_full_reader_reads_them(lines in prop::collection::vec(line(), 1..9)) {
        check(&(lines.join("\n") + "\n"));
    }

    #[test]
    fn any_pieces_are_read_as_the_full_reader_reads_them(all in prop::collection::vec(piece(), 1..12)) {
        check(&format!("a: {}\n", all.concat()));
        check(&format!("a:\n  - {}\n", all.concat()));
        check(&format!("a: {{b: {}}}\n", all.concat()));
        check(&format!("a: |\n  {}\nb: c\n", all.concat()));
    }

    #[test]
    fn a_changed_file_is_read_as_the_full_reader_reads_it(
        at in any::<prop::sample::Index>(),
        cut in 0..3_usize,
        put in piece(),
    ) {
        let text = include_str!("../../../rules.example.yaml");
        let at = at.index(text.len());
        if let (Some(head), Some(tail)) = (text.get(..at), text.get(at + cut..)) {
            check(&format!("{head}{put}{tail}"));
        }
    }
}
