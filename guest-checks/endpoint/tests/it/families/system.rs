//! Lines of RunPod's system log.

use super::Examples;

/// Texts of RunPod's system log, which no job raises.
pub(super) const CONTAINER: &[Examples] = &[
    (
        "driver-in-image",
        &[
            "nvidia-container-cli: mount error: file creation failed: /var/lib/docker/overlay2/a/merged/usr/bin/nvidia-smi: file exists",
            "mount error: file creation failed: /merged/usr/lib/x86_64-linux-gnu/libcuda.so.1: file exists",
            "error running prestart hook: libnvidia-ml.so.1: file exists",
        ],
    ),
    (
        "start-space",
        &[
            "error starting container: Error response from daemon: error mounting \"/var/lib/docker/containers/a/resolv.conf\": no space left on device",
            "failed to create shim task: write /run/a: no space left on device",
            "error creating overlay mount to /merged: no space left on device",
        ],
    ),
    (
        "pull-tls",
        &[
            "error pulling image: Get \"https://registry.example/v2/\": x509: certificate signed by unknown authority",
            "http: server gave HTTP response to HTTPS client",
            "tls: failed to verify certificate: x509: certificate has expired or is not yet valid",
        ],
    ),
    (
        "exited-with-error",
        &[
            "worker exited with exit code 1",
            "docker: container exited with code 125 after a second",
            "the process of the start returned a non-zero code: 2",
            "worker exited with exit code 255",
        ],
    ),
    (
        "exited-not-found",
        &[
            "worker exited with exit code 127",
            "docker: container exited (127) after a second",
            "main process ended, returncode: 127",
        ],
    ),
    (
        "exited-not-executable",
        &[
            "worker exited with exit code 126",
            "docker: container exited (126) after a second",
            "main process ended, returncode: 126",
        ],
    ),
    (
        "exited-early",
        &[
            "worker exited with exit code 0",
            "docker: container exited (0) after a second",
            "main process ended, returncode: 0",
        ],
    ),
    (
        "pull-space",
        &[
            "error pulling image: write /var/lib/docker/tmp/x: no space left on device",
            "failed to register layer: write /usr/lib/a.so: no space left on device",
            "failed to extract layer sha256:1: write /b: no space left on device",
            "write /var/lib/containerd/ingest/5/data: no space left on device",
            "failed to copy: httpReadSeeker: cannot store blob: no space left on device",
        ],
    ),
    (
        "pull-access",
        &[
            "error pulling image: Error response from daemon: pull access denied for a/b, repository does not exist",
            "Head \"https://registry-1.docker.io/v2/a/b/manifests/1\": unauthorized: incorrect username or password",
            "failed to pull a/b: authorization failed: no basic auth credentials",
            "error pulling image: Error response from daemon: Head \"https://ghcr.io/v2/a/b/manifests/1\": denied",
            "unexpected status from HEAD request to https://ghcr.io/v2/a/b/manifests/1: 403 Forbidden",
            "error pulling image: Error response from daemon: error from registry: denied",
        ],
    ),
    (
        "pull-rate-limit",
        &[
            "toomanyrequests: You have reached your pull rate limit.",
            "error pulling image: 429 Too Many Requests",
            "You have reached your unauthenticated pull rate limit",
            "error pulling image: too many requests",
            "registry.example: anonymous pull rate limit exceeded for this address",
        ],
    ),
    (
        "pull-platform",
        &[
            "no matching manifest for linux/amd64 in the manifest list entries",
            "no match for platform in manifest: not found",
            "image with reference a was found but does not match the specified platform",
        ],
    ),
    (
        "pull-tag",
        &[
            "error pulling image: manifest for a/b:typo not found: manifest unknown",
            "failed to resolve reference \"docker.io/a/b:typo\": docker.io/a/b:typo: not found",
            "invalid reference format: repository name must be lowercase",
            "image pull: acme/a:v9: not found",
        ],
    ),
    (
        "pull-network",
        &[
            "error pulling image: i/o timeout",
            "error pulling image: Get \"https://registry.example/v2/\": net/http: TLS handshake timeout",
            "failed to pull a/b: dial tcp: lookup registry.example on 10.0.0.2:53: no such host",
            "error pulling image: net/http: request canceled (Client.Timeout exceeded while awaiting headers)",
            "error pulling image: received unexpected HTTP status: 503 Service Unavailable",
        ],
    ),
    (
        "pull-owner",
        &[
            "failed to pull image: failed to register layer: Container ID 78971 cannot be mapped to a host ID",
            "failed to extract layer sha256:ab: failed to Lchown \"/x\" for UID 1001, GID 1001",
            "error unpacking image: lchown /opt/a: invalid argument",
        ],
    ),
    (
        "pull-damaged",
        &[
            "failed to register layer: max depth exceeded",
            "error pulling image: filesystem layer verification failed for digest sha256:1",
            "failed commit on ref \"layer\": unexpected commit digest sha256:2",
            "failed commit on ref \"layer-sha256:1\": unexpected commit size 5674492, expected 2312958",
        ],
    ),
    (
        "pull-pending",
        &[
            "error creating container: image pull: acme/a:1: pending",
            "image pull: registry.example/acme/a:1: pending",
            "image pull: acme/a:1: still pending",
            "create container: waiting for image pull of the worker",
            "worker image acme/b is still being pulled",
        ],
    ),
    (
        "pull",
        &["error pulling image: something new", "failed to pull image a/b", "ImagePullBackOff", "No such image: a/b:1"],
    ),
    (
        "start-architecture",
        &[
            "exec /start.sh: exec format error",
            "standard_init_linux.go:228: exec user process caused: exec format error",
            "bash: /app: cannot execute binary file",
            "qemu-x86_64: Could not open '/lib64/ld-linux-x86-64.so.2'",
        ],
    ),
    (
        "start-permission",
        &[
            "OCI runtime create failed: exec: \"/start.sh\": permission denied: unknown",
            "fork/exec /start.sh: permission denied",
            "runc create failed: exec \"/a\": permission denied: unknown",
            "/bin/sh: 1: /start.sh: Permission denied",
        ],
    ),
    (
        "start-command",
        &[
            "exec: \"/start.sh\": stat /start.sh: no such file or directory",
            "exec: \"python3\": executable file not found in $PATH: unknown",
            "/start.sh: /bin/bash^M: bad interpreter: No such file or directory",
            "python: can't open file '/handler.py': [Errno 2] No such file or directory",
            "/bin/bash: /start.sh: No such file or directory",
            "/start.sh: line 3: python3: command not found",
            "chdir to cwd (\"/app\") set in config.json failed: no such file or directory",
        ],
    ),
    (
        "start",
        &[
            "error starting container: something new",
            "failed to create task for container: it broke",
            "OCI runtime create failed: mount is missing",
        ],
    ),
    ("pull-progress", &["a1b2 Pulling fs layer", "a1b2 Pull complete", "a1b2 Extracting 12 GB"]),
    (
        "start-storage",
        &[
            "runc create failed: unable to start container process: error mounting \"/runpod-volume\": stale NFS file handle",
            "error mounting \"/workspace\" to rootfs: input/output error",
            "failed to create shim task: error mounting the volume at /b: transport endpoint is not connected: unknown",
        ],
    ),
];
