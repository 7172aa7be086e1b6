//! Which failures are the same in two runs.

use crate::reports::{failed, inconclusive, passed};
use crate::scene::{Scene, With, error, found};
use comfycheck_core::finding::Subject;
use comfycheck_core::manifest::Scope::Run;
use comfycheck_core::render::Failures;
use comfycheck_core::report::Report;

fn broken(message: &str, subject: Subject) -> Report {
    let finding = error("broken", message).about(subject);
    Scene::new().samples(3).check("image", &[Run]).with("image", Run, found([finding])).report()
}

fn node(id: &str) -> Subject {
    Subject::Node { id: id.into(), input: None }
}

#[test]
fn samples_workers_and_messages_do_not_distinguish_failures() {
    let of = |message: &str, subject: Subject| Failures::of(&broken(message, subject)).digest();
    let one = of("took 3 s", Subject::Sample(0));
    assert_eq!(one, of("took 4 s", Subject::Sample(2)));
    assert_eq!(one, of("took 4 s", Subject::Worker("abc".into())));
    assert_eq!(one, of("took 4 s", Subject::Image(1, 0)));
    assert_ne!(one, of("took 3 s", node("3")));
    assert_ne!(of("a", node("3")), of("a", node("4")));
}

#[test]
fn a_run_that_passed_has_none_and_another_names_what_it_lacks() {
    assert_eq!(Failures::of(&passed()).iter().len(), 0);
    for report in [failed(), inconclusive()] {
        let failures = Failures::of(&report);
        assert!(failures.iter().len() > 0, "{:?}", report.summary.verdict);
        assert_eq!(failures.without(&failures).count(), 0);
        assert_eq!(failures.without(&Failures::default()).count(), failures.iter().len());
    }
}
