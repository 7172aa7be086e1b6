"""The rules: pure functions of what the host answered."""

import json

from comfycheck_sdk import Finding, Measurement, OpenQuestion


def busy(status, body, most):
    try:
        queue = json.loads(body)
        running, waiting = len(queue["queue_running"]), len(queue["queue_pending"])
    except (ValueError, KeyError, TypeError):
        return [OpenQuestion("busy-server", f"unexpected response to `/queue`: status {status}, {len(body)} bytes")]
    if running + waiting <= most:
        return []
    return [
        Finding(
            "busy-server",
            f"other workflows use the server: {running} running, {waiting} waiting",
            measurement=Measurement(running + waiting, "1", ("at-most", most)),
            help="wait until the queue of the server is empty",
        )
    ]
