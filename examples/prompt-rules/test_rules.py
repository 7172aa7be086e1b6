"""Run them with `python3 -m unittest`."""

import unittest

from comfycheck_sdk import Node, Workflow
from rules import empty_negatives, forbidden_words


def workflow(negative):
    return Workflow({
        "2": {"class_type": "CLIPTextEncode", "inputs": {"text": "an ACME rocket"}},
        "3": {"class_type": "CLIPTextEncode", "inputs": {"text": negative}},
        "5": {"class_type": "KSampler", "inputs": {"negative": ["3", 0]}},
    })


class Rules(unittest.TestCase):
    def test_an_empty_negative_prompt_is_found_at_its_text(self):
        self.assertEqual(list(empty_negatives(workflow("blurry"))), [])
        [finding] = empty_negatives(workflow(" "))
        self.assertEqual(finding.subjects, [Node("3", "text"), Node("5", "negative")])

    def test_a_forbidden_word_is_found_in_any_case(self):
        self.assertEqual(list(forbidden_words(workflow(""), ["rock"])), [])
        [finding] = forbidden_words(workflow(""), ["Acme", "rock"])
        self.assertEqual(finding.subjects, [Node("2", "text")])


if __name__ == "__main__":
    unittest.main()
