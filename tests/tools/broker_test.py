"""The program `eventail broker`, as its users and their clients see it."""

import contextlib
import json
import os
import re
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

import pika

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))
from program import DEADLINE_SECONDS, Program  # noqa: E402

EVENTAIL = Path(os.environ["EVENTAIL_TOOLS_DIR"]) / "eventail"
SECRET = "xyzzy"


def run(*arguments):
    """Of a broker that does not come up: exit status, standard output and error."""
    done = subprocess.run([EVENTAIL, *arguments], capture_output=True, text=True, check=False,
                          stdin=subprocess.DEVNULL, timeout=DEADLINE_SECONDS)
    return done.returncode, done.stdout, done.stderr


class Broker(unittest.TestCase):
    def start(self, *arguments):
        """The program and what it says its url is."""
        program = self.enterContext(Program(EVENTAIL, "broker", "--port", "0", *arguments))
        return program, program.wait_for_line("^amqps?://")[0]

    def connect(self, url, **more):
        parameters = pika.URLParameters(url)
        for name, value in more.items():
            setattr(parameters, name, value)
        connection = pika.BlockingConnection(parameters)
        self.addCleanup(self.disconnect, connection)
        return connection

    def disconnect(self, connection):
        """The broker may have been stopped meanwhile."""
        with contextlib.suppress(pika.exceptions.AMQPError):
            connection.close()

    def connect_as(self, name, password, url):
        return self.connect(re.sub("//.*@", f"//{name}:{password}@", url))


