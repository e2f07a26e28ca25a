//! The report: one file that asks for nothing, whatever names say. That it is drawn is looked at in a
//! browser by `tests/report/check.py`.

use super::{Folder, minute};

#[test]
fn the_report_is_one_file_that_says_what_the_time_was_like() {
    let folder = Folder::new();
    let text = folder.backtest(&["--data", "samples.jsonl", "--report", "out.html"]);
    assert!(text.contains("ALERTS"), "{text}");
    let page = folder.read("out.html");
    assert!(page.starts_with("<!doctype html>"));
    for word in [
        "http:", "https:", "src=", "href=", "url(", "import", "fetch(",
    ] {
        assert!(!page.contains(word), "{word}");
    }
    for mark in [
        "<!--style",
        "<!--program",
        "<!--title",
        "<!--body",
        "<!--data",
    ] {
        assert!(!page.contains(mark), "{mark}");
    }
    let body = page.split("<script").next().unwrap();
    let summary = body.split("<section id=\"summary\">").nth(1).unwrap();
    insta::assert_snapshot!(summary.split("</section>").next().unwrap());
    let data = page.split("id=\"data\">").nth(1).unwrap();
    let data = data.split("</script>").next().unwrap();
    let data: serde_json::Value = serde_json::from_str(data).unwrap();
    assert_eq!(data["first"], minute(0).epoch());
    assert_eq!(data["charts"].as_array().unwrap().len(), 3);
    assert_eq!(
        data["firings"].as_array().unwrap().len(),
        page.matches("<td>2020-").count()
    );
    let www = data["charts"]
        .as_array()
        .unwrap()
        .iter()
        .find(|of| of["title"] == "www.example.com")
        .unwrap();
    let curve = &www["curves"][0];
    assert_eq!(
        (curve["text"].as_str(), curve["unit"].as_str()),
        (Some("5xx"), Some("%"))
    );
    assert_eq!(curve["thresholds"][0]["value"], 5_000);
    assert!(curve["values"].as_str().unwrap().contains("30000*40,"));
}

#[test]
fn hostile_names_stay_names() {
    let folder = Folder::new();
    let name = r#"</script><script>alert(1)</script>&\"'<img src=x onerror=alert(2)>"#;
    let line = |at: i64| {
        format!(
            "{{\"domain\":\"{name}\",\"minute\":\"{}\",\"codes\":{{\"502\":100}},\"counts\":{{\"502\":100}}}}\n",
            minute(at)
        )
    };
    folder.write("bad.jsonl", (0..10).map(line).collect::<String>());
    folder.backtest(&["--data", "bad.jsonl", "--report", "out.html"]);
    let page = folder.read("out.html");
    assert_eq!(page.matches("<script").count(), 2);
    assert_eq!(page.matches("</script>").count(), 2);
    assert!(!page.contains("<img") && !page.contains("alert(1)</script>"));
    assert!(page.contains("&lt;/script&gt;&lt;script&gt;alert(1)"));
}

#[test]
fn a_report_over_nothing_or_to_nowhere_is_refused() {
    let folder = Folder::new();
    folder.write("none.jsonl", "");
    let told = folder.refused(&["--data", "none.jsonl", "--report", "out.html"]);
    assert!(told.contains("there is no minute to judge"), "{told}");
    let told = folder.refused(&[
        "--data",
        "samples.jsonl",
        "--report",
        "no/such/folder/out.html",
    ]);
    assert!(told.contains("write no/such/folder/out.html"), "{told}");
}
