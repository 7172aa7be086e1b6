//! A check that finds nothing: it does one thing as often as its settings say, so that the benchmark can time it.
//!
//! Done `n` times and once, each in an instance of its own, it costs `n - 1` times the thing itself in between: what an
//! instance costs besides is in both.

use comfycheck_check_image::decode::{Limits, decode};
use comfycheck_sdk::inventory;
use comfycheck_sdk::samples::{self, Image};
use comfycheck_sdk::{Answer, Check, Error, Manifest, Rule, Scope, Severity};
use serde::Deserialize;
use std::hint::{black_box, spin_loop};

/// The check.
#[derive(Debug)]
pub struct Guest;

/// What is done, and how often.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// What is done.
    pub what: What,
    /// How often; of no meaning to what never ends.
    pub times: u32,
}

/// What can be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum What {
    /// Decodes the first image of the first sample, which is read once.
    Decode,
    /// Asks how large that image is: the least that a call of the host can be.
    HostCalls,
    /// Reads that image, all of it at once.
    Read,
    /// Asks ComfyUI what it is.
    Ask,
    /// Computes for ever.
    Spin,
}

impl Check for Guest {
    type Settings = Settings;

    fn manifest() -> Manifest {
        Manifest {
            name: "bench".into(),
            version: env!("CARGO_PKG_VERSION").into(),
            summary: "does one thing many times".into(),
            scopes: vec![Scope::Sample],
            gates: false,
            rules: vec![Rule {
                id: "nothing".into(),
                default_severity: Severity::Note,
                summary: "finds nothing".into(),
                explanation: "Finds nothing.".into(),
            }],
            settings_schema: r#"{"type": "object", "required": ["what", "times"]}"#.into(),
        }
    }

    fn run(_: Scope, settings: Settings) -> Result<Answer, Error> {
        let times = 0..settings.times;
        match settings.what {
            What::Decode => {
                let bytes = read(&image()?);
                for _ in times {
                    let picture = decode(black_box(&bytes), &Limits::default());
                    black_box(picture.map_err(|fault| Error::Inconclusive(format!("{fault:?}")))?);
                }
            }
            What::HostCalls => {
                let image = image()?;
                for _ in times {
                    black_box(image.size());
                }
            }
            What::Read => {
                let image = image()?;
                for _ in times {
                    black_box(read(&image));
                }
            }
            What::Ask => {
                for _ in times {
                    let _ = black_box(inventory::system());
                }
            }
            What::Spin => loop {
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
