//! The results of a fleet: which reports count, the verdict, and every format.

use crate::reports::{failed, inconclusive, interrupted, passed};
use comfycheck_core::fleet::{
    Fleet, FleetResults, fleet_results, human_fleet, json_fleet, json_fleet_schema, junit_fleet, markdown_fleet,
};
use comfycheck_core::report::{ExitCode, Machine, Report, Verdict};
use comfycheck_core::text::TextFile;
use insta::assert_snapshot;
use std::time::Duration;

/// A fleet of as many pairs as there are reports, of which some are missing.
fn results(reports: &[Option<Report>]) -> FleetResults {
    let workflows: Vec<String> = (0..reports.len()).map(|index| format!("\"w{index}.json\"")).collect();
    let text = format!("name = \"prod\"\nworkflows = [{}]", workflows.join(", "));
    let fleet = Fleet::parse(&TextFile { path: "fleet.toml".into(), text }).unwrap();
    let named = reports.iter().enumerate().filter_map(|(index, report)| {
        Some((format!("{index}.json"), Report { name: format!("prod / w{index}"), ..report.clone()? }))
    });
    fleet_results(&fleet, named.collect())
}

#[test]
fn a_fleet_passes_if_every_run_does_and_fails_if_one_does() {
    for (reports, verdict, code) in [
        (vec![Some(passed()), Some(passed())], Verdict::Passed, ExitCode::Passed),
        (vec![Some(passed()), None], Verdict::Inconclusive, ExitCode::Inconclusive),
        (vec![Some(passed()), Some(interrupted())], Verdict::Inconclusive, ExitCode::Inconclusive),
        (vec![Some(failed()), None, Some(inconclusive())], Verdict::Failed, ExitCode::Failed),
    ] {
        let results = results(&reports);
        assert_eq!((results.verdict(), results.exit_code()), (verdict, code), "{}", results.counts());
    }
}

#[test]
fn a_complete_report_counts_before_an_interrupted_one_and_a_later_before_an_earlier_one() {
    let fleet = Fleet::parse(&TextFile { path: "fleet.toml".into(), text: String::new() }).unwrap();
    let named = |file: &str, report: Report| (file.to_owned(), Report { name: "fleet".into(), ..report });
    let started = |started: &str, report: Report| {
        let machine = Some(Machine { started: started.into(), elapsed: Duration::ZERO });
        Report { machine, interrupted: None, ..report }
    };
    let reports = vec![
        named("cut.json", interrupted()),
        named("first.json", started("2026-11-29T10:00:00Z", failed())),
        named("second.json", started("2026-11-29T11:00:00Z", passed())),
        ("other.json".to_owned(), Report { name: "other".into(), ..passed() }),
    ];
    let results = fleet_results(&fleet, reports);
    let (_, Some(result)) = &results.pairs[0] else { panic!("a result") };
    assert_eq!((result.file.as_str(), result.verdict), ("second.json", Verdict::Passed));
    assert_eq!(results.left_out.len(), 3, "{:?}", results.left_out);
    assert_snapshot!(results.left_out.join("\n"));
}

#[test]
#[expect(clippy::disallowed_methods, reason = "the schema is a file of the repository")]
fn every_format_shows_each_pair() {
    let results = results(&[Some(passed()), Some(failed()), Some(inconclusive()), None]);
    let formats = [human_fleet(&results), markdown_fleet(&results), junit_fleet(&results), json_fleet(&results)];
    assert_snapshot!(formats.join("\n"));
    let schema = json_fleet_schema();
    let validator = jsonschema::draft202012::new(&schema).unwrap();
    assert!(validator.is_valid(&serde_json::from_str(&json_fleet(&results)).unwrap()));
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../schemas/fleet-results.schema.json");
    let generated = serde_json::to_string_pretty(&schema).unwrap() + "\n";
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(&path, &generated).unwrap();
    }
    assert!(std::fs::read_to_string(path).unwrap_or_default() == generated, "run the tests with BLESS=1");
}
