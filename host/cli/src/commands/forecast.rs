//! `comfycheck forecast`: what other settings of the endpoint would cost.

use crate::args::{ForecastArguments, OtherGpu};
use crate::failure::Failure;
use crate::files;
use crate::terminal::Terminal;
use crate::write;
use comfycheck_core::bench::read_bench;
use comfycheck_core::diagnostic::Diagnostic;
use comfycheck_core::forecast::{Basis, LEAST_EXECUTIONS, MEASURE, Wanted, forecast as forecast_days};
use comfycheck_core::render::{human_forecast, json_forecast};
use comfycheck_core::report::ExitCode;
use comfycheck_core::wording::count;
use std::path::Path;

/// The most workers of a forecast. Its time grows with them.
const MOST_WORKERS: u32 = 1_000;
/// The most jobs per hour of a forecast: each of them is simulated.
const MOST_PER_HOUR: f64 = 18_000.0;

/// Prints a forecast. Sends nothing.
pub(crate) fn forecast(arguments: &ForecastArguments, terminal: Terminal) -> Result<ExitCode, Failure> {
    let most = arguments.workers_max.get();
    if most > MOST_WORKERS {
        return Err(Diagnostic::new(format!("a forecast has at most {MOST_WORKERS} workers, not {most}")).into());
    }
    if let Some(min) = arguments.workers_min.iter().find(|min| **min > most) {
        let what = format!("`--workers-min {min}` is above `--workers-max {most}`");
        return Err(Diagnostic::new(what).help("raise `--workers-max`").into());
    }
    if arguments.load.per_hour > MOST_PER_HOUR {
        let what = format!("a forecast has at most {MOST_PER_HOUR} jobs per hour");
        return Err(Diagnostic::new(what).help("divide the load and the workers by the same number").into());
    }
    let basis = basis(&arguments.from)?;
    let executions = basis.times.executions.len();
    if executions < LEAST_EXECUTIONS {
        let what = format!(
            "the report has {} on warm workers, and a forecast needs {LEAST_EXECUTIONS}",
            count(executions, "execution")
        );
        let help = format!("measure warm jobs and cold starts: `{MEASURE}`");
        return Err(Diagnostic::new(what).help(help).into());
    }
    let wanted = Wanted {
        per_hour: arguments.load.per_hour,
        workers_min: arguments.workers_min.clone(),
        workers_max: arguments.workers_max.get(),
        idle_timeouts: arguments.idle_timeout.iter().map(|timeout| timeout.0.as_secs_f64()).collect(),
        flashboot_start: arguments.flashboot_start.map(|timeout| timeout.0.as_secs_f64()),
        gpus: arguments.gpu.iter().map(|OtherGpu { name, factor }| (name.clone(), *factor)).collect(),
    };
    let forecast = forecast_days(&basis, &wanted);
    if arguments.json {
        write::json(None, &json_forecast(&forecast), terminal)?;
    } else {
        terminal.print(&human_forecast(&forecast))?;
    }
    Ok(ExitCode::Passed)
}

/// The times of a report or a benchmark.
fn basis(path: &Path) -> Result<Basis, Failure> {
    if let Ok(bench) = read_bench(&files::stored(path)?.text) {
        return Ok(Basis::of_bench(&bench));
    }
    Ok(Basis::of_report(&files::report(path)?))
}
