//! The time of this machine.

use crate::failure::Failure;
use comfycheck_core::diagnostic::Diagnostic;
use jiff::Timestamp;
use std::time::SystemTime;

/// The present. A clock beyond the years that dates can have is an error of this machine.
pub(crate) fn now() -> Result<Timestamp, Failure> {
    at(SystemTime::now())
}

fn at(time: SystemTime) -> Result<Timestamp, Failure> {
    Timestamp::try_from(time).map_err(|error| {
        let help = "set the clock of this machine";
        Failure::Machine(Diagnostic::new(format!("the clock of this machine is wrong: {error}")).help(help).into())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::{Duration, UNIX_EPOCH};

    #[test]
    fn a_clock_beyond_all_dates_is_an_error_of_this_machine() {
        assert!(at(UNIX_EPOCH).is_ok());
        let far = UNIX_EPOCH + Duration::from_hours(24 * 366 * 9_000);
        assert!(matches!(at(far), Err(Failure::Machine(_))));
    }
}
