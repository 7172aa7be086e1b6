"""Run them with `python3 -m unittest`."""

import unittest

from comfycheck_sdk import Node, Workflow
from rules import long_prompts

WORKFLOW = Workflow({"2": {"class_type": "CLIPTextEncode", "inputs": {"text": "one two three"}}})


class LongPrompts(unittest.TestCase):
    def test_a_prompt_can_be_as_long_as_the_limit(self):
        self.assertEqual(list(long_prompts(WORKFLOW, 3)), [])

    def test_a_long_prompt_is_a_finding_at_its_input(self):
        [finding] = long_prompts(WORKFLOW, 2)
        self.assertEqual((finding.rule, finding.subjects), ("long-prompt", [Node("2", "text")]))


if __name__ == "__main__":
    unittest.main()
