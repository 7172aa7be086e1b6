//! How the start command of the image ended, as RunPod's system log reports it.

use crate::evidence::family::{Family, Weight};

/// The rule of containers that start and end again.
pub(crate) const CRASHED: &str = "crash-loop";

/// A line of the container says more. 143 is how RunPod ends a worker that is not needed.
pub(super) const EXITS: &[Family] = &[
    Family {
        name: "exited-not-found",
        rule: CRASHED,
        meaning: "the start command of the image, or the last command of its script, does not exist",
        help: "correct the command in the image's start script, or install the program: code 127 means `command not found`",
        marks: &[],
        exits: &[127],
        weight: Weight::Caught,
        source: "RunPod, Docker, Bash",
    },
    Family {
        name: "exited-not-executable",
        rule: CRASHED,
        meaning: "the start command of the image, or the last command of its script, is not executable",
        help: "set the file's permission in the image, such as `RUN chmod +x /start.sh`, and build it for `linux/amd64`: code 126 \
               means that the file cannot be executed",
        marks: &[],
        exits: &[126],
        weight: Weight::Caught,
        source: "RunPod, Docker, Bash",
    },
    Family {
        name: "exited-with-error",
        rule: CRASHED,
        meaning: "the start command of the image ended with an error",
        help: "run the image on another machine, and read what its start command prints",
        marks: &[],
        exits: &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 64, 100, 101, 125, 255],
        weight: Weight::Caught,
        source: "RunPod, Docker",
    },
    Family {
        name: "exited-early",
        rule: CRASHED,
        meaning: "the start command of the image ended without an error",
        help: "end the image's start script with the handler in the foreground, such as `exec python -u /handler.py`: the worker \
               stops with the script",
        marks: &[],
        exits: &[0],
        weight: Weight::Consequence,
        source: "RunPod, Docker",
    },
];
