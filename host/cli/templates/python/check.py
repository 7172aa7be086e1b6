"""What the check is, and what it asks the host."""

from comfycheck_sdk import Check, Workflow, export, readme_rules

from rules import long_prompts


class Prompts(Check):
    name = "{{name}}"
    summary = "prompts are short"
    scopes = ["deployment"]
    rules = readme_rules({"long-prompt": "warning"})
    settings_schema = {
        "type": "object",
        "properties": {"max-words": {"type": "integer", "minimum": 1, "default": 60, "examples": [8]}},
        "additionalProperties": False,
    }

    def run(self, scope, settings):
        print("checking the prompts")
        return long_prompts(Workflow.of_suite(), settings.get("max-words", 60))


Checker = export(Prompts())
