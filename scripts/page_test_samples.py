"""Prints a stored report with the samples of another one, repeated to a number.

Costs are left out: the summary of a report must be the sum of its samples.
"""

import json
import sys

path, number = sys.argv[1], int(sys.argv[2])
with open(path, encoding="utf-8") as file:
    report = json.load(file)
given = report["samples"]
samples = []
for index in range(number):
    sample = dict(given[index % len(given)], index=index)
    sample.pop("cost", None)
    for time in ("execution-ms", "delay-ms"):
        if time in sample:
            sample[time] += index * 37 % 900
    samples.append(sample)
report["samples"] = samples
report["summary"].update(samples=number, succeeded=sum(sample["ending"] == "succeeded" for sample in samples))
report["summary"].pop("cost", None)
for job in report.get("dry-run", []):
    job.pop("cost", None)
print(json.dumps(report))
