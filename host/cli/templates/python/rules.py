"""The rules: pure functions of what the host answered."""

from comfycheck_sdk import Finding


def long_prompts(workflow, max_words):
    for node in workflow.nodes():
        text = node.text("text")
        if node.class_type != "CLIPTextEncode" or text is None:
            continue
        words = len(text.split())
        if words > max_words:
            yield Finding(
                "long-prompt",
                f"the prompt has {words} words (limit: {max_words})",
                subjects=[node.subject("text")],
                help="shorten it, or raise `max-words`",
            )
