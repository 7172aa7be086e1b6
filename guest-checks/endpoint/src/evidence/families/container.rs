//! The image and the container, as RunPod's system log reports them.

use crate::evidence::family::{Family, Weight};
use crate::help;

/// The rule of images that cannot be pulled.
pub(crate) const UNPULLABLE: &str = "unpullable-image";
/// The rule of containers that cannot start.
pub(crate) const NOT_STARTED: &str = "container-not-started";

pub(super) const CONTAINER: &[Family] = &[
    Family {
        name: "pull-space",
        rule: UNPULLABLE,
        meaning: "the container disk is too small for the image",
        help: "enlarge the endpoint's container disk, or make the image smaller",
        marks: &[
            "pull * no space left on device",
            "register layer * no space left on device",
            "extract layer * no space left on device",
            "/docker/ * no space left on device",
            "/containerd/ * no space left on device",
        ],
        weight: Weight::Cause,
        source: "Docker, containerd",
    },
    Family {
        name: "pull-access",
        rule: UNPULLABLE,
        meaning: "the registry refuses access to the image",
        help: "correct the image's name, or give the endpoint registry credentials that can read a private image",
        marks: &[
            "pull access denied",
            "incorrect username or password",
            "unauthorized: authentication required",
            "no basic auth credentials",
            "requested access to the resource is denied",
            "insufficient_scope",
            "failed to fetch oauth token",
            "failed to fetch anonymous token",
            "pull * 401 Unauthorized",
            "pull * 403 Forbidden",
            "pull * unauthorized",
            "pull * denied:",
        ],
        weight: Weight::Cause,
        source: "Docker, containerd, registries",
    },
    Family {
        name: "pull-rate-limit",
        rule: UNPULLABLE,
        meaning: "the registry limits pulls",
        help: "give the endpoint registry credentials: registries allow more pulls with a login",
        marks: &["toomanyrequests", "reached your * pull rate limit", "pull * 429 Too Many Requests"],
        weight: Weight::Cause,
        source: "Docker Hub",
    },
    Family {
        name: "pull-platform",
        rule: UNPULLABLE,
        meaning: "the image has no build for the host's platform",
        help: "build the image for `linux/amd64`: `docker build --platform linux/amd64`",
        marks: &[
            "no matching manifest for",
            "no match for platform in manifest",
            "does not match the specified platform",
            "cannot be used on this platform",
        ],
        weight: Weight::Cause,
        source: "Docker, containerd",
    },
    Family {
        name: "pull-tag",
        rule: UNPULLABLE,
        meaning: "the image or its tag does not exist",
        help: "correct the image's name and tag in the endpoint's settings, or push the image",
        marks: &[
            "manifest unknown",
            "manifest for * not found",
            "manifest not found",
            "failed to resolve reference * not found",
            "repository * not found",
            "name unknown",
            "repository does not exist",
            "invalid reference format",
            "pull * not found",
        ],
        weight: Weight::Cause,
        source: "Docker, containerd, registries",
    },
    Family {
        name: "start-architecture",
        rule: NOT_STARTED,
        meaning: "the image was built for another processor",
        help: "build the image for `linux/amd64`: `docker build --platform linux/amd64`; or give the start script a `#!` line",
        marks: &["exec format error", "ENOEXEC", "cannot execute binary file"],
        weight: Weight::Cause,
        source: "Linux, Bash",
    },
    Family {
        name: "start-permission",
        rule: NOT_STARTED,
        meaning: "the image's start command is not executable",
        help: "set the file's permission in the image: `RUN chmod +x /start.sh`",
        marks: &["exec: * permission denied", "exec * permission denied: unknown", "fork/exec * permission denied"],
        weight: Weight::Cause,
        source: "runc, Docker",
    },
    Family {
        name: "start-command",
        rule: NOT_STARTED,
        meaning: "the image's start command does not exist",
        help: "correct the image's entrypoint or the endpoint's start command; a script with Windows line ends fails so, too",
        marks: &[
            "exec: * no such file or directory",
            "exec: * not found in $PATH",
            "exec * no such file or directory: unknown",
            "start.sh: not found",
            "bad interpreter",
            "no command specified",
        ],
        weight: Weight::Cause,
        source: "runc, Docker, Bash",
    },
];

/// What remains if the line names no cause.
pub(super) const WITHOUT_CAUSE: &[Family] = &[
    Family {
        name: "pull",
        rule: UNPULLABLE,
        meaning: "the pull of the image failed",
        help: "pull the image on another machine, and look at the state of the registry",
        marks: &["error pulling image", "failed to pull", "error pulling", "ErrImagePull", "ImagePullBackOff"],
        weight: Weight::Cause,
        source: "RunPod, containerd, Kubernetes",
    },
    Family {
        name: "start",
        rule: NOT_STARTED,
        meaning: "the container runtime cannot start the container",
        help: "fix what the container runtime reports: the image, its start command, or the GPU options",
        marks: &[
            "error starting container",
            "failed to start container",
            "error creating container",
            "failed to create task for container",
            "failed to create shim task",
            "OCI runtime create failed",
            "runc create failed",
            "unable to start container process",
        ],
        weight: Weight::Cause,
        source: "RunPod, Docker, containerd, runc",
    },
    Family {
        name: "pull-progress",
        rule: "stuck-initializing",
        meaning: "the image is being pulled",
        help: help::INITIALIZING,
        marks: &["Pulling", "Pull complete", "Extracting", "Download complete", "pull"],
        weight: Weight::Consequence,
        source: "RunPod, Docker",
    },
];
