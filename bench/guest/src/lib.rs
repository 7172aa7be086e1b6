//! A check without findings. It repeats one action as often as its settings say, for the benchmark to time.
//!
//! The difference between an instance with `n` repetitions and one with a single one is the time of `n - 1` actions: the cost
//! of an instance is in both.

use comfycheck_check_image::decode::{Limits, decode};
use comfycheck_sdk::inventory;
use comfycheck_sdk::samples::{self, Image};
use comfycheck_sdk::{Answer, Check, Error, Manifest, Rule, Scope, Severity};
use serde::Deserialize;
use std::hint::{black_box, spin_loop};

#[derive(Debug)]
pub struct Guest;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    pub action: Action,
    /// Without effect on an action that never ends.
    pub times: u32,
}

/// What the guest repeats.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// Decodes the first image of the first sample, after reading it once.
    Decode,
    /// Calls the host for the size of that image: the smallest possible call.
    HostCalls,
    /// Reads that image in one piece.
    Read,
    /// Calls the host for the versions of ComfyUI.
    Ask,
    /// Computes forever.
    Spin,
}

impl Check for Guest {
    type Settings = Settings;

    fn manifest() -> Manifest {
        Manifest {
            name: "bench".into(),
            version: env!("CARGO_PKG_VERSION").into(),
            summary: "repeats one action".into(),
            scopes: vec![Scope::Sample],
            gates: false,
            rules: vec![Rule {
                id: "nothing".into(),
                default_severity: Severity::Note,
                summary: "finds nothing".into(),
                explanation: "Finds nothing.".into(),
            }],
            settings_schema: r#"{"type": "object", "required": ["action", "times"]}"#.into(),
        }
    }

    fn run(_: Scope, settings: Settings) -> Result<Answer, Error> {
        let times = 0..settings.times;
        match settings.action {
            Action::Decode => {
                let bytes = read(&image()?);
                for _ in times {
                    let picture = decode(black_box(&bytes), &Limits::default());
                    black_box(picture.map_err(|fault| Error::Inconclusive(format!("{fault:?}")))?);
                }
            }
            Action::HostCalls => {
                let image = image()?;
                for _ in times {
                    black_box(image.size());
                }
            }
            Action::Read => {
                let image = image()?;
                for _ in times {
                    black_box(read(&image));
                }
            }
            Action::Ask => {
                for _ in times {
                    let _ = black_box(inventory::system());
                }
            }
            Action::Spin => loop {
                spin_loop();
            },
        }
        Ok(Answer::default())
    }
}

fn image() -> Result<Image, Error> {
    samples::images(0).into_iter().next().ok_or_else(|| Error::Inconclusive("there is no image".into()))
}

fn read(image: &Image) -> Vec<u8> {
    image.read(0, u32::MAX)
}

#[cfg(feature = "component")]
comfycheck_sdk::export_check!(Guest);
