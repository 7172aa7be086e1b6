//! The keys of the deployment. They come from the environment only.

use super::Resolve;
use crate::diagnostic::{Diagnostic, Kind};
use crate::secret::Secret;
use crate::suite::S3Keys;
use crate::suite::file::TextOrEnv;
use crate::suite::surroundings::UnsetVariables;
use crate::suite::variables::{Missing, Variable};

const KEY: &str = "RUNPOD_API_KEY";
const S3_KEYS: [&str; 2] = ["RUNPOD_S3_ACCESS_KEY", "RUNPOD_S3_SECRET_KEY"];

impl Resolve<'_, '_> {
    /// The API key. Adds it to the secrets.
    pub(super) fn key(&mut self, given: Option<TextOrEnv>) -> Option<Secret> {
        if let Some(TextOrEnv::Text(_)) = given {
            let help = "set an environment variable to it and write `key = { env = \"RUNPOD_API_KEY\" }`; revoke a key that was \
                        committed";
            self.problem("key", Diagnostic::of(Kind::Secret, "the suite contains an API key").help(help));
            return None;
        }
        let entry = self.entry(given, "key", &[KEY])?;
        self.secrets.push(entry.value.clone());
        if !is_key(&entry.value) {
            let help = format!("set `{}` to the key alone, as RunPod's console shows it", entry.name);
            let problem = wrong_character(&entry.name).help(help);
            self.problem_of(&entry, problem);
        }
        Some(entry.value)
    }

    /// Adds a problem if live requests need a key that the environment does not have.
    pub(super) fn check_key_is_set(&mut self) {
        if self.surroundings.unset == UnsetVariables::Tolerated {
            return;
        }
        let Err(missing) = self.surroundings.variables(&[KEY.to_owned()]) else { return };
        let what = format!("the endpoint needs an API key, but {}", missing.describe_briefly());
        let help = "set it to a key that can use the endpoint; without an account, run `comfycheck demo`, or add `--simulate \
                    healthy` to this command";
        self.problems.key(&[], Diagnostic::of(Kind::NotSet, what).help(help).missing());
    }

    /// The keys of volumes. Read even where no volume is named: no output shows what the environment holds.
    pub(super) fn s3_keys(&mut self, required: bool) -> Option<S3Keys> {
        const HELP: &str = "set `RUNPOD_S3_ACCESS_KEY` and `RUNPOD_S3_SECRET_KEY` to an S3 API key of RunPod's console; \
                            `RUNPOD_API_KEY` does not work here";
        let place = ["deployment", "volumes"];
        let mut missing = Missing::default();
        let mut values = Vec::new();
        for name in S3_KEYS {
            match self.first(&[name.to_owned()]) {
                Err(other) => missing.extend(other),
                Ok(Variable { name, value }) => {
                    if !is_key(&value) {
                        self.problems.key(&place, wrong_character(&name).help(HELP));
                    }
                    self.secrets.push(value.clone());
                    values.push(value);
                }
            }
        }
        if let [access, secret] = &values[..] {
            return Some(S3Keys { access: access.clone(), secret: secret.clone() });
        }
        if required && self.surroundings.unset == UnsetVariables::Refused {
            let what = format!("network volumes need an S3 key, but {}", missing.describe_briefly());
            self.problems.key(&place, Diagnostic::of(Kind::NotSet, what).help(HELP).missing());
        }
        None
    }
}

fn is_key(value: &Secret) -> bool {
    value.expose().bytes().all(|byte| byte.is_ascii_graphic())
}

fn wrong_character(name: &str) -> Diagnostic {
    Diagnostic::of(Kind::InvalidValue, format!("`{name}` contains a space or another character that no key has"))
}
