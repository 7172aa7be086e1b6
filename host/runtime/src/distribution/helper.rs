//! Docker's credential helpers: programs that print the login of a registry.
//!
//! Protocol: `docker-credential-NAME get` reads the registry from its standard input and prints JSON. Source: the README of
//! `docker/docker-credential-helpers`.

use super::credentials::Login;
use comfycheck_core::secret::Secret;
use serde::Deserialize;
use std::io::{Read, Write};
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

/// The most time for an answer. A helper can ask the user for a password.
const TIME: Duration = Duration::from_mins(1);
/// The largest answer, in bytes.
const LARGEST: u64 = 64 << 10;
/// The user name that marks an identity token.
const TOKEN: &str = "<token>";

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Answer {
    username: String,
    secret: String,
}

/// The login that a helper has. None if it has none, is not installed or does not answer.
pub(super) fn login(helper: &str, registry: &str) -> Option<Login> {
    // The name comes from a file, and becomes the name of a program in `PATH`.
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    if helper.is_empty() || !helper.bytes().all(is_name) {
        return None;
    }
    let mut child = Command::new(format!("docker-credential-{helper}"))
        .arg("get")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .ok()?;
    // Dropping it ends the input.
    let _ = child.stdin.take()?.write_all(registry.as_bytes());
    let stdout = child.stdout.take()?;
    let (sender, answer) = mpsc::channel();
    thread::spawn(move || {
        let mut bytes = Vec::new();
        let read = stdout.take(LARGEST).read_to_end(&mut bytes);
        // The receiver may have given up.
        let _ = sender.send(read.map(|_| bytes));
    });
    let bytes = answer.recv_timeout(TIME);
    // It has answered, or takes too long.
    let _ = child.kill();
    let _ = child.wait();
    let answer: Answer = serde_json::from_slice(&bytes.ok()?.ok()?).ok()?;
    let secret = Secret::new(answer.secret);
    Some(if answer.username == TOKEN {
        Login::Identity(secret)
    } else {
        Login::Basic { user: answer.username, password: secret }
    })
}
