//! `comfycheck mock`: a simulated endpoint over HTTP for any client, or a list of the scenarios.

use crate::args::MockArguments;
use crate::failure::{Failure, chain};
use crate::platform::{next_signal, signal_of};
use crate::scenario;
use crate::session::MOCK_SPEED;
use crate::terminal::Terminal;
use comfycheck_core::diagnostic::{Diagnostic, inert};
use comfycheck_core::render::wrap;
use comfycheck_core::report::{ExitCode, Signal};
use comfycheck_simulator::Simulator;
use comfycheck_simulator::scenario::{BUNDLED, Scenario, bundled};
use comfycheck_simulator::server::serve;
use std::fmt::Write;
use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::pin::pin;
use std::process::{Child, Command, ExitStatus};
use std::time::Duration;
use tokio::net::TcpListener;

/// Serves a scenario until it is interrupted, or until the command has ended. Without a scenario, lists them.
pub(crate) fn mock(arguments: &MockArguments, terminal: Terminal) -> Result<ExitCode, Failure> {
    let MockArguments { scenario: named, listen, speed, command } = arguments;
    let Some(named) = named else {
        terminal.print(&scenarios(terminal.width()))?;
        return Ok(ExitCode::Passed);
    };
    if !listen.ip().is_loopback() {
        let what = format!("`{listen}` is reachable from other machines");
        return Err(Diagnostic::new(what).help("use a loopback address, such as `127.0.0.1:8100`").into());
    }
    let scenario = scenario::load(named)?;
    let about = if scenario.about.is_empty() { "a scenario" } else { &scenario.about };
    let serving = format!("serving {}: {}", inert(&named.display().to_string()), inert(about));
    let tokio = crate::executor::tokio_of_server()?;
    tokio.block_on(async {
        let refused = |error| cannot_listen(*listen, &error);
        let listener = TcpListener::bind(listen).await.map_err(refused)?;
        let address = listener.local_addr().map_err(refused)?;
        let variables = variables(&scenario, address, *speed);
        let Some((program, arguments)) = command.split_first() else {
            terminal.print(&exports(&scenario, &variables, address))?;
            terminal.say(format!("{serving}; stop with Ctrl-C"));
            let ended = async {
                next_signal().await;
            };
            let served = serve(listener, Simulator::new(scenario), *speed, ended).await;
            return served.map(|()| ExitCode::Passed).map_err(|error| Failure::machine("cannot serve", &error));
        };
        terminal.say(serving);
        let child = Command::new(program).args(arguments).envs(variables).spawn();
        let name = inert(&program.to_string_lossy());
        let mut child = child.map_err(|error| Failure::machine(format!("cannot run `{name}`"), &error))?;
        let mut status = None;
        let ended = async { status = end_of(&mut child).await };
        let served = serve(listener, Simulator::new(scenario), *speed, ended).await;
        served.map_err(|error| Failure::machine("cannot serve", &error))?;
        Ok(status.map_or(ExitCode::Interrupted(Signal::Terminate), of_command))
    })
}

/// Waits for the end of a command. Ctrl-C reaches it from the terminal; any other signal ends it.
async fn end_of(command: &mut Child) -> Option<ExitStatus> {
    const PAUSE: Duration = Duration::from_millis(20);
    let mut signal = pin!(next_signal());
    let mut is_open = true;
    loop {
        match command.try_wait() {
            Ok(None) => {}
            Ok(status) => return status,
            Err(_) => return None,
        }
        tokio::select! {
            () = tokio::time::sleep(PAUSE) => {}
            received = &mut signal, if is_open => {
                is_open = false;
                if received == Signal::Terminate {
                    // It fails only if the command has just ended.
                    let _ = command.kill();
                }
            }
        }
    }
}

/// The exit code of the command. A shell writes a signal as 128 and its number.
fn of_command(status: ExitStatus) -> ExitCode {
    let code = status.code().or_else(|| signal_of(status).map(|signal| 128 + signal));
    ExitCode::OfCommand(code.and_then(|code| u8::try_from(code).ok()).unwrap_or(u8::MAX))
}

/// An address that is taken or foreign is an error of the arguments.
fn cannot_listen(listen: SocketAddr, error: &io::Error) -> Failure {
    let diagnostic = chain(format!("cannot listen on `{listen}`"), Some(error));
    match error.kind() {
        ErrorKind::AddrInUse => diagnostic.help("use a free port: `--listen 127.0.0.1:0`").into(),
        ErrorKind::AddrNotAvailable | ErrorKind::PermissionDenied => {
            diagnostic.help("use an address and port of your own, such as `--listen 127.0.0.1:0`").into()
        }
        _ => Failure::Machine(diagnostic.into()),
    }
}

