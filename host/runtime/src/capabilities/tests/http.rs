//! `comfyui/http`: which paths are requested, and where redirects may lead.

use super::*;
use crate::transport::simulate::Simulate;
use comfycheck_core::text::TextFile;
use comfycheck_simulator::scenario::Scenario;

/// An instance with these paths.
fn requesting(capabilities: &Capabilities, paths: &[&str]) -> Capabilities {
    let paths = HttpPaths::new(paths.iter().map(|&path| path.to_owned()).collect()).unwrap();
    capabilities.for_instance().requesting(paths)
}

fn moved(location: &str) -> Value {
    json!({"status": 302, "headers": {"location": location}})
}

fn with_query(mut exchange: Value, query: &str) -> Value {
    exchange["request"]["query"] = json!(query);
    exchange
}

/// The status and the body, and the time in milliseconds.
fn page(instance: &Capabilities, path: &str) -> (Result<(u16, String), QueryError>, u128) {
    let (answer, took) = now(instance.http(path));
    (answer.map(|page| (page.status, String::from_utf8_lossy(&page.body).into_owned())), took)
}

/// The kind of the error.
#[track_caller]
fn refused(instance: &Capabilities, path: &str) -> &'static str {
    kind(&page(instance, path).0.unwrap_err())
}

#[test]
fn a_path_is_requested_once_for_all_instances() {
    let all = capabilities(&json!([comfyui("/queue", [0, 40], &ok(&json!([])))]), None);
    let (first, second) = (requesting(&all, &["/queue"]), requesting(&all, &["/*"]));
    let expected = Ok((200, "[]".to_owned()));
    assert_eq!(page(&first, "/queue"), (expected.clone(), 40));
    assert_eq!(page(&first, "/queue"), (expected.clone(), 0), "it has waited already");
    assert_eq!(page(&second, "/queue"), (expected, 40));
}

#[test]
fn a_query_is_a_part_of_the_request() {
    let view = with_query(comfyui("/view", [0, 5], &ok(&json!("a"))), "filename=a.png&type=output");
    let all = capabilities(&json!([view]), None);
    let instance = requesting(&all, &["/view"]);
    assert_eq!(page(&instance, "/view?filename=a.png&type=output").0, Ok((200, "\"a\"".to_owned())));
    assert_eq!(refused(&instance, "/view?filename=b.png"), "not-recorded");
}

#[test]
fn redirects_are_judged_like_first_paths() {
    let all = capabilities(
        &json!([
            comfyui("/a", [0, 10], &moved("/b?x=1")),
            with_query(comfyui("/b", [10, 30], &ok(&json!("here"))), "x=1"),
            comfyui("/to-manager", [0, 10], &moved("/manager/reboot")),
            comfyui("/to-parent", [0, 10], &moved("/b/../manager/reboot")),
            comfyui("/to-other", [0, 10], &moved("")),
            comfyui("/loop", [0, 10], &moved("/loop")),
            comfyui("/nowhere", [0, 10], &json!({"status": 302})),
        ]),
        None,
    );
    let instance =
        requesting(&all, &["/a", "/b", "/b/*", "/to-manager", "/to-parent", "/to-other", "/loop", "/nowhere"]);
    assert_eq!(page(&instance, "/a"), (Ok((200, "\"here\"".to_owned())), 30));
    assert_eq!(page(&instance, "/nowhere").0, Ok((302, String::new())));
    let of = |path| (path, page(&instance, path).0.unwrap_err());
    check_errors!(["/to-manager", "/to-parent", "/to-other", "/loop"].map(of), ["other"; 4]);
    // An instance that may request the first path, and not the second.
    assert_eq!(refused(&requesting(&all, &["/a"]), "/a"), "other");
}

#[test]
fn what_the_suite_does_not_allow_is_not_sent() {
    let all = capabilities(&json!([comfyui("/queue", [0, 10], &ok(&json!([])))]), None);
    let instance = requesting(&all, &["/history/*"]);
    let long = format!("/history/{}", "a".repeat(3_000));
    for path in ["http://10.0.0.1/queue", "/history/../queue", "/history/a\r\nX: y", "queue", "", &long] {
        assert_eq!((refused(&instance, path), page(&instance, path).1), ("other", 0), "{path}");
    }
    assert_eq!(refused(&all.for_instance(), "/queue"), "other", "no path is allowed by default");
    check_errors!([("another path", page(&instance, "/queue").0.unwrap_err())], ["other"]);
}

#[test]
fn a_server_that_gives_no_page_has_a_reason_of_its_kind() {
    let all = capabilities(
        &json!([
            comfyui("/denied", [0, 10], &json!({"status": 401})),
            comfyui("/busy", [0, 10], &json!({"status": 503})),
            comfyui("/large", [0, 10], &json!("too-large")),
            comfyui("/cut", [0, 10], &json!("reset")),
        ]),
        None,
    );
    let instance = requesting(&all, &["/*"]);
    let failures = ["/denied", "/busy", "/large", "/cut"].map(|path| (path, page(&instance, path).0.unwrap_err()));
    check_errors!(failures, ["access-denied", "unavailable", "unavailable", "unavailable"]);
    assert!(instance.has_unanswered_query());
}

#[test]
fn an_instance_requests_a_bounded_number_of_paths() {
    let exchanges: Vec<_> = (0..20).map(|nth| comfyui(&format!("/p/{nth}"), [0, 1], &ok(&json!(nth)))).collect();
    let all = capabilities(&json!(exchanges), None);
    let instance = requesting(&all, &["/p/*"]);
    let answered = (0..20).filter(|nth| page(&instance, &format!("/p/{nth}")).0.is_ok()).count();
    assert_eq!(answered, 16);
    assert!(page(&instance, "/p/3").0.is_ok(), "one that it had");
    assert!(page(&requesting(&all, &["/p/*"]), "/p/19").0.is_ok(), "another instance");
}

#[test]
fn a_simulated_server_has_an_empty_queue() {
    let simulated = |scenario: &str| {
        let file = TextFile { path: "scenario.toml".to_owned(), text: scenario.to_owned() };
        let scenario = Scenario::parse(&file).unwrap();
        let all = Capabilities::new(Offer {
            transport: Arc::new(Transport::Simulate(Simulate::new("test", scenario))),
            round: Phase::Deployment.into(),
            deployment: &deployment(),
            saved: None,
            date: None,
            workflow: no_workflow(),
            samples: None,
            price: None,
            secrets: Secrets::default(),
        });
        requesting(&all, &["/queue"])
    };
    let queue = r#"{"queue_running":[],"queue_pending":[]}"#;
    assert_eq!(page(&simulated("comfyui = { served = true }"), "/queue").0, Ok((200, queue.to_owned())));
    assert_eq!(refused(&simulated("comfyui = { served = false }"), "/queue"), "not-offered");
}
