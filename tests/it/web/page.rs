//! The page and the signed links, without a script.

use chrono::TimeDelta;
use foghorn::dispatch::{LinkAct, MatcherKind, SilenceEnd};
use foghorn::pipeline::{Order, Snapshot};

use super::stand::{NOW, SILENCE, Stand, WWW, at, img};

#[tokio::test]
async fn the_page_shows_what_stands_and_escapes_it() {
    let stand = Stand::new().await;
    let (status, page) = stand.get("/").await;
    assert_eq!(status, 200, "{page}");
    for part in [
        "1 firing",
        "1 pending",
        "1 muted",
        "origin-5xx",
        "img.example.com: &lt;b&gt;bad&lt;&#x2f;b&gt; &amp; worse",
        "Not told: silenced",
        "<polyline points=",
        "class=\"level\"",
        "threshold 10%",
        "<td>main</td>",
        &format!("href=\"alerts&#x2f;{}\"", img()),
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    assert!(!page.contains("<b>bad") && !page.contains("<script"));
    let only = stand.get("/?domain=www").await.1;
    assert!(only.contains("<h3>www.example.com") && !only.contains("<h3>img.example.com"));
    let nothing = stand.get("/?domain=%3Cscript%3E").await.1;
    assert!(nothing.contains("&lt;script&gt;") && !nothing.contains("<script>"));
}

#[tokio::test]
async fn the_page_says_what_a_dead_letter_could_not_tell_and_why() {
    let stand = Stand::new().await;
    assert!(!stand.get("/").await.1.contains("not told: "));
    super::api::with_dead_letter(&stand).await;
    let page = stand.get("/").await.1;
    let line = "not told: oncall: origin-5xx img.example.com: 550 no such user<";
    assert!(page.contains(line), "{page}");
}

#[tokio::test]
async fn what_reorders_or_hides_text_is_not_shown() {
    let stand = Stand::new().await;
    let mut snapshot = Snapshot::clone(&stand.snapshot.borrow());
    snapshot.silences[0].author = "ann\u{202e}gnp".to_owned();
    snapshot.silences[0].comment = "new\u{ad} <b>disks".to_owned();
    stand.snapshot.send_replace(snapshot.into());
    let page = stand.get("/silences").await.1;
    assert!(
        page.contains("by anngnp") && page.contains("new &lt;b&gt;disks"),
        "{page}"
    );
}

#[tokio::test]
async fn an_empty_service_has_a_page_as_well() {
    let stand = Stand::new().await;
    stand.snapshot.send_replace(Snapshot::default().into());
    let (status, page) = stand.get("/").await;
    assert_eq!(status, 200);
    assert!(page.contains("Nothing fires.") && page.contains("No domain is judged."));
    let (status, page) = stand.get("/silences").await;
    assert!(status == 200 && page.contains("There are none."));
    // It is over: what the store knows of it is shown.
    let (status, page) = stand.get(&format!("/alerts/{}", img())).await;
    assert_eq!(status, 200);
    assert!(page.contains("fired as critical") && page.contains("over") && !page.contains("<form"));
}

#[tokio::test]
async fn an_alert_has_a_page_on_which_it_is_taken_on_and_silenced() {
    let stand = Stand::new().await;
    let path = format!("/alerts/{}", img());
    let (status, page) = stand.get(&path).await;
    assert_eq!(status, 200, "{page}");
    for part in [
        "34.2%",
        "5xx &gt; 10% for 3m",
        "team=edge",
        "fired as critical",
        "<dt>Goes to</dt><dd>oncall, chat",
        "<polyline",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    let (status, _) = stand
        .form(
            &format!("{path}/ack"),
            &[("by", "ann"), ("comment", "on it")],
        )
        .await;
    assert_eq!(status, 303);
    let page = stand.get(&format!("{path}?did=ack")).await.1;
    assert!(
        page.contains("Taken on by ann")
            && page.contains("on it")
            && page.contains("You have taken it on.")
    );

    let silence = [("for", "alert"), ("by", "ann"), ("comment", "disks")];
    assert_eq!(
        stand.form(&format!("{path}/silence"), &silence).await.0,
        303
    );
    let Some(Order::Silence { silence, .. }) = stand.orders().pop() else {
        panic!("no silence");
    };
    let matchers: Vec<_> = silence
        .matchers
        .iter()
        .map(|m| (m.name.as_str(), m.value.as_str(), m.kind))
        .collect();
    let equal = |name, value| (name, value, MatcherKind::Equal);
    assert_eq!(
        matchers,
        [
            equal("rule", "origin-5xx"),
            equal("account", "main"),
            equal("domain", "img.example.com")
        ]
    );
    assert_eq!(
        (silence.end, silence.author.as_str()),
        (SilenceEnd::WithAlerts, "ann")
    );
    assert_eq!(
        stand
            .form(&format!("{path}/silence"), &[("for", "soon")])
            .await
            .0,
        400
    );
    assert_eq!(stand.form("/alerts/none/ack", &[]).await.0, 404);
    assert_eq!(
        stand.form("/alerts/none/silence", &[("for", "1h")]).await.0,
        404
    );
    assert_eq!(stand.get("/alerts/none").await.0, 404);
}

#[tokio::test]
async fn a_silence_is_tried_made_and_ended_on_the_page() {
    let stand = Stand::new().await;
    let page = stand.get("/silences").await.1;
    assert!(
        page.contains("domain=&quot;www.example.com&quot;") && page.contains("new disks"),
        "{page}"
    );
    let mut form = vec![
        ("matchers", "rule=origin-5xx\r\ndomain=~img.*\r\n"),
        ("for", "2h"),
        ("by", "ann"),
        ("do", "look"),
    ];
    let (status, page) = stand.form("/silences", &form).await;
    assert_eq!(status, 200);
    assert!(page.contains("It would hide 1 of 3 alerts"), "{page}");
    assert!(
        page.contains("domain=~img.*") && page.contains("value=\"ann\""),
        "the form is kept: {page}"
    );
    assert_eq!(stand.orders(), []);
    form[3] = ("do", "make");
    assert_eq!(stand.form("/silences", &form).await.0, 303);
    assert_eq!(stand.orders().len(), 1);
    form[0] = ("matchers", "<i>");
    let (status, page) = stand.form("/silences", &form).await;
    assert!(
        status == 200 && page.contains("&lt;i&gt;` is no matcher"),
        "{page}"
    );
    let expire = format!("/silences/{SILENCE}/expire");
    assert_eq!(
        stand.get(&expire).await.0,
        405,
        "nothing is changed by following a link"
    );
    assert_eq!(stand.form(&expire, &[]).await.0, 303);
    assert_eq!(stand.form(&expire, &[]).await.0, 404);
}

#[tokio::test]
async fn what_went_wrong_is_a_page_for_people() {
    let stand = Stand::new().await;
    let request = stand
        .request("get", "/alerts/none")
        .header("accept", "text/html,*/*");
    let (status, page) = stand.send(request).await;
    assert_eq!(status, 404);
    assert!(page.contains("<h1>Not Found</h1>") && page.contains("there is no alert none"));
}

/// Returns where a link of a page leads to, where a proxy has the service below `/ops/`.
fn leads_to(page: &str, link: &str) -> String {
    let page = reqwest::Url::parse(&format!("https://example.com/ops{page}")).unwrap();
    page.join(&link.replace("&#x2f;", "/")).unwrap().to_string()
}

#[tokio::test]
async fn every_link_holds_behind_a_proxy_that_has_the_service_below_a_path() {
    let stand = Stand::new().await;
    let act = stand.link(LinkAct::Acknowledge, &img(), at(NOW) + TimeDelta::days(7));
    let alert = format!("/alerts/{}", img());
    let pages = ["/", "/silences", &alert, &act, "/alerts/none", "/act/x"];
    for path in pages {
        let request = stand.request("get", path).header("accept", "text/html");
        let page = stand.send(request).await.1;
        let links = page.split(['<', ' ']).filter_map(|part| {
            let link = part
                .strip_prefix("href=\"")
                .or(part.strip_prefix("action=\""));
            Some(link?.split('"').next().unwrap())
        });
        let links: Vec<String> = links.map(|link| leads_to(path, link)).collect();
        let style = "https://example.com/ops/style.css".to_owned();
        assert!(links.contains(&style), "{path}: {links:?}");
        for link in links {
            let rest = link.strip_prefix("https://example.com/ops/");
            let is_there = rest.is_some_and(|rest| {
                let places = ["", "style.css", "silences"];
                let folders = ["alerts/", "silences/"];
                places.contains(&rest) || folders.iter().any(|folder| rest.starts_with(folder))
            });
            let is_runbook = link == "https://wiki.example.com/origin-5xx";
            assert!(is_there || is_runbook, "{path}: {link}");
        }
    }
    let silence = [("matchers", "rule=x"), ("for", "1h"), ("do", "make")];
    for (path, fields, next) in [
        (format!("{alert}/ack"), &[][..], format!("{alert}?did=ack")),
        (
            format!("{alert}/silence"),
            &[("for", "1h")][..],
            format!("{alert}?did=silence"),
        ),
        ("/silences".to_owned(), &silence[..], "/silences".to_owned()),
        (
            format!("/silences/{SILENCE}/expire"),
            &[][..],
            "/silences".to_owned(),
        ),
    ] {
        let answer = stand.filled(&path, fields).send().await.unwrap();
        let next = format!("https://example.com/ops{next}");
        let location = answer.headers()["location"].to_str().unwrap();
        assert_eq!(leads_to(&path, location), next);
    }
}

#[tokio::test]
async fn a_link_asks_before_it_acts_and_needs_no_password() {
    let stand = Stand::with("web: {users: {admin: secret-of-admin}}").await;
    let week = at(NOW) + TimeDelta::days(7);
    let ack = stand.link(LinkAct::Acknowledge, &img(), week);
    for _ in 0..3 {
        let (status, page) = stand.get(&ack).await;
        assert_eq!(status, 200, "{page}");
        assert!(page.contains("Take it on?") && page.contains("method=\"post\""));
        let head = stand.request("head", &ack);
        assert_eq!(stand.send(head).await.0, 200);
    }
    assert_eq!(stand.orders(), [], "mail scanners follow links");
    let (status, page) = stand.form(&ack, &[("by", "ann"), ("comment", "yes")]).await;
    assert!(
        status == 200 && page.contains("You have taken it on"),
        "{page}"
    );
    let alert = img();
    assert!(
        matches!(&stand.orders()[..], [Order::Acknowledge { alert: id, by, .. }] if *id == alert && by == "ann")
    );

    let silence = stand.link(LinkAct::Silence, &img(), week);
    let page = stand.get(&silence).await.1;
    assert!(page.contains("Silence it?") && page.contains("until this alert is over"));
    let (status, page) = stand.form(&silence, &[("for", "4h")]).await;
    assert!(status == 200 && page.contains("It is silenced"), "{page}");
    let Some(Order::Silence { silence: made, .. }) = stand.orders().pop() else {
        panic!("no silence");
    };
    assert_eq!(made.ends - made.starts, TimeDelta::hours(4));
    assert_eq!(made.author, "somebody by a link");
}

#[tokio::test]
async fn a_link_that_is_forged_expired_or_of_the_past_does_nothing() {
    let stand = Stand::new().await;
    let week = at(NOW) + TimeDelta::days(7);
    let ack = stand.link(LinkAct::Acknowledge, WWW, week);
    let forged = format!("{}A", &ack[..ack.len() - 2]);
    let expired = stand.link(LinkAct::Acknowledge, WWW, at(NOW));
    let other = ack.replace("ack.", "silence.");
    for (path, status) in [
        (forged, 404),
        (other, 404),
        (expired, 410),
        ("/act/x".to_owned(), 404),
    ] {
        assert_eq!(stand.get(&path).await.0, status, "{path}");
        assert_eq!(
            stand.form(&path, &[("for", "1h")]).await.0,
            status,
            "{path}"
        );
    }
    let gone = stand.link(LinkAct::Acknowledge, "feed", week);
    assert!(stand.get(&gone).await.1.contains("does not fire any more"));
    assert_eq!(stand.form(&gone, &[]).await.0, 404);
    let gone = stand.link(LinkAct::Silence, "feed", week);
    assert_eq!(stand.form(&gone, &[("for", "1h")]).await.0, 404);
    let refused: Vec<_> = stand.orders();
    assert!(matches!(&refused[..], [Order::Acknowledge { alert, .. }] if alert == "feed"));
}
