"""A handler as a worker has one, for the test server of RunPod's SDK: it answers a workflow with an image of its size.

HANDLER says how it behaves: `good`, `raises`, or `foreign` for one that does not know workflows.
"""

import base64
import os
import random
import struct
import zlib

import runpod


def png(width, height, seed):
    """A picture that is neither black nor of one colour."""
    chance = random.Random(seed)
    tile = [bytes(chance.randrange(256) for _ in range(3 * 64)) for _ in range(64)]
    rows = b"".join(b"\0" + (tile[y % 64] * (width // 64 + 1))[: 3 * width] for y in range(height))

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def size(workflow):
    """The size that the workflow asks for."""
    for node in workflow.values():
        inputs = node.get("inputs", {})
        if isinstance(inputs.get("width"), int) and isinstance(inputs.get("height"), int):
            return inputs["width"], inputs["height"]
    return 512, 512


def seed(workflow):
    return [node["inputs"][name] for node in workflow.values() for name in ("seed", "noise_seed") if name in node.get("inputs", {})]


def handler(job):
    behaviour = os.environ.get("HANDLER", "good")
    if behaviour == "raises":
        raise RuntimeError("this handler always fails")
    if behaviour == "foreign":
        return {"text": job["input"]["prompt"]}
    workflow = job["input"]["workflow"]
    picture = png(*size(workflow), str(seed(workflow)))
    return {"images": [{"filename": "e2e_00001_.png", "type": "base64", "data": base64.b64encode(picture).decode()}]}


if __name__ == "__main__":
    runpod.serverless.start({"handler": handler})