class Running(Broker):
    def test_it_prints_its_url_alone_and_serves_there(self):
        program, url = self.start()
        self.assertRegex(url, r"^amqp://guest:guest@127\.0\.0\.1:\d+/%2F$")
        channel = self.connect(url).channel()

        channel.queue_declare("letters")
        channel.basic_publish("", "letters", b"hello")

        self.assertEqual(channel.basic_get("letters", auto_ack=True)[2], b"hello")
        self.assertEqual(program.stop(), 0)
        self.assertEqual(program.lines, [url])

    def test_signals_stop_it_cleanly_with_clients_connected(self):
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            with self.subTest(number):
                program, url = self.start()
                connection = self.connect(url)

                self.assertEqual(program.stop(number), 0)

                with self.assertRaises(pika.exceptions.ConnectionClosedByBroker) as closed:
                    connection.process_data_events(time_limit=DEADLINE_SECONDS)
                self.assertEqual(closed.exception.reply_code, 320)
                self.assertIn(f"stopping: {number.name}", "\n".join(program.errors))

    def test_policies_are_given_as_to_rabbitmqctl(self):
        _, url = self.start("--policy", "DLX", r"^.*\.(events|commands)$",
                            '{"dead-letter-exchange":"am-dlx"}',
                            "--policy", "short", "^short$", '{"max-length": 1, "priority": 3}')
        channel = self.connect(url).channel()
        channel.exchange_declare("am-dlx", "fanout")
        for queue in ("am-dlq", "pong.events", "short"):
            channel.queue_declare(queue)
        channel.queue_bind("am-dlq", "am-dlx")

        channel.basic_publish("", "pong.events", b"refused")
        channel.basic_nack(channel.basic_get("pong.events")[0].delivery_tag, requeue=False)
        channel.basic_publish("", "short", b"first")
        channel.basic_publish("", "short", b"second")

        method, properties, body = channel.basic_get("am-dlq", auto_ack=True)
        self.assertEqual(body, b"refused")
        self.assertEqual(properties.headers["x-death"][0]["queue"], "pong.events")
        self.assertEqual(channel.basic_get("short", auto_ack=True)[2], b"second")

    def test_users_and_virtual_hosts_replace_the_defaults(self):
        program, url = self.start("--user", f"ada:{SECRET}", "--user", "bob:b:c", "--vhost", "one",
                                  "--vhost", "two")
        self.assertRegex(url, r"^amqp://ada@127\.0\.0\.1:\d+/one$")

        self.connect_as("ada", SECRET, url)
        self.connect_as("bob", "b:c", url.replace("/one", "/two"))
        with self.assertRaises(pika.exceptions.ProbableAuthenticationError):
            self.connect_as("guest", "guest", url)
        with self.assertRaises(pika.exceptions.ProbableAuthenticationError):
            self.connect_as("ada", SECRET + "!", url)

        self.assertEqual(program.stop(), 0)
        self.assertNotIn(SECRET, "\n".join(program.lines + program.errors))

    def test_with_users_of_its_own_it_listens_everywhere(self):
        _, url = self.start("--address", "0.0.0.0", "--user", f"ada:{SECRET}")

        self.connect_as("ada", SECRET, url.replace("0.0.0.0", "127.0.0.1"))

    def test_with_a_certificate_it_speaks_tls(self):
        folder = self.enterContext(tempfile.TemporaryDirectory())
        subprocess.run([f"{os.environ['EVENTAIL_SCRIPTS']}/make-certificates", folder], check=True,
                       stdout=subprocess.DEVNULL)
        _, url = self.start("--tls-certificate", f"{folder}/server.pem", "--tls-key",
                            f"{folder}/server.key")
        self.assertTrue(url.startswith("amqps://"))
        trust = ssl.create_default_context(cafile=f"{folder}/ca.pem")

        self.connect(url, ssl_options=pika.SSLOptions(trust, "localhost"))

    def test_above_the_memory_limit_publishers_wait(self):
        program, url = self.start("--memory-limit", "1MB")
        connection = self.connect(url)
        blocked = []
        connection.add_on_connection_blocked_callback(lambda *_: blocked.append(True))
        channel = connection.channel()
        channel.queue_declare("full")

        for body in (b"x" * 600_000, b"x" * 600_000, b"beyond the limit"):
            channel.basic_publish("", "full", body)
        deadline = time.monotonic() + DEADLINE_SECONDS
        while not blocked and time.monotonic() < deadline:
            connection.process_data_events(time_limit=0.1)

        self.assertTrue(blocked)
        self.assertEqual(program.stop(), 0)

    def test_limits_are_proposed_to_clients_and_kept(self):
        program, url = self.start("--heartbeat", "17", "--frame-max", "8192", "--channel-max", "3",
                                  "--max-message", "1KB", "--consumer-timeout", "1")
        proposed = []

        def heartbeat(connection, proposal):
            proposed.append(proposal)
            return proposal

        connection = self.connect(url, heartbeat=heartbeat)
        tuned = connection._impl.params
        self.assertEqual((proposed, tuned.frame_max, tuned.channel_max), ([17], 8192, 3))
        channel = connection.channel()
        channel.queue_declare("q")
        channel.confirm_delivery()
        channel.basic_publish("", "q", bytes(1024))
        with self.assertRaisesRegex(pika.exceptions.ChannelClosedByBroker, "406.*larger"):
            channel.basic_publish("", "q", bytes(1025))

        channel = connection.channel()
        self.assertEqual(len(channel.basic_get("q")[2]), 1024)
        deadline = time.monotonic() + DEADLINE_SECONDS
        while channel.is_open and time.monotonic() < deadline:
            connection.process_data_events(time_limit=0.1)
        connection.close()
        program.stop()
        self.assertRegex("\n".join(program.errors), "PRECONDITION_FAILED.*timed out")

    def test_definitions_come_on_top(self):
        file = Path(self.enterContext(tempfile.TemporaryDirectory())) / "definitions.json"
        file.write_text(json.dumps({
            "rabbit_version": "3.10.8", "vhosts": [{"name": "one"}, {"name": "two"}],
            "queues": [{"name": "gone"}],
            "users": [{"name": "ada", "password": SECRET, "tags": "administrator"}],
            "permissions": [{"user": "ada", "vhost": "/", "configure": ".*", "write": ".*",
                             "read": ".*"},
                            {"user": "ada", "vhost": "one", "configure": "^short$", "write": ".*",
                             "read": ""},
                            {"user": "nobody", "vhost": "/", "configure": "", "write": "",
                             "read": ""}],
            "policies": [{"vhost": "one", "name": "short", "pattern": "^short$", "priority": 1,
                          "apply-to": "queues", "definition": {"max-length": 1}}]}))
        program, url = self.start("--definitions", file)
        counts = {}

        for host in ("%2F", "one"):
            channel = self.connect_as("ada", SECRET, url.replace("%2F", host)).channel()
            channel.queue_declare("short")
            for body in (b"first", b"second"):
                channel.basic_publish("", "short", body)
            counts[host] = channel.queue_declare("short", passive=True).method.message_count
        with self.assertRaisesRegex(pika.exceptions.ChannelClosedByBroker, "403"):
            channel.queue_declare("long")
        with self.assertRaises((pika.exceptions.ProbableAccessDeniedError,
                                pika.exceptions.ConnectionClosedByBroker)):
            self.connect_as("ada", SECRET, url.replace("%2F", "two"))
        program.stop()

        self.assertEqual(counts, {"%2F": 2, "one": 1})
        self.assertIn("ignored in the definitions: queues", "\n".join(program.errors))


class Log(Broker):
    def test_each_connection_leaves_one_line_as_it_comes_and_goes(self):
        program, url = self.start()
        connection = self.connect(url, client_properties={"connection_name": "clock"})
        connection.close()
        program.stop()

        lines = [line for line in program.errors if "connection 1" in line]
        self.assertRegex(lines[0], r"^\d\d:\d\d:\d\d\.\d{3}  .*guest.*clock")
        self.assertEqual(len(lines), 2)

    def test_text_from_clients_cannot_control_the_terminal(self):
        program, url = self.start()
        self.connect(url, client_properties={"connection_name": "\x1b[2Jbad\n\u202eäöü"})
        program.stop()

        logged = "\n".join(program.errors)
        self.assertIn(r"\u001b[2Jbad\n\u202eäöü", logged)
        self.assertNotIn("\x1b", logged)

    def test_it_can_be_quiet(self):
        program, url = self.start("--quiet")
        self.connect(url).close()

        self.assertEqual(program.stop(), 0)
        self.assertEqual(program.errors, [])


