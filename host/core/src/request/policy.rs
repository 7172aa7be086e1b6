//! RunPod's policy of a job.

use serde_json::{Map, Value};
use std::ops::RangeInclusive;
use std::time::Duration;

/// The execution timeouts and times to live that RunPod takes, in seconds
/// (<https://docs.runpod.io/serverless/endpoints/send-requests>).
pub const EXECUTION_TIMEOUT_S: RangeInclusive<u32> = 5..=LONGEST_S;
pub const TTL_S: RangeInclusive<u32> = 10..=LONGEST_S;
/// Seven days.
const LONGEST_S: u32 = 7 * 24 * 60 * 60;

/// How RunPod treats a job. None: RunPod's default.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Policy {
    /// How long the job can run.
    pub execution_timeout: Option<Duration>,
    /// How long RunPod keeps the job after its submission, running or not.
    pub ttl: Option<Duration>,
    /// Whether the job does not start a worker.
    pub low_priority: Option<bool>,
}

impl Policy {
    /// The `policy` of a request. Keys that RunPod does not know are left out.
    pub fn of_request(policy: &Value) -> Self {
        let millis = |name: &str| policy[name].as_u64().map(Duration::from_millis);
        Self {
            execution_timeout: millis("executionTimeout"),
            ttl: millis("ttl"),
            low_priority: policy["lowPriority"].as_bool(),
        }
    }

    /// The values here, and those of another policy where there are none.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self {
            execution_timeout: self.execution_timeout.or(other.execution_timeout),
            ttl: self.ttl.or(other.ttl),
            low_priority: self.low_priority.or(other.low_priority),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// As RunPod takes it, in milliseconds.
    pub(super) fn to_json(self) -> Value {
        let millis = |time: Duration| Value::from(u64::try_from(time.as_millis()).unwrap_or(u64::MAX));
        let members = [
            ("executionTimeout", self.execution_timeout.map(millis)),
            ("ttl", self.ttl.map(millis)),
            ("lowPriority", self.low_priority.map(Value::from)),
        ];
        members.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect::<Map<_, _>>().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_policy_is_read_and_written_as_runpod_takes_it() {
        let json = json!({"executionTimeout": 900_000, "ttl": 3_600_000, "lowPriority": false});
        let policy = Policy::of_request(&json);
        assert_eq!(policy.ttl, Some(Duration::from_hours(1)));
        assert_eq!(policy.to_json(), json);
        let lenient = Policy::of_request(&json!({"ttl": "x", "executionTimeout": -1, "more": 1}));
        assert!(lenient.is_empty());
        assert!(Policy::of_request(&Value::Null).is_empty());
    }
}
