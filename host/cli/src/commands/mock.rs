//! `comfycheck mock`: a simulated endpoint over HTTP for any client, or a list of the scenarios.

use crate::args::MockArguments;
use crate::failure::{Failure, chain};
use crate::scenario;
use crate::signal;
use crate::terminal::Terminal;
use comfycheck_core::diagnostic::{Diagnostic, inert};
use comfycheck_core::report::ExitCode;
use comfycheck_simulator::Simulator;
use comfycheck_simulator::scenario::{BUNDLED, Scenario, bundled};
use comfycheck_simulator::server::serve;
use std::fmt::Write;
use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use tokio::net::TcpListener;

/// Serves a scenario until it is interrupted. Without a scenario, lists them.
pub(crate) fn mock(arguments: &MockArguments, terminal: Terminal) -> Result<ExitCode, Failure> {
    let MockArguments { scenario: named, listen, speed } = arguments;
    let Some(named) = named else {
        terminal.print(&scenarios())?;
        return Ok(ExitCode::Passed);
    };
    if !listen.ip().is_loopback() {
        let what = format!("`{listen}` is reachable from other machines");
        return Err(Diagnostic::new(what).help("use a loopback address, such as `127.0.0.1:8100`").into());
    }
    let scenario = scenario::load(named)?;
    let tokio = super::tokio()?;
    tokio.block_on(async {
        let refused = |error| cannot_listen(*listen, &error);
        let listener = TcpListener::bind(listen).await.map_err(refused)?;
        let address = listener.local_addr().map_err(refused)?;
        terminal.print(&variables(&scenario, address))?;
        let about = if scenario.about.is_empty() { "a scenario" } else { &scenario.about };
        terminal.say(format!("serving {}: {}; stop with Ctrl-C", inert(&named.display().to_string()), inert(about)));
        let ended = async {
            signal::next().await;
        };
        serve(listener, Simulator::new(scenario), *speed, ended)
            .await
            .map_err(|error| Failure::machine("cannot serve", &error))
    })?;
    Ok(ExitCode::Passed)
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

/// The built-in scenarios, each with what happens in it.
fn scenarios() -> String {
    let width = BUNDLED.iter().map(|(name, _)| name.len()).max().unwrap_or_default();
    let about = |name| bundled(name).map(|scenario| scenario.about).unwrap_or_default();
    let lines: Vec<_> = BUNDLED.iter().map(|(name, _)| format!("  {name:width$}  {}", inert(&about(name)))).collect();
    let lines = lines.join("\n");
    format!(
        "Scenarios:\n{lines}\n\nServe one:   comfycheck mock SCENARIO\nRun on one:  comfycheck run --simulate SCENARIO\n"
    )
}

/// The environment variables that point comfycheck and RunPod's SDK to the endpoint.
fn variables(scenario: &Scenario, address: SocketAddr) -> String {
    let key = scenario.access.keys.as_ref().and_then(|keys| keys.first()).map_or("any-key", String::as_str);
    let mut text = format!(
        "export RUNPOD_ENDPOINT_BASE_URL=http://{address}/v2\nexport RUNPOD_ENDPOINT_ID={}\nexport RUNPOD_API_KEY={}\n",
        quoted(scenario.endpoint_id()),
        quoted(key),
    );
    if scenario.comfyui.served {
        // Writing to a string does not fail.
        let _ = writeln!(text, "export COMFYUI_URL=http://{address}/comfyui");
    }
    if !scenario.volumes.is_empty() {
        // There is no variable for it: a suite sets the `address` of a volume.
        let _ = writeln!(text, "# network volumes: S3 requests with any key, at http://{address}/s3");
    }
    text
}

/// A word quoted for a shell.
fn quoted(word: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    if !word.is_empty() && word.bytes().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    #[test]
    fn a_shell_reads_back_what_is_printed() {
        let mut scenario = Scenario::default();
        let address: SocketAddr = "127.0.0.1:9".parse().unwrap();
        let plain = "export RUNPOD_ENDPOINT_BASE_URL=http://127.0.0.1:9/v2\nexport RUNPOD_ENDPOINT_ID=simulated\n\
                     export RUNPOD_API_KEY=any-key\n";
        assert_eq!(variables(&scenario, address), plain);
        scenario.access.keys = Some(vec!["it's $HOME".to_owned()]);
        scenario.comfyui.served = true;
        let quoted = "export RUNPOD_API_KEY='it'\\''s $HOME'\nexport COMFYUI_URL=http://127.0.0.1:9/comfyui\n";
        assert!(variables(&scenario, address).ends_with(quoted));
    }

    #[test]
    fn a_scenario_is_a_built_in_name_or_a_file() {
        assert!(scenario::load(Path::new("healthy")).is_ok());
        let refusal =
            |named: &str| scenario::load(Path::new(named)).unwrap_err().render(Terminal::new(crate::args::When::Never));
        let refusals = ["helthy", "weather", "./nothing.toml"].map(refusal);
        insta::assert_snapshot!(refusals.join("\n\n"));
    }
}
