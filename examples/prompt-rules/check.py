"""What the check is, and what it asks the host."""

from comfycheck_sdk import Check, Workflow, export, readme_rules

from rules import empty_negatives, forbidden_words


class PromptRules(Check):
    name = "prompt-rules"
    summary = "prompts follow the rules of the team"
    scopes = ["deployment"]
    gates = True
    rules = readme_rules({"empty-negative": "warning", "forbidden-word": "error"})
    settings_schema = {
        "type": "object",
        "properties": {
            "forbidden": {"type": "array", "items": {"type": "string"}, "default": [], "examples": [["acme"]]}
        },
        "additionalProperties": False,
    }

    def run(self, scope, settings):
        workflow = Workflow.of_suite()
        yield from empty_negatives(workflow)
        yield from forbidden_words(workflow, settings.get("forbidden", []))


Checker = export(PromptRules())
