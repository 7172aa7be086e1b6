//! The arguments of `comfycheck wait-rollout`.

use super::candidates::{scenarios, suites};
use super::heading;
use clap::{Args, ValueHint};
use clap_complete::ArgValueCompleter;
use jiff::SignedDuration;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

#[derive(Debug, Args)]
pub(crate) struct WaitRolloutArguments {
    /// The suite that names the endpoint [default: comfycheck.toml]
    #[arg(value_name = "SUITE", add = ArgValueCompleter::new(suites))]
    pub(crate) suite: Option<PathBuf>,

    /// The id of the RunPod endpoint, instead of the suite's
    #[arg(long, value_name = "ID", help_heading = heading::SOURCE)]
    pub(crate) endpoint: Option<String>,

    /// The release to wait for: RunPod's version number, or `latest`
    #[arg(long, value_name = "VERSION", default_value = "latest")]
    pub(crate) release: Release,

    /// Also wait until the endpoint is configured with this image
    #[arg(long, value_name = "IMAGE", value_parser = image)]
    pub(crate) image: Option<String>,

    /// The longest wait, such as `90s`, `15m` or `1h 30m`. At most a day
    #[arg(long, value_name = "TIME", default_value = "15m", allow_negative_numbers = true)]
    pub(crate) timeout: Timeout,

    /// Replay this cassette instead of using the network
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath, help_heading = heading::SOURCE)]
    pub(crate) replay: Option<PathBuf>,

    /// Use a simulated endpoint: a built-in scenario or a file
    #[arg(
        long,
        value_name = "SCENARIO",
        conflicts_with = "replay",
        add = ArgValueCompleter::new(scenarios),
        help_heading = heading::SOURCE
    )]
    pub(crate) simulate: Option<PathBuf>,
}

/// A release of an endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Release {
    /// The newest.
    Latest,
    /// Of this number.
    Version(u32),
}

impl FromStr for Release {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match (text, text.parse()) {
            ("latest", _) => Ok(Self::Latest),
            (_, Ok(0)) => Err("releases are counted from 1".to_owned()),
            (_, Ok(version)) => Ok(Self::Version(version)),
            (_, Err(_)) => Err("a release is a number, or `latest`".to_owned()),
        }
    }
}

/// An image, without the blanks around it that a script may leave.
fn image(text: &str) -> Result<String, String> {
    match text.trim() {
        "" => Err("an image has a name; leave the option out to wait for any".to_owned()),
        image => Ok(image.to_owned()),
    }
}

/// How long to wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Timeout(pub(crate) Duration);

impl FromStr for Timeout {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        const LONGEST: Duration = Duration::from_hours(24);
        let parsed = text.parse::<SignedDuration>().ok().and_then(|duration| Duration::try_from(duration).ok());
        match parsed {
            Some(duration) if duration <= LONGEST => Ok(Self(duration)),
            Some(_) => Err("the longest wait is a day".to_owned()),
            None => Err("a time has a unit: `90s`, `15m`, `1h 30m`".to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_release_is_a_number_or_latest() {
        for (text, expected) in [
            ("latest", Ok(Release::Latest)),
            ("4", Ok(Release::Version(4))),
            ("0", Err("releases are counted from 1".to_owned())),
            ("v4", Err("a release is a number, or `latest`".to_owned())),
            ("-1", Err("a release is a number, or `latest`".to_owned())),
        ] {
            assert_eq!(text.parse::<Release>(), expected, "{text}");
        }
    }

    #[test]
    fn an_image_has_a_name_and_no_blanks_around_it() {
        assert_eq!(image(" a/b:1 \n"), Ok("a/b:1".to_owned()));
        for blank in ["", " \t"] {
            assert!(image(blank).is_err());
        }
    }

    #[test]
    fn a_timeout_has_a_unit() {
        for (text, expected) in [
            ("90s", Ok(90)),
            ("15m", Ok(900)),
            ("1h 30m", Ok(5400)),
            ("0s", Ok(0)),
            ("15", Err("a time has a unit: `90s`, `15m`, `1h 30m`")),
            ("-5m", Err("a time has a unit: `90s`, `15m`, `1h 30m`")),
            ("soon", Err("a time has a unit: `90s`, `15m`, `1h 30m`")),
            ("25h", Err("the longest wait is a day")),
        ] {
            let expected = expected.map(|seconds| Timeout(Duration::from_secs(seconds))).map_err(str::to_owned);
            assert_eq!(text.parse::<Timeout>(), expected, "{text}");
        }
    }
}
