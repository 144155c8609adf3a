"""The subcommand `eventail inspect-queue`."""

import json
import subprocess
import sys
import unittest
from pathlib import Path

import pika

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))
from program import DEADLINE_SECONDS  # noqa: E402
from tool import EVENTAIL, Tool  # noqa: E402

QUEUE = "tool-test.queue"


class InspectQueue(Tool):
    def setUp(self):
        super().setUp()
        self.channel.queue_declare(QUEUE)
        self.addCleanup(self.channel.queue_delete, QUEUE)
        for number in range(5):
            self.publish(b'{"n": %d}' % number)

    def publish(self, body, **properties):
        self.channel.basic_publish("", QUEUE, body, pika.BasicProperties(
            content_type="application/json", **properties))

    def rest(self):
        """What is in the queue, which is empty then."""
        bodies = []
        while (message := self.channel.basic_get(QUEUE, auto_ack=True))[0] is not None:
            bodies.append(message[2])
        return bodies

    def test_it_shows_messages_in_order_and_leaves_them_there(self):
        status, out, error = self.run_tool("inspect-queue", QUEUE, "--json", "--count", "3")

        self.assertEqual((status, error), (0, ""))
        lines = [json.loads(line) for line in out.splitlines()]
        self.assertEqual([line["payload"] for line in lines], [{"n": 0}, {"n": 1}, {"n": 2}])
        self.assertEqual(self.rest(), [b'{"n": %d}' % number for number in range(5)])

    def test_it_says_how_many_there_are(self):
        status, out, error = self.run_tool("inspect-queue", QUEUE)

        self.assertEqual((status, len(out.splitlines())), (0, 5))
        self.assertIn("5 of 5 ready messages shown, and given back; 0 consumers", error)

    def test_it_saves_contents(self):
        folder = Path(self.home, "saved")

        self.assertEqual(self.run_tool("inspect-queue", QUEUE, "--save", str(folder))[0], 0)

        self.assertEqual((folder / "000005-invalid.json").read_bytes(), b'{"n": 4}')

    def test_it_stops_near_the_delivery_limit_unless_told(self):
        self.rest()
        self.publish(b"1", headers={"x-delivery-count": 18})

        status, out, error = self.run_tool("inspect-queue", QUEUE)
        self.assertEqual((status, out), (1, ""))
        self.assertIn("was delivered 18 times before", error)

        self.assertEqual(self.run_tool("inspect-queue", QUEUE, "--force")[0], 0)
        self.assertEqual(self.run_tool("inspect-queue", QUEUE, "--delivery-limit", "50")[0], 0)
        self.assertEqual(self.rest(), [b"1"])

    def test_a_queue_that_does_not_exist_is_an_error(self):
        status, out, error = self.run_tool("inspect-queue", "tool-test.nothing")

        self.assertEqual((status, out), (1, ""))
        self.assertIn("404", error)
        self.assertIn("tool-test.nothing", error)

    def test_without_a_broker_it_fails_and_says_where(self):
        status, _, error = self.run_tool("inspect-queue", QUEUE, "--url", "amqp://127.0.0.1:1")

        self.assertEqual(status, 1)
        self.assertIn("127.0.0.1:1", error)

    def test_output_that_cannot_be_written_costs_no_message(self):
        with open("/dev/full", "wb") as full:
            done = subprocess.run([EVENTAIL, "inspect-queue", QUEUE], stdout=full,
                                  stderr=subprocess.PIPE, text=True, env=self.environment(),
                                  check=False, timeout=DEADLINE_SECONDS)
        self.assertEqual(done.returncode, 1)
        self.assertIn("No space left", done.stderr)
        self.assertEqual(len(self.rest()), 5)


if __name__ == "__main__":
    unittest.main()
