"""The subcommands `eventail call` and `eventail reply`, with Python services on the other side."""

import json
import signal
import sys
import threading
import time
import unittest
from pathlib import Path

import cbor2
import pika

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))
from program import DEADLINE_SECONDS  # noqa: E402
from tool import Tool  # noqa: E402


class Calling(Tool):
    def serve(self, answer, key="tool-test.Greet"):
        """Answers one command, in a thread, as the Python original's services do."""
        connection = pika.BlockingConnection(pika.URLParameters(self.url))
        channel = connection.channel()
        queue = channel.queue_declare("", exclusive=True).method.queue
        channel.queue_bind(queue, "commands", key)

        def run():
            for method, properties, body in channel.consume(queue, inactivity_timeout=20):
                if method is not None:
                    answer(channel, properties, cbor2.loads(body))
                    channel.basic_ack(method.delivery_tag)
                break
            connection.close()
        thread = threading.Thread(target=run)
        thread.start()
        self.addCleanup(thread.join)

    @staticmethod
    def result(channel, properties, status, content):
        channel.basic_publish("commands", properties.reply_to, cbor2.dumps(content), pika.BasicProperties(
            content_type="application/cbor", correlation_id=properties.correlation_id, reply_to="",
            headers={"conversation_id": properties.headers["conversation_id"], "status": status}))

    def test_the_result_is_printed_as_json(self):
        self.serve(lambda channel, properties, content: self.result(
            channel, properties, "success", {"text": "hello " + content["name"], "raw": b"\xff"}))

        status, out, error = self.run_tool("call", "tool-test.Greet", '{"name": "Zoë"}')

        self.assertEqual((status, error), (0, ""))
        self.assertEqual(json.loads(out), {"text": "hello Zoë", "raw": {"$binary": "/w=="}})

    def test_it_leaves_nothing_behind_and_logs_nothing_on_the_bus(self):
        self.serve(lambda channel, properties, content: self.result(
            channel, properties, "success", None))

        status, out, _ = self.run_tool("send-command", "tool-test.Greet", "{}", "--json",
                                       "--conversation", "c-7")

        line = json.loads(out)
        self.assertEqual((status, line["status"], line["conversation_id"]), (0, "success", "c-7"))
        seen = []
        while (message := self.next_message())[0] is not None:
            seen.append((message[0].exchange, message[1].headers["conversation_id"]))
        self.assertEqual(seen, [("commands", "c-7")] * 2)

    def test_an_error_result_is_a_failure(self):
        self.serve(lambda channel, properties, content: self.result(
            channel, properties, "error", "sold out \x1b[2J"))

        status, out, error = self.run_tool("call", "tool-test.Greet", "{}")

        self.assertEqual((status, out), (1, ""))
        self.assertIn("tool-test.Greet: the service answered with an error: \"sold out \\u001b[2J\"",
                      error)

    def test_a_command_that_no_queue_takes_is_a_failure(self):
        self.channel.queue_unbind(self.queue, "commands", "#")

        status, out, error = self.run_tool("call", "tool-test.Unknown", "{}")

        self.assertEqual((status, out), (1, ""))
        self.assertIn("tool-test.Unknown: no queue receives it", error)

    def test_no_result_in_time_is_a_failure(self):
        start = time.monotonic()

        status, out, error = self.run_tool("call", "tool-test.Greet", "{}", "--timeout", "0.5")

        self.assertEqual((status, out), (1, ""))
        self.assertIn("no result in time", error)
        self.assertLess(time.monotonic() - start, 10)

    def test_results_of_other_commands_are_not_taken(self):
        def answer(channel, properties, _):
            for name, content in (("other", "wrong"), (properties.correlation_id, "right")):
                properties.correlation_id = name
                self.result(channel, properties, "success", content)
        self.serve(answer)

        self.assertEqual(self.run_tool("call", "tool-test.Greet", "{}")[:2], (0, '"right"\n'))

    def test_an_interruption_ends_it_with_130(self):
        program = self.start_tool("call", "tool-test.Greet", "{}")
        while self.next_message()[0] is None:
            time.sleep(0.01)

        self.assertEqual(program.stop(signal.SIGINT), 130)

        self.assertIn("interrupted; the service may still carry it out", "\n".join(program.errors))

    def test_without_a_broker_it_fails_and_says_where(self):
        status, out, error = self.run_tool("call", "a.B", "{}", "--url", "amqp://127.0.0.1:1")

        self.assertEqual((status, out), (1, ""))
        self.assertIn("127.0.0.1:1", error)
        self.assertIn("refused", error)

    def test_a_refused_login_fails_at_once(self):
        url = self.url.replace("//guest:guest@", "//").replace("//", "//nobody:xyzzy@")

        status, out, error = self.run_tool("call", "a.B", "{}", "--url", url)

        self.assertEqual((status, out), (1, ""))
        self.assertIn("refused", error)
        self.assertNotIn("xyzzy", error)

    def test_a_wrong_command_line_is_said(self):
        for arguments, text in ((("a.B",), "PAYLOAD"), (("a.B", "{", "--timeout", "1"), "line 1"),
                                (("a.B", "{}", "--timeout", "-1"), "seconds above 0: -1")):
            with self.subTest(arguments):
                status, _, error = self.run_tool("call", *arguments)
                self.assertEqual(status, 2)
                self.assertIn(text, error)


