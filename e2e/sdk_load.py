"""RunPod's SDK, asyncio, with many jobs in flight at once: prints what that cost, as comfycheck's benchmark reads it.

It submits all jobs, looks at each as often as comfycheck does (an eighth of its age, between half a second and 5 s), with no
more requests at once than comfycheck sends (200), and keeps the digests of the images, as `comfycheck bench` does.
"""

import asyncio
import base64
import hashlib
import json
import os
import resource
import sys
import time

import aiohttp
import runpod
from runpod import AsyncioEndpoint

with open(os.path.join(os.path.dirname(__file__), "../fixtures/workflows/denrisi.json"), encoding="utf-8") as file:
    WORKFLOW = json.load(file)
for node in WORKFLOW.values():
    # What is measured is the handling of jobs, not of pixels.
    node["inputs"].update({side: 64 for side in ("width", "height") if isinstance(node["inputs"].get(side), int)})


def rss():
    with open("/proc/self/status", encoding="ascii") as lines:
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmRSS:"))


def peak():
    with open("/proc/self/status", encoding="ascii") as lines:
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:"))


def cpu():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def with_seed(seed):
    """ComfyUI answers what it has seen from its cache."""
    return {
        key: {**node, "inputs": {**node["inputs"], "seed": seed}} if "seed" in node["inputs"] else node
        for key, node in WORKFLOW.items()
    }


async def take(endpoint, seed, gate, kept, late):
    async with gate:
        began = time.monotonic()
        job = await endpoint.run({"workflow": with_seed(seed)})
    age_from = began
    running = False
    while True:
        await asyncio.sleep(min(max((time.monotonic() - age_from) / 8, 0.5), 5.0))
        async with gate:
            # What the SDK's own `status` asks, with all that is answered.
            seen = await job._fetch_job()
        if seen["status"] == "IN_PROGRESS" and not running:
            running, age_from = True, time.monotonic()
        if seen["status"] == "COMPLETED":
            break
    late.append(time.monotonic() - began - (seen["delayTime"] + seen["executionTime"]) / 1000)
    images = seen["output"]["images"]
    kept.append([hashlib.sha256(base64.b64decode(image["data"])).hexdigest() for image in images])


async def main(jobs):
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector) as session:
        endpoint = AsyncioEndpoint("simulated", session)
        gate, kept, late = asyncio.Semaphore(200), [], []
        before, memory = cpu(), rss()
        await asyncio.gather(*(take(endpoint, seed, gate, kept, late) for seed in range(jobs)))
        late.sort()
        at = lambda share: late[round((len(late) - 1) * share)]
        print(json.dumps({
            "succeeded": len(kept), "cpu_s": cpu() - before, "memory": peak() - memory,
            "late_median_s": at(0.5), "late_p99_s": at(0.99),
        }))


if __name__ == "__main__":
    runpod.api_key = "any-key"
    asyncio.run(main(int(sys.argv[1])))
