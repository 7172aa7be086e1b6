//! Faults.

use crate::scene::{Scene, check, plain};
use comfycheck_simulator::Outcome;
use std::time::Duration;

fn faulty(fault: &str) -> comfycheck_simulator::scenario::Scenario {
    plain(&format!("workers = {{ ready = 1 }}\nfaults = [{{ {fault} }}]"))
}

#[test]
fn a_request_is_answered_with_another_status_the_first_times() {
    check(
        faulty("kind = \"status\", status = 429, on = [\"health\"], first = 2, retry-after-s = 3"),
        &[
            (0.0, "GET /health", "429 error=too_many_requests"),
            (0.0, "POST /run A", "200"),
            (1.0, "GET /health", "429"),
            (2.0, "GET /health", "200 jobs.inProgress=1"),
        ],
    );
    let mut scene = Scene::new(faulty("kind = \"status\", status = 429, retry-after-s = 3"));
    let exchange = scene.ask(0.0, "GET /health");
    assert_eq!(exchange.outcome.response().unwrap().header("retry-after"), Some("3"));
}

#[test]
fn a_submission_whose_answer_is_a_fault_makes_a_job_only_where_the_fault_comes_after() {
    for (when, jobs) in [("before", "jobs.inProgress=0"), ("after", "jobs.inProgress=1")] {
        check(
            faulty(&format!("kind = \"reset\", on = [\"run\"], when = \"{when}\"")),
            &[(0.0, "POST /run A", "reset"), (1.0, "GET /health", &format!("200 {jobs}"))],
        );
    }
}

#[test]
fn faults_come_and_go() {
    check(
        faulty("kind = \"status\", status = 503, from-s = 10, until-s = 20"),
        &[
            (9.9, "GET /health", "200"),
            (10.0, "GET /health", "503 error=service_unavailable"),
            (20.0, "GET /health", "200"),
        ],
    );
}

#[test]
fn a_share_of_the_requests_is_faulty_and_each_draws_for_itself() {
    let mut scene = Scene::new(faulty("kind = \"status\", share = 0.25"));
    let statuses =
        (0..1000).map(|second| scene.ask(f64::from(second), "GET /health").outcome.response().unwrap().status);
    let faulty = statuses.filter(|status| *status == 500).count();
    assert!((200..300).contains(&faulty), "{faulty}");
}

#[test]
fn a_firewall_answers_with_a_page() {
    let mut scene = Scene::new(faulty("kind = \"html\""));
    let exchange = scene.ask(0.0, "GET /health");
    let response = exchange.outcome.response().unwrap();
    assert_eq!((response.status, response.header("content-type")), (403, Some("text/html; charset=UTF-8")));
}

#[test]
fn an_answer_may_dribble_break_off_or_never_come() {
    let outcome = |fault: &str| {
        let mut scene = Scene::new(faulty(fault));
        let exchange = scene.ask(0.0, "GET /health");
        (exchange.took, exchange.outcome)
    };
    let (took, dribbled) = outcome("kind = \"dribble\", takes-s = 12");
    assert!(matches!(dribbled, Outcome::Dribbled(response, 256) if response.status == 200));
    assert_eq!(took, Duration::from_secs(12));
    let (_, truncated) = outcome("kind = \"truncate\"");
    assert!(matches!(truncated, Outcome::Truncated(response, bytes) if bytes == response.body.len() / 2 && bytes > 0));
    assert_eq!(outcome("kind = \"silence\""), (Duration::from_secs(30), Outcome::Silence));
}
