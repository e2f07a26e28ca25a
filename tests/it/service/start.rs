//! What keeps the service from starting is said in words that name the object and the mend.

use std::net::TcpListener;

use super::house::{House, PATIENCE, Service, foghorn};

fn rules(more: &str) -> String {
    format!(
        "source: {{simulator: {{domains: [a.example.com], speed: 60}}}}\n\
         rules: [{{name: errors, when: 5xx > 10% for 2m}}]\n{more}\n"
    )
}

const WEB: &str = "web: {listen: 127.0.0.1:0}";

fn refused(rules: &str) -> String {
    let (status, errors) = House::new(rules).refused();
    assert_eq!(status, Some(2), "{errors}");
    errors
}

#[test]
fn a_rule_with_a_mistake_is_drawn() {
    let errors = refused(&rules(WEB).replace("10%", "10 pct"));
    assert!(errors.contains("rules.yaml:2:"), "{errors}");
    assert!(errors.contains("5xx > 10 pct for 2m"), "{errors}");
    assert!(errors.contains('^'), "{errors}");
}

#[test]
fn a_file_that_is_not_there_is_named() {
    let mut command = foghorn();
    let folder = tempfile::tempdir().unwrap();
    command
        .args(["run", "absent.yaml"])
        .current_dir(folder.path());
    let output = command.output().unwrap();
    let errors = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{errors}");
    assert!(errors.contains("absent.yaml"), "{errors}");
    assert!(errors.contains("foghorn init"), "{errors}");
    assert!(output.stdout.is_empty());
}

#[test]
fn an_address_in_use_is_named() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let errors = refused(&rules(&format!("web: {{listen: {address}}}")));
    assert!(errors.contains(&address), "{errors}");
    assert!(errors.contains("web: {listen"), "{errors}");
}

#[test]
fn a_store_that_is_in_use_is_left_alone() {
    let house = House::new(&rules(WEB));
    let mut first = house.run();
    let (status, errors) = house.refused();
    assert_eq!(status, Some(2), "{errors}");
    assert!(errors.contains("foghorn.db"), "{errors}");
    assert!(errors.contains("another"), "{errors}");
    assert!(first.is_running());
    assert_eq!(first.get("/healthz").0, 200);
    first.stop();
    house.run().stop();
}

#[test]
fn a_folder_that_cannot_hold_the_store_is_named() {
    for (store, named) in [
        ("sqlite:absent/foghorn.db", "absent"),
        ("sqlite:rules.yaml/foghorn.db", "rules.yaml"),
        ("sqlite:/proc/foghorn.db", "/proc"),
        ("mysql://somewhere/db", "mysql"),
    ] {
        let errors = refused(&rules(&format!("store: {store}\n{WEB}")));
        assert!(errors.contains(named), "{store}: {errors}");
    }
    let house = House::new(&rules(&format!("store: sqlite:notes.txt\n{WEB}")));
    house.write("notes.txt", &"no database at all\n".repeat(100));
    let (status, errors) = house.refused();
    assert_eq!(status, Some(2), "{errors}");
    assert!(errors.contains("notes.txt"), "{errors}");
}

#[test]
fn sources_of_different_times_are_refused() {
    let two = "source:\n  - simulator: {account: a, domains: [a.example.com], speed: 60}\n  \
               - simulator: {account: b, domains: [a.example.com], speed: 30}\n";
    let rules = format!("{two}rules: [{{name: errors, when: 5xx > 10% for 2m}}]\n{WEB}\n");
    assert!(refused(&rules).contains("speed"));
}

#[test]
fn words_go_to_standard_error_as_json_where_nobody_sits() {
    let house = House::new(&rules(WEB));
    let mut service = Service::spawn(house.run_command());
    service.wait_for_listening();
    service.signal("-INT");
    assert_eq!(service.wait(PATIENCE).and_then(|s| s.code()), Some(0));
    for line in service.log().lines() {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        assert!(line["level"].is_string() && line["timestamp"].is_string());
    }
    assert_eq!(service.out(), "");
}
