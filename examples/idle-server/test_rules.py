"""Run them with `python3 -m unittest`."""

import json
import unittest
from types import SimpleNamespace

import comfycheck_sdk
from check import IdleServer
from comfycheck_sdk import HostError, OpenQuestion, ask
from rules import busy


def queue(running, waiting):
    return json.dumps({"queue_running": [1] * running, "queue_pending": [1] * waiting}).encode()


class Rules(unittest.TestCase):
    def test_entries_of_the_queue_count_whether_they_run_or_wait(self):
        self.assertEqual(busy(200, queue(0, 0), 0), [])
        self.assertEqual(busy(200, queue(1, 1), 2), [])
        [finding] = busy(200, queue(1, 2), 2)
        self.assertEqual((finding.rule, finding.measurement.value), ("busy-server", 3))

    def test_another_page_is_an_open_question(self):
        for body in (b"<html>", b"[]", b"{}", b"\xff", b'{"queue_running": 1, "queue_pending": 2}'):
            [question] = busy(200, body, 0)
            self.assertIsInstance(question, OpenQuestion)

    def test_the_check_requests_the_queue(self):
        requested = []

        def get(path):
            requested.append(path)
            return SimpleNamespace(status=200, body=queue(1, 0))

        comfycheck_sdk.host.http = SimpleNamespace(get=get)
        [finding] = IdleServer().run("deployment", {})
        self.assertEqual((requested, finding.rule), (["/queue"], "busy-server"))

    def test_an_error_of_the_host_has_its_kind(self):
        class Err(Exception):
            def __init__(self, value):
                self.value = value

        class Error_NotOffered:
            value = "no ComfyUI is configured"

        def get(path):
            raise Err(Error_NotOffered())

        with self.assertRaises(HostError) as raised:
            ask(get, "/queue")
        self.assertEqual((raised.exception.kind, raised.exception.message), ("not-offered", "no ComfyUI is configured"))


if __name__ == "__main__":
    unittest.main()