class Replying(Tool):
    def command(self, content, key="tool-test.Greet"):
        """Sends one, and gives status and content of the result."""
        answers = self.channel.queue_declare("", exclusive=True).method.queue
        self.channel.queue_bind(answers, "commands", "tool-test.GreetReturn")
        self.channel.basic_publish("commands", key, cbor2.dumps(content), pika.BasicProperties(
            content_type="application/cbor", correlation_id="1", reply_to="tool-test.GreetReturn",
            headers={"conversation_id": "c-1"}))
        for _, properties, body in self.channel.consume(
                answers, auto_ack=True, inactivity_timeout=DEADLINE_SECONDS):
            self.channel.cancel()
            return properties.headers["status"], cbor2.loads(body)

    def start_reply(self, *arguments):
        program = self.start_tool("reply", "tool-test.Greet", *arguments)
        deadline = time.monotonic() + DEADLINE_SECONDS
        while "answering" not in "".join(program.errors) and time.monotonic() < deadline:
            time.sleep(0.01)
        return program

    def test_a_fixed_result_is_a_template(self):
        program = self.start_reply("--json", '{"n": {{seq}}}')

        self.assertEqual(self.command({}), ("success", {"n": 1}))
        self.assertEqual(self.command({"x": "\x1b"}), ("success", {"n": 2}))

        lines = program.wait_for_line("→", count=2)
        self.assertEqual(lines[1], 'tool-test.Greet {"x":"\\u001b"} → {"n":2}')
        self.assertEqual(program.stop(signal.SIGINT), 130)

    def test_a_program_answers(self):
        self.start_reply("--exec", "sed 's/.*/[&, \"'$EVENTAIL_CONVERSATION_ID'\"]/'")

        self.assertEqual(self.command({"a": 1}), ("success", [{"a": 1}, "c-1"]))

    def test_a_program_that_fails_is_an_error_result(self):
        self.start_reply("--exec", "echo no tea >&2; exit 3")

        self.assertEqual(self.command({}), ("error", {"exit_status": 3, "text": "no tea"}))

    def test_a_program_that_says_no_json_is_an_error_result(self):
        self.start_reply("--exec", "echo hello")

        status, content = self.command({})
        self.assertEqual(status, "error")
        self.assertIn("the output of the program: not JSON, line 1", content["text"])

    def test_nothing_stays_behind(self):
        program = self.start_reply("--json", "1")
        program.stop()
        with self.assertRaises(pika.exceptions.ChannelClosedByBroker):
            self.channel.queue_declare("tool-test.commands", passive=True)

    def test_one_way_to_answer_is_needed(self):
        status, _, error = self.run_tool("reply", "tool-test.Greet")
        self.assertEqual(status, 2)
        self.assertIn("give one of --exec PROGRAM and --json PAYLOAD", error)


if __name__ == "__main__":
    unittest.main()
