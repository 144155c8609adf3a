"""The subcommands `eventail monitor` and `eventail logger`, beside Python peers."""

import json
import os
import signal
import subprocess
import sys
import time
import unittest
from pathlib import Path

import cbor2
import pika

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))
from program import DEADLINE_SECONDS, Program  # noqa: E402
from tool import EVENTAIL, Tool  # noqa: E402


class Watching(Tool):
    def watch(self, *arguments):
        """A program that has begun to watch."""
        program = self.start_tool(*arguments)
        self.wait_for_error(program, "watching")
        return program

    def wait_for_error(self, program, text, count=1):
        deadline = time.monotonic() + DEADLINE_SECONDS
        while "\n".join(program.errors).count(text) < count:
            self.assertLess(time.monotonic(), deadline, program.errors)
            time.sleep(0.01)

    def publish(self, exchange, key, body, **properties):
        headers = properties.pop("headers", {"conversation_id": "c-1"})
        self.channel.basic_publish(exchange, key, body, pika.BasicProperties(
            content_type=properties.pop("content_type", "application/cbor"), headers=headers,
            **properties))

    def event(self, key, content, **properties):
        self.publish("events", key, cbor2.dumps(content), **properties)


class Monitor(Watching):
    def test_it_shows_what_crosses_the_bus_in_lines(self):
        program = self.watch("monitor")
        self.event("OrderPlaced", {"order": 7})
        self.publish("commands", "stock.Reserve", b'"x"', content_type="application/json",
                     reply_to="shop.ReserveReturn", correlation_id="1")
        self.publish("commands", "shop.ReserveReturn", cbor2.dumps("sold out"), correlation_id="1",
                     headers={"conversation_id": "c-1", "status": "error"})
        self.publish("configurations", "ShopConfigured", b"")
        self.publish("logs", "shop.INFO", b"{}", content_type="application/json")

        program.wait_for_line("config")
        lines = [line.split(None, 4)[1:] for line in program.lines]
        self.assertEqual(lines, [
            ["event", "OrderPlaced", "c-1", '{"order":7}'],
            ["command", "stock.Reserve", "c-1", '"x"'],
            ["result", "shop.ReserveReturn", "c-1", 'error "sold out"'],
            ["config", "ShopConfigured", "c-1", "null"]])
        self.assertEqual(program.stop(signal.SIGINT), 130)

    def test_as_json_it_shows_every_field(self):
        program = self.watch("monitor", "--json", "--count", "1")
        self.event("A", {"b": b"\xff"}, message_id="m-1", app_id="shop", priority=3,
                   delivery_mode=2, timestamp=1700000000,
                   headers={"conversation_id": "c-2", "x": [1, "\u202e"]})

        self.assertEqual(program.wait(), 0)
        line = json.loads(program.lines[0])
        self.assertRegex(line.pop("received"), r"^20\d\d-.*Z$")
        self.assertEqual(line, {
            "kind": "event", "exchange": "events", "name": "A", "conversation_id": "c-2",
            "message_id": "m-1", "app_id": "shop", "content_type": "application/cbor",
            "timestamp": 1700000000, "priority": 3, "persistent": True, "redelivered": False,
            "headers": {"x": [1, "\u202e"]}, "size": 5, "payload": {"b": {"$binary": "/w=="}}})
        self.assertNotIn("\u202e", program.lines[0])

    def test_nothing_of_a_message_reaches_the_terminal_raw(self):
        program = self.watch("monitor", "--events", "#")
        self.event("A\x1b[2J\u202e\n", {"\x1b": "\x9b"})
        self.publish("events", "B", b"\xff\x1b]0;x\x07", content_type="application/json")

        lines = program.wait_for_line("", count=2)
        self.assertIn(r"A\u001b[2J\u202e\n", lines[0])
        self.assertIn(r'{"\u001b":"\u009b"}', lines[0])
        self.assertIn("unreadable: ", lines[1])
        self.assertIn(r"\xff\u001b]0;x\u0007", lines[1])

    def test_undecodable_content_survives_as_json(self):
        program = self.watch("monitor", "--json", "--count", "1")
        self.publish("events", "B", b"\xff\x00")

        program.wait()
        line = json.loads(program.lines[0])
        self.assertIn("undecodable payload", line["undecodable"])
        self.assertEqual(line["body"], {"$binary": "/wA="})

    def test_it_selects_by_key_conversation_and_content(self):
        program = self.watch("monitor", "--json", "--count", "2", "--events", "Order.*", "Stop",
                             "--where", "client_id=123", "--where", "items[0].sku!=tea",
                             "--conversation", "c-1")
        good = {"client_id": "123", "items": [{"sku": "x"}]}
        self.event("Other", good)
        self.event("Order.A", good | {"client_id": 124})
        self.event("Order.B", good | {"items": [{"sku": "tea"}]})
        self.event("Order.C", good, headers={"conversation_id": "c-2"})
        self.event("Order.D", good)
        self.event("Stop", good | {"client_id": 123})

        self.assertEqual(program.wait(), 0)
        self.assertEqual([json.loads(line)["name"] for line in program.lines], ["Order.D", "Stop"])

    def test_saved_files_stay_in_the_folder_and_overwrite_nothing(self):
        folder = Path(self.home, "saved")
        folder.mkdir()
        outside = Path(self.home, "outside")
        (folder / "000001-event.cbor").symlink_to(outside)
        (folder / "000002-event.cbor").write_text("mine")
        program = self.watch("monitor", "--save", str(folder), "--count", "2")
        self.event("../../x", {"n": 1})
        self.publish("events", "/etc/x", b'{"n": 2}', content_type="application/json")

        self.assertEqual(program.wait(), 0)
        self.assertFalse(outside.exists())
        self.assertEqual((folder / "000002-event.cbor").read_text(), "mine")
        self.assertEqual(cbor2.loads((folder / "000003-event.cbor").read_bytes()), {"n": 1})
        self.assertEqual((folder / "000004-event.json").read_bytes(), b'{"n": 2}')
        self.assertEqual(len(list(folder.iterdir())), 4)
        self.assertEqual(sorted(os.listdir(self.home)), ["saved"])

    def test_what_was_saved_can_be_published(self):
        folder = Path(self.home, "saved")
        program = self.watch("monitor", "--save", str(folder), "--as-json", "--count", "1")
        self.event("A", {"n": [1, 2.0, "é"]})
        self.assertEqual(program.wait(), 0)

        status, _, _ = self.run_tool("publish-event", "B", str(folder / "000001-event.json"))

        self.assertEqual(status, 0)
        self.next_message()
        self.assertEqual(cbor2.loads(self.next_message()[2]), {"n": [1, 2.0, "é"]})

    def test_a_slow_reader_does_not_make_the_queue_grow_and_hears_how_much_it_missed(self):
        count = 30000
        with subprocess.Popen([EVENTAIL, "monitor", "--json", "--events", "Flood", "Last"],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                              env=self.environment()) as process:
            self.assertIn("watching", process.stderr.readline())
            self.channel.queue_unbind(self.queue, "events", "#")
            for _ in range(count):
                self.event("Flood", {"text": "x" * 100})
            self.event("Last", {})
            time.sleep(0.5)
            shown = missed = 0
            for line in process.stdout:
                content = json.loads(line)
                missed += content.get("not_shown", 0)
                shown += content.get("name") == "Flood"
                if content.get("name") == "Last":
                    break
            self.assertEqual(shown + missed, count)
            self.assertGreater(missed, 0)
            process.send_signal(signal.SIGINT)
            self.assertEqual(process.wait(DEADLINE_SECONDS), 130)

    def test_an_interruption_while_the_output_is_stuck_says_what_was_not_shown(self):
        with subprocess.Popen([EVENTAIL, "monitor", "--json", "--events", "Flood"],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                              env=self.environment()) as process:
            process.stderr.readline()
            for _ in range(3000):
                self.event("Flood", {"text": "x" * 100})
            time.sleep(0.5)
            process.send_signal(signal.SIGINT)
            self.assertEqual(process.wait(DEADLINE_SECONDS), 130)
            left = int(process.stderr.read().split()[1])
            lines = process.stdout.read().splitlines()
            whole = [line for line in lines if line.endswith("}")]
            self.assertEqual(len(whole) + left, 3000)

    def test_a_reader_that_goes_away_ends_it_quietly(self):
        with subprocess.Popen([EVENTAIL, "monitor"], stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True,
                              env=self.environment()) as process:
            process.stderr.readline()
            process.stdout.close()
            self.event("A", {})
            self.assertEqual(process.wait(DEADLINE_SECONDS), -signal.SIGPIPE)
            self.assertEqual(process.stderr.read(), "")

    def test_a_wrong_command_line_is_said(self):
        file = self.write("file", b"")
        for arguments, text in (
                (("--where", "a"), "no =, != or ~"), (("--where", "a[x]=1"), "[ without an index"),
                (("--count", "0"), "not a count from 1 on: 0"),
                (("--save", file), "not a folder"), (("--save", "/no/where"), "cannot be made"),
                (("--as-json",), "--as-json is for --save"), (("--events", ""), "at least one"),
                (("--nonsense",), "--nonsense")):
            with self.subTest(arguments):
                status, out, error = self.run_tool("monitor", *arguments)
                self.assertEqual((status, out), (2, ""))
                self.assertIn(text, error)

    def test_it_connects_again_and_says_so(self):
        broker = self.enterContext(Program(EVENTAIL, "broker", "--port", "0", "--quiet"))
        url = broker.wait_for_line("^amqp://")[0]
        self.declare_exchanges(url)
        program = self.watch("monitor", "--url", url)
        broker.stop(signal.SIGKILL)
        self.wait_for_error(program, "trying again")

        again = self.enterContext(Program(EVENTAIL, "broker", "--quiet", "--port",
                                          url.rsplit(":", 1)[1].split("/")[0]))
        again.wait_for_line("^amqp://")
        self.wait_for_error(program, "no exchange")
        self.declare_exchanges(url)
        self.wait_for_error(program, "watching", count=2)
        self.assertEqual(self.run_tool("publish-event", "A", "{}", "--url", url)[0], 0)
        program.wait_for_line("event +A ")

    def declare_exchanges(self, url):
        connection = pika.BlockingConnection(pika.URLParameters(url))
        for exchange in ("events", "commands", "configurations"):
            connection.channel().exchange_declare(exchange, "topic", durable=True)
        connection.close()

    def test_a_refused_login_ends_it(self):
        url = self.url.replace("//guest:guest@", "//").replace("//", "//nobody:xyzzy@")
        status, _, error = self.run_tool("monitor", "--url", url)
        self.assertEqual(status, 1)
        self.assertIn("refused", error)
        self.assertNotIn("xyzzy", error)


