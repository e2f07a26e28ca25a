//! What a backtest says is true: of rules that were not tried, of what still fires, of messages.

use std::fmt::Write as _;

use super::{Folder, minute};

/// Returns samples of domains, each with its percentage of 502 in each minute.
fn samples(domains: &[(&str, &[i64])]) -> String {
    let mut lines = String::new();
    for (domain, minutes) in domains {
        for (at, bad) in (0..).zip(*minutes) {
            writeln!(
                lines,
                r#"{{"domain":"{domain}","minute":"{}","codes":{{"200":{},"502":{bad}}},"counts":{{"200":{},"502":{bad}}}}}"#,
                minute(at),
                100 - bad,
                100 - bad,
            )
            .unwrap();
        }
    }
    lines
}

/// Returns what a rules file says over samples, in words.
fn said(rules: &str, domains: &[(&str, &[i64])]) -> (Folder, String) {
    let folder = Folder::new();
    folder.write("rules.yaml", rules);
    folder.write("samples.jsonl", samples(domains));
    let text = folder.backtest(&["--data", "samples.jsonl", "--report", "out.html"]);
    (folder, text)
}

#[test]
fn what_still_fires_at_the_end_is_told_with_its_worst_value() {
    let rules = "\
rules:
  - {name: origin-5xx, when: 5xx > 10% for 2m}
  - {name: wide, when: 5xx > 10% on at least 2 domains}
";
    let (folder, text) = said(
        rules,
        &[
            ("a.example.com", &[0, 20, 30, 60, 40]),
            ("b.example.com", &[0, 20, 20, 20, 20]),
            ("c.example.com", &[0, 0, 0, 20, 20]),
        ],
    );
    assert!(text.contains("origin-5xx a.example.com  60% 5xx"), "{text}");
    assert!(text.contains("3 domains"), "{text}");
    assert!(folder.read("out.html").contains("<td>60% 5xx</td>"));
}

#[test]
fn an_alert_that_flaps_is_told_as_often_as_the_service_tells_it() {
    let rules = "\
rules:
  - {name: r, when: 5xx > 10%, severity: critical}
notify:
  receivers: {log: [console: {}]}
  routes: [{to: [log], group_interval: 1m}]
";
    let mut minutes = vec![0; 120];
    for at in 0..11 {
        minutes[10 + 2 * at] = 50;
    }
    let (_, text) = said(rules, &[("a.example.com", &minutes)]);
    // Five times that it fires and that it is over, that it flaps, and that it has settled.
    assert!(text.contains("log             12"), "{text}");
}

#[test]
fn a_chart_shows_first_what_fired_there_and_says_what_it_leaves_out() {
    let mut rules = "rules:\n".to_owned();
    for place in 2..9 {
        let _ = writeln!(
            rules,
            "  - {{name: calm-{place}, when: \"avg(5xx over {place}m) > 99%\"}}"
        );
    }
    rules += "  - {name: any, when: 502 > 0.5%, severity: info}\n  - {name: loud, when: 5xx > 50%, severity: critical}\n";
    let (folder, _) = said(&rules, &[("a.example.com", &[0, 1, 0, 1, 60, 60])]);
    let page = folder.read("out.html");
    let data = page.split("id=\"data\">").nth(1).unwrap();
    let data = data.split("</script>").next().unwrap();
    let data: serde_json::Value = serde_json::from_str(data).unwrap();
    let curves = data["charts"][0]["curves"].as_array().unwrap();
    assert_eq!(curves.len(), 6);
    assert_eq!(
        (&curves[0]["text"], &curves[1]["text"]),
        (&"5xx".into(), &"502".into())
    );
    assert_eq!(data["charts"][0]["left"], 3);
    // The table and the charts know alerts by one order: the critical one first.
    assert_eq!(data["firings"][0][5], "critical");
    let row = page.split("<table id=\"firings\">").nth(1).unwrap();
    let row = row.split("<tbody>").nth(1).unwrap();
    assert!(
        row.trim_start()
            .split("</tr>")
            .next()
            .unwrap()
            .contains("<td>critical</td>")
    );
}
