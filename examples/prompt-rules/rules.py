"""The rules: pure functions of what the host answered."""

import re

from comfycheck_sdk import Finding


def empty_negatives(workflow):
    nodes = {node.id: node for node in workflow.nodes()}
    for node in nodes.values():
        link = node.inputs.get("negative")
        if node.class_type != "KSampler" or not isinstance(link, list):
            continue
        source = nodes.get(link[0])
        text = source and source.text("text")
        if text is not None and not text.strip():
            yield Finding(
                "empty-negative",
                "the negative prompt is empty",
                subjects=[source.subject("text"), node.subject("negative")],
                help="write a negative prompt",
            )


def forbidden_words(workflow, forbidden):
    wanted = {word.lower() for word in forbidden}
    for node in workflow.nodes():
        text = node.text("text")
        if node.class_type != "CLIPTextEncode" or text is None:
            continue
        for word in sorted(wanted & set(re.findall(r"\w+", text.lower()))):
            yield Finding(
                "forbidden-word",
                f"the prompt has the word `{word}`",
                subjects=[node.subject("text")],
                help="remove the word",
            )
