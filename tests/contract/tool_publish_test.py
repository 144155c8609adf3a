"""The subcommands of eventail that publish, and `eventail context`, as users and the bus see them."""

import json
import signal
import subprocess
import sys
import unittest
from pathlib import Path

import cbor2

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))
from program import DEADLINE_SECONDS  # noqa: E402
from tool import EVENTAIL, Tool  # noqa: E402

SECRET = "xyzzy"


class Publishing(Tool):
    def test_an_event_goes_out_as_cbor_in_a_new_conversation(self):
        status, out, error = self.run_tool("publish-event", "OrderPlaced", '{"order": 7}')

        method, properties, body = self.next_message()
        conversation = properties.headers["conversation_id"]
        self.assertEqual((status, error), (0, ""))
        self.assertEqual(out, f"published OrderPlaced in conversation {conversation}\n")
        self.assertEqual((method.exchange, method.routing_key), ("events", "OrderPlaced"))
        self.assertEqual(properties.content_type, "application/cbor")
        self.assertEqual(properties.delivery_mode, 2)
        self.assertEqual(cbor2.loads(body), {"order": 7})

    def test_a_configuration_goes_out_as_json_if_asked_for(self):
        status, _, _ = self.run_tool("publish-configuration", "ShopConfigured", "-",
                                     "--json-encoding", "--conversation", "c-1",
                                     stdin='{ "rate" : 2.5 }')

        method, properties, body = self.next_message()
        self.assertEqual(status, 0)
        self.assertEqual((method.exchange, method.routing_key), ("configurations", "ShopConfigured"))
        self.assertEqual(properties.content_type, "application/json")
        self.assertEqual(properties.headers["conversation_id"], "c-1")
        self.assertEqual(body, b'{"rate":2.5}')

    def test_payload_files_of_the_python_original_work(self):
        path = self.write("order.cbor", cbor2.dumps({"raw": b"\xff", "n": [1, 2.5, None]}))
        self.assertEqual(self.run_tool("publish-event", "A", path)[0], 0)
        self.assertEqual(cbor2.loads(self.next_message()[2]), {"raw": b"\xff", "n": [1, 2.5, None]})

    def test_templates_are_filled_in_for_each_message(self):
        status, out, _ = self.run_tool(
            "publish-event", "Tick", '{"n": {{seq}}, "id": "{{uuid}}"}', "--count", "3", "--json")

        bodies = [cbor2.loads(self.next_message()[2]) for _ in range(3)]
        lines = [json.loads(line) for line in out.splitlines()]
        self.assertEqual(status, 0)
        self.assertEqual([body["n"] for body in bodies], [1, 2, 3])
        self.assertEqual(len({body["id"] for body in bodies}), 3)
        self.assertEqual([line["seq"] for line in lines], [1, 2, 3])
        self.assertEqual(lines[0]["exchange"], "events")

    def test_mandatory_fails_if_no_queue_takes_it(self):
        self.channel.queue_unbind(self.queue, "events", "#")

        status, out, error = self.run_tool("publish-event", "Nobody", "{}", "--mandatory")

        self.assertEqual((status, out), (1, ""))
        self.assertIn("Nobody: mandatory, but no queue receives it", error)
        self.assertEqual(self.run_tool("publish-event", "Nobody", "{}")[0], 0)

    def test_without_a_broker_it_fails_and_says_where(self):
        status, out, error = self.run_tool("publish-event", "A", "{}", "--url", "amqp://127.0.0.1:1")

        self.assertEqual((status, out), (1, ""))
        self.assertIn("127.0.0.1:1", error)
        self.assertIn("refused", error)

    def test_a_wrong_command_line_sends_nothing(self):
        missing = str(Path(self.home, "no.json"))
        for arguments, text in (
                (("A",), "PAYLOAD"),
                (("A", '{"a": }'), "line 1, column 7"),
                (("A", missing), "No such file"),
                (("A", "{}", "--count", "-5"), "not a count from 1 on: -5"),
                (("A", "{}", "--rate", "0"), "not a number of messages per second: 0"),
                (("A" * 256, "{}"), "at most 255 bytes, this one 256"),
                (("A", "{}", "--colour"), "--colour"),
                (("A", "{}", "--url", "http://x"), "neither with amqp://"),
                (("A", "{}", "--url", f"amqp://ada:{SECRET}@x:port"), "port"),
                (("A", "{}", "-c", "prod"), "no context prod")):
            with self.subTest(arguments):
                status, out, error = self.run_tool("publish-event", *arguments)

                self.assertEqual((status, out), (2, ""))
                self.assertIn(text, error)
                self.assertNotIn(SECRET, error)
        self.assertIsNone(self.next_message()[0])

    def test_an_interruption_says_how_many_went_out(self):
        program = self.start_tool("publish-event", "Tick", "{}", "--count", "1000", "--rate", "5",
                                  "--json")
        program.wait_for_line("published", count=2)

        self.assertEqual(program.stop(signal.SIGINT), 130)

        self.assertRegex("\n".join(program.errors), r"interrupted: \d+ of 1000 published")

    def test_a_reader_that_goes_away_ends_it_quietly(self):
        with subprocess.Popen(
                [EVENTAIL, "publish-event", "Tick", "{}", "--count", "100000", "--json"],
                stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=self.environment()) as process:
            process.stdout.readline()
            process.stdout.close()
            self.assertEqual(process.wait(DEADLINE_SECONDS), -signal.SIGPIPE)
            self.assertEqual(process.stderr.read(), b"")

    def test_a_full_disk_is_an_error(self):
        with open("/dev/full", "wb") as full:
            done = subprocess.run([EVENTAIL, "publish-event", "A", "{}"], stdout=full,
                                  stderr=subprocess.PIPE, text=True, env=self.environment(),
                                  check=False, timeout=DEADLINE_SECONDS)
        self.assertEqual(done.returncode, 1)
        self.assertIn("cannot write to standard output: No space left on device", done.stderr)


class Contexts(Tool):
    def test_a_context_names_a_broker_and_keeps_the_password_in_its_file(self):
        password = self.write("password", b"guest\n")
        url = self.url.replace("//guest:guest@", "//").replace("//", "//guest@")
        status, out, error = self.run_tool("context", "add", "dev", url, "--password-file", password)
        self.assertEqual((status, error), (0, ""))
        path = Path(self.home, ".config/eventail/contexts.json")
        self.assertEqual(path.stat().st_mode & 0o777, 0o600)

        self.assertEqual(self.run_tool("-c", "dev", "publish-event", "A", "{}")[0], 0)
        self.assertEqual(self.run_tool("publish-event", "B", "{}", "-c", "dev")[0], 0)

        self.assertEqual([self.next_message()[0].routing_key for _ in range(2)], ["A", "B"])
        self.assertEqual(self.run_tool("context", "list")[1],
                         f"dev           {url}  password in {password}\n")
        self.assertEqual(self.run_tool("context", "remove", "dev")[0], 0)
        self.assertEqual(self.run_tool("context", "list"), (0, "", ""))
        self.assertEqual(self.run_tool("context", "remove", "dev")[0], 1)

    def test_a_password_among_the_arguments_draws_a_warning_and_is_never_shown(self):
        url = f"amqp://ada:{SECRET}@localhost:1"
        for arguments in (("context", "add", "dev", url), ("context", "list"),
                          ("publish-event", "A", "{}", "--url", url)):
            with self.subTest(arguments[0]):
                _, out, error = self.run_tool(*arguments)
                self.assertNotIn(SECRET, out + error)
                if "list" not in arguments:
                    self.assertIn("a password among the arguments", error)


if __name__ == "__main__":
    unittest.main()
