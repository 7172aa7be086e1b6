"""RunPod's own SDK as a client of `comfycheck mock`, synchronous and asynchronous.

The environment names the endpoint, as `comfycheck mock` prints it. With the argument `queue`, the endpoint is one without workers. With `media`, jobs have input files, and save video, audio and 3D. Fails at the first thing that is not as RunPod does it.
"""

import asyncio
import base64
import json
import os
import sys
from importlib.metadata import version

import runpod
from runpod import AsyncioEndpoint, AsyncioJob, Endpoint

FIXTURES = os.path.join(os.path.dirname(__file__), "../fixtures")


def fixture(path):
    with open(os.path.join(FIXTURES, path), "rb") as file:
        return file.read()


WORKFLOW = json.loads(fixture("workflows/denrisi.json"))


def expect(what, found, good):
    if not good:
        sys.exit(f"{what}: {found!r}")
    print(f"ok  {what}")


def counts(health):
    return {"workers", "jobs"} <= set(health) and isinstance(health["jobs"]["inQueue"], int)


def synchronous(endpoint):
    health = endpoint.health(timeout=10)
    expect("health counts workers and jobs", health, counts(health))
    job = endpoint.run({"workflow": WORKFLOW})
    expect("run makes a job", job.job_id, bool(job.job_id))
    expect("a new job has a status", job.status(), job.status() in {"IN_QUEUE", "IN_PROGRESS", "COMPLETED"})
    output = job.output(timeout=60)
    expect("a job ends with images", output, bool(output["images"][0]["data"]))
    expect("and is completed", job.status(), job.status() == "COMPLETED")
    output = endpoint.run_sync({"workflow": WORKFLOW}, timeout=60)
    expect("run_sync waits for the images", output, bool(output["images"][0]["data"]))


def queue(endpoint):
    jobs = [endpoint.run({"workflow": WORKFLOW}) for _ in range(3)]
    cancelled = jobs[0].cancel(timeout=10)
    expect("a job that waits can be cancelled", cancelled, cancelled["status"] == "CANCELLED")
    purged = endpoint.purge_queue(timeout=10)
    expect("purge_queue empties the queue", purged, purged["removed"] == 2)


def image(name):
    return {"name": name, "image": "data:image/png;base64," + base64.b64encode(fixture(f"media/{name}")).decode()}


def media(endpoint):
    job = endpoint.run({"workflow": json.loads(fixture("workflows/video.json"))})
    output = job.output(timeout=60)["images"]
    expect("SaveVideo's file is in `images`", output[0]["filename"], output[0]["filename"] == "boat_00001_.mp4")
    start = base64.b64decode(output[0]["data"])[4:8]
    expect("and is MP4", start, start == b"ftyp")
    images = [image("photo.png"), image("style.png")]
    for name, sent in [("audio", []), ("model", images[:1])]:
        workflow = json.loads(fixture(f"workflows/{name}.json"))
        output = endpoint.run_sync({"workflow": workflow, "images": sent}, timeout=60)
        expect(f"a file of {name} is dropped", output, output == {"status": "success_no_images", "images": []})
    edit = json.loads(fixture("workflows/edit.json"))["input"]
    job = endpoint.run({**edit, "images": images, "unknown": 1})
    expect("two images are sent", job.output(timeout=60), job.status() == "COMPLETED")
    cat = {"1": {"class_type": "LoadImage", "inputs": {"image": "cat.png"}}, "2": {"class_type": "SaveImage", "inputs": {"images": ["1", 0]}}}
    job = endpoint.run({"workflow": cat})
    job.output(timeout=60)
    expect("a file that is not sent is refused", job.status(), job.status() == "FAILED")
    url = {"name": "u.png", "image": "https://example.com/a.png"}
    job = endpoint.run({**edit, "images": [url]})
    job.output(timeout=60)
    expect("a URL is refused", job.status(), job.status() == "FAILED")


async def asynchronous(endpoint_id):
    import aiohttp

    async with aiohttp.ClientSession() as session:
        endpoint = AsyncioEndpoint(endpoint_id, session)
        health = await endpoint.health()
        expect("asyncio: health counts workers and jobs", health, counts(health))
        job: AsyncioJob = await endpoint.run({"workflow": WORKFLOW})
        output = await job.output(timeout=60)
        expect("asyncio: a job ends with images", output, bool(output["images"][0]["data"]))


async def asynchronous_queue(endpoint_id):
    import aiohttp

    async with aiohttp.ClientSession() as session:
        job = await AsyncioEndpoint(endpoint_id, session).run({"workflow": WORKFLOW})
        cancelled = await job.cancel()
        expect("asyncio: a job that waits can be cancelled", cancelled, cancelled["status"] == "CANCELLED")


if __name__ == "__main__":
    runpod.api_key = os.environ["RUNPOD_API_KEY"]
    print(f"runpod {version('runpod')} against {os.environ['RUNPOD_ENDPOINT_BASE_URL']}")
    endpoint_id = os.environ["RUNPOD_ENDPOINT_ID"]
    if sys.argv[1:] == ["queue"]:
        queue(Endpoint(endpoint_id))
        asyncio.run(asynchronous_queue(endpoint_id))
    elif sys.argv[1:] == ["media"]:
        media(Endpoint(endpoint_id))
    else:
        synchronous(Endpoint(endpoint_id))
        asyncio.run(asynchronous(endpoint_id))