class Logger(Watching):
    def log(self, service, level, number, **more):
        self.publish("logs", f"{service}.{level}", json.dumps({
            "version": "1.1", "short_message": "sold out", "level": number, "_levelname": level,
            "host": f"{service}@x", "timestamp": time.time(), "_logical_service": service,
            "_worker_pid": 1} | more).encode(), content_type="application/data", headers={})

    def test_it_shows_records_with_their_fields(self):
        program = self.watch("logger")
        self.log("shop", "WARNING", 4, _conversation_id="c-1", _sku="A\x1b", full_message="why")

        line = program.wait_for_line("sold out")[0]
        self.assertEqual(line.split(None, 1)[1],
                         r"WARNING   shop             sold out [sku: A\u001b] (c-1) why")

    def test_it_selects_by_level_service_conversation_and_time(self):
        program = self.watch("logger", "--json", "--level", "warning", "--service", "shop",
                             "--conversation", "c-1", "--since", "1h", "--count", "1")
        self.log("shop", "INFO", 6, _conversation_id="c-1")
        self.log("stock", "ERROR", 3, _conversation_id="c-1")
        self.log("shop", "ERROR", 3, _conversation_id="c-2")
        self.log("shop", "ERROR", 3, _conversation_id="c-1", timestamp=time.time() - 7200)
        self.log("shop", "ERROR", 3, _conversation_id="c-1", _n=5)

        self.assertEqual(program.wait(), 0)
        self.assertEqual(json.loads(program.lines[0])["payload"]["_n"], 5)

    def test_records_of_this_library_are_shown(self):
        program = self.watch("logger", "--filter", "tool-test.*", "--count", "1")
        reply = self.start_tool("reply", "tool-test.A", "--json", "1")
        self.wait_for_error(reply, "answering")
        reply.send_signal(signal.SIGTERM)

        self.assertEqual(program.wait(), 0)
        self.assertIn("tool-test", program.lines[0])
        reply.wait()

    def test_a_wrong_command_line_is_said(self):
        for arguments, text in ((("--level", "LOUD"), "EMERGENCY, ALERT"),
                                (("--since", "yesterday"), "90s, 10m")):
            with self.subTest(arguments):
                status, _, error = self.run_tool("logger", *arguments)
                self.assertEqual(status, 2)
                self.assertIn(text, error)


if __name__ == "__main__":
    unittest.main()