/// The options of a run that shows what happens in a scenario, where one sample does not: an image, a GPU or a worker differs
/// from another one.
const OPTIONS: [(&str, &str); 3] = [
    ("cached-result", "--samples 2"),
    ("funnel-to-one-worker", "--samples 16 --concurrency 4"),
    ("mixed-gpus", "--samples 2"),
];

/// The built-in scenarios, each with what happens in it.
fn scenarios(columns: usize) -> String {
    let width = BUNDLED.iter().map(|(name, _)| name.len()).max().unwrap_or_default();
    let about = |name: &str| bundled(name).map(|scenario| scenario.about).unwrap_or_default();
    let entry = |name: &str| {
        let needed = OPTIONS.iter().filter(|(known, _)| *known == name);
        let mut lines = wrap(&format!("  {name:width$}  "), width + 4, &inert(&about(name)), columns);
        lines.extend(needed.map(|(_, options)| format!("  {:width$}  needs `{options}`", "")));
        lines
    };
    let lines: Vec<_> = BUNDLED.iter().flat_map(|(name, _)| entry(name)).collect();
    let lines = lines.join("\n");
    format!(
        "Scenarios:\n{lines}\n\nServe one:   comfycheck mock SCENARIO\nRun on one:  comfycheck run --simulate SCENARIO\n"
    )
}

/// The environment variables that point comfycheck and RunPod's SDK to the endpoint.
fn variables(scenario: &Scenario, address: SocketAddr, speed: f64) -> Vec<(&'static str, String)> {
    let key = scenario.access.keys.as_ref().and_then(|keys| keys.first()).map_or("any-key", String::as_str);
    let mut variables = vec![
        ("RUNPOD_ENDPOINT_BASE_URL", format!("http://{address}/v2")),
        ("RUNPOD_REST_V2_API_URL", format!("http://{address}/v2")),
        ("RUNPOD_ENDPOINT_ID", scenario.endpoint_id().to_owned()),
        ("RUNPOD_API_KEY", key.to_owned()),
    ];
    if scenario.comfyui.served {
        variables.push(("COMFYUI_URL", format!("http://{address}/comfyui")));
    }
    if (speed - 1.0).abs() > f64::EPSILON {
        variables.push((MOCK_SPEED, speed.to_string()));
    }
    variables
}

/// The variables for a shell.
fn exports(scenario: &Scenario, variables: &[(&str, String)], address: SocketAddr) -> String {
    let mut text = String::new();
    for (name, value) in variables {
        // Writing to a string does not fail.
        let _ = writeln!(text, "export {name}={}", quoted(value));
    }
    if !scenario.volumes.is_empty() {
        // There is no variable for it: a suite sets the `address` of a volume.
        let _ = writeln!(text, "# network volumes: S3 requests with any key, at http://{address}/s3");
    }
    text
}

/// A word quoted for a shell.
fn quoted(word: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.:/".contains(&byte);
    if !word.is_empty() && word.bytes().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use comfycheck_core::diagnostic::Color;
    use std::path::Path;

    #[test]
    fn a_shell_reads_back_what_is_printed() {
        let mut scenario = Scenario::default();
        let address: SocketAddr = "127.0.0.1:9".parse().unwrap();
        let text = |scenario: &Scenario, speed| exports(scenario, &variables(scenario, address, speed), address);
        let plain = "export RUNPOD_ENDPOINT_BASE_URL=http://127.0.0.1:9/v2\n\
                     export RUNPOD_REST_V2_API_URL=http://127.0.0.1:9/v2\n\
                     export RUNPOD_ENDPOINT_ID=simulated\nexport RUNPOD_API_KEY=any-key\n";
        assert_eq!(text(&scenario, 1.0), plain);
        scenario.access.keys = Some(vec!["it's $HOME".to_owned()]);
        scenario.comfyui.served = true;
        let quoted = "export RUNPOD_API_KEY='it'\\''s $HOME'\nexport COMFYUI_URL=http://127.0.0.1:9/comfyui\n\
                      export COMFYCHECK_MOCK_SPEED=60\n";
        assert!(text(&scenario, 60.0).ends_with(quoted));
    }

    #[test]
    fn a_scenario_is_a_built_in_name_or_a_file() {
        assert!(scenario::load(Path::new("healthy")).is_ok());
        let refusal = |named: &str| scenario::load(Path::new(named)).unwrap_err().render(Color::Off);
        let refusals = ["helthy", "weather", "./nothing.toml"].map(refusal);
        insta::assert_snapshot!(refusals.join("\n\n"));
    }
}