class Refusing(unittest.TestCase):
    def test_the_guest_that_everybody_knows_stays_on_loopback(self):
        for more in ((), ("--user", f"ada:{SECRET}", "--user", "guest:guest")):
            status, output, errors = run("broker", "--port", "0", "--address", "0.0.0.0", *more)

            self.assertEqual((status, output), (2, ""))
            self.assertRegex(errors, r"^eventail: not listening on 0\.0\.0\.0: .*guest")
            self.assertNotIn(SECRET, errors)

    def test_a_taken_port_is_named(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = str(taken.getsockname()[1])
            status, output, errors = run("broker", "--port", port)

        self.assertEqual((status, output), (1, ""))
        self.assertRegex(errors, rf"^eventail: .*port {port}: Address already in use")

    def test_an_invalid_certificate_is_named(self):
        status, output, errors = run("broker", "--port", "0", "--tls-certificate", __file__,
                                     "--tls-key", __file__)

        self.assertEqual((status, output), (1, ""))
        self.assertRegex(errors, rf"^eventail: .*certificate {__file__}: .*; it must be in PEM")

    def test_a_wrong_command_line_is_explained(self):
        policy = ("broker", "--port", "0", "--policy", "P")
        for arguments, reason in (
                ((), "subcommand is required"),
                (("brokker",), "unknown subcommand or option: brokker"),
                (("broker", "--port", "65536"), "--port: .*0 to 65535"),
                (("broker", "--port", "amqp"), "--port: .*amqp"),
                (("broker", "--vhost", ""), "--vhost: needs a name"),
                (("broker", "--user", f"{SECRET}:"), "NAME:PASSWORD"),
                (("broker", "--address", "example.org"), "not an IP address: example.org"),
                (("broker", "--user", SECRET), "NAME:PASSWORD"),
                (("broker", "--users", f"a:{SECRET}"), "not expected: --users\n"),
                (("broker", "--password", SECRET), "not expected: --password\n"),
                (("broker", f"--users=a:{SECRET}"), "not expected: --users…"),
                (("broker", "--user", "a:b", f"c:{SECRET}"), "not expected: c…"),
                (("broker", "--port", f"a:{SECRET}"), "--port"),
                ((f"--users=a:{SECRET}",), "unknown subcommand or option: --users…"),
                (("broker", "--tls-key", __file__), "--tls-certificate"),
                (("broker", "--memory-limit", "much"), "--memory-limit: .*much"),
                (("broker", "--memory-limit", "-5"), "--memory-limit: not a size above 0.*-5"),
                (("broker", "--memory-limit", "0"), "--memory-limit: not a size above 0"),
                (("broker", "--max-message", "9" * 20), "--max-message: not a size above 0"),
                (("broker", "--definitions", "/nowhere"), "--definitions: File does not exist"),
                (("broker", "--definitions", __file__), "broker_test.py: "),
                ((*policy, ".*"), "--policy"),
                ((*policy, ".*", "{"), "policy P: "),
                ((*policy, ".*", "7"), "policy P: not a JSON object"),
                ((*policy, ".*", '{"ha-mode":"all"}'), "policy P: ha-mode: not offered"),
                ((*policy, ".*", '{"message-ttl":"1s"}'), "policy P: message-ttl: "),
                ((*policy, ".*", '{"message-ttl":-1}'), "policy P: message-ttl: "),
                ((*policy, ".*", '{"overflow":"up"}'), "policy P: there is no overflow up"),
                ((*policy, ".*", '{"apply-to":"all of them"}'),
                 "policy P: apply-to: must be all, queues or exchanges"),
                ((*policy, "(", "{}"), r"policy P: '\(' is not a regular expression: missing")):
            with self.subTest(arguments):
                status, output, errors = run(*arguments)

                self.assertEqual((status, output), (2, ""))
                self.assertRegex(errors, reason)
                self.assertNotIn(SECRET, errors)

    def test_help_is_on_standard_output(self):
        status, output, errors = run("broker", "--help")

        self.assertEqual((status, errors), (0, ""))
        for option in ("--address", "--port", "--user", "--vhost", "--policy", "--memory-limit",
                       "--tls-certificate", "--tls-key", "--quiet", "--consumer-timeout"):
            self.assertIn(option, output)
        self.assertLessEqual(max(map(len, output.splitlines())), 100)
        self.assertTrue(re.search("RabbitMQ", output))


if __name__ == "__main__":
    unittest.main()
