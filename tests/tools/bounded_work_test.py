"""Nothing that one client asks of `eventail broker` keeps another one waiting, nor a signal."""

import contextlib
import os
import re
import sys
import threading
import time
import unittest
from pathlib import Path
from urllib.parse import urlsplit

TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / "support"), str(TESTS / "contract" / "traces")]
import amqp_codec as codec  # noqa: E402
from brokers import Target  # noqa: E402
from peer import Peer  # noqa: E402
from program import Program  # noqa: E402

EVENTAIL = Path(os.environ["EVENTAIL_TOOLS_DIR"]) / "eventail"
# Builds without optimisation or with a sanitizer take longer, and so do busy machines.
PATIENCE = float(os.environ.get("EVENTAIL_PATIENCE", "4"))
MOST_SECONDS = 0.25 * PATIENCE
STOP_SECONDS = 1 * PATIENCE
DEAD_TO = {"x-dead-letter-exchange": "around", "x-max-length": 0}


def method(name, **values):
    return codec.encode_frame(codec.METHOD, 1, codec.encode_method(name, values))


def message(body, **values):
    return (method("basic.publish", **values)
            + codec.encode_frame(codec.HEADER, 1, codec.encode_header({}, len(body)))
            + codec.encode_frame(codec.BODY, 1, body))


class Watcher:
    """Another client: how long it waits for an answer, at most."""

    def __init__(self, connect):
        self.longest = 0
        self._peer = connect("watcher")
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._is_over.set()
        self._thread.join()
        self._peer.socket.close()

    def _watch(self):
        while not self._is_over.is_set():
            begin = time.monotonic()
            self._peer.call(1, "queue.declare", {"queue": "watched"}, "queue.declare-ok")
            self.longest = max(self.longest, time.monotonic() - begin)
            time.sleep(0.005)


class BoundedWork(unittest.TestCase):
    def setUp(self):
        self.longest_wait = 0
        stack = contextlib.ExitStack()
        self.addCleanup(stack.close)
        self.program = stack.enter_context(
            Program(EVENTAIL, "broker", "--port", 0, "--quiet", "--heartbeat", 0))
        url = urlsplit(self.program.wait_for_line("^amqp://")[0])
        self.target = Target(url.hostname, url.port, url.username, url.password, "/")
        self.peers = stack.enter_context(contextlib.ExitStack())
        self.client = self.connect("client")

    def connect(self, name):
        peer = Peer(name, self.target)
        self.addCleanup(peer.socket.close)
        peer.greet()
        peer.open()
        peer.call(1, "channel.open", {}, "channel.open-ok")
        return peer

    def declare(self, queue, **arguments):
        self.client.call(1, "queue.declare", {"queue": queue, "arguments": arguments},
                         "queue.declare-ok")

    def synchronise(self):
        self.client.call(1, "queue.declare", {"queue": "client"}, "queue.declare-ok",
                         seconds=60)

    def watch(self, task, seconds=0):
        """Runs the task, while another client asks for something again and again."""
        with Watcher(self.connect) as watcher:
            begin = time.monotonic()
            task()
            time.sleep(max(0, seconds - (time.monotonic() - begin)))
        self.longest_wait = watcher.longest
        self.assertLess(watcher.longest, MOST_SECONDS)

    def check_stop(self):
        """It ends in time. Prints the row for the table in docs/broker.md."""
        status = Path(f"/proc/{self.program.pid}/status").read_text()
        self.peak_mebibytes = int(re.search(r"VmHWM:\s+(\d+)", status)[1]) / 1024
        begin = time.monotonic()
        self.assertEqual(self.program.stop(), 0)
        seconds = time.monotonic() - begin
        print(f"{self.id().rsplit('.', 1)[-1]}: answered within {1000 * self.longest_wait:.0f} ms, "
              f"peak {self.peak_mebibytes:.0f} MiB, ended in {1000 * seconds:.0f} ms",
              file=sys.stderr)
        self.assertLess(seconds, STOP_SECONDS)

    def test_dead_letters_that_multiply(self):
        self.client.call(1, "exchange.declare", {"exchange": "around", "type": "fanout"},
                         "exchange.declare-ok")
        for number in range(10):
            self.declare(f"q{number}", **DEAD_TO)
            self.client.call(1, "queue.bind", {"queue": f"q{number}", "exchange": "around"},
                             "queue.bind-ok")

        self.watch(lambda: self.client.send(message(b"ten octets", exchange="around")), seconds=3)

        self.check_stop()

    def test_a_long_chain_of_dead_letters(self):
        for number in range(900):
            self.declare(f"q{number}", **{
                "x-dead-letter-exchange": "", "x-dead-letter-routing-key": f"q{number + 1}",
                "x-max-length": 0})
        self.declare("q900")

        self.watch(lambda: self.client.send(100 * message(b"x", routing_key="q0")), seconds=3)

        self.check_stop()

    def declare_with_bindings(self, count):
        self.declare("q")
        for number in range(count):
            self.client.send(method("queue.bind", queue="q", exchange="amq.direct",
                                    routing_key=str(number), no_wait=True))
        self.synchronise()

    def declare_with_consumers(self, count):
        self.declare("q")
        for number in range(count):
            self.client.send(method("basic.consume", queue="q", consumer_tag=str(number),
                                    no_wait=True))
        self.synchronise()

    def fill(self, count, queue="q"):
        thousand = 1000 * message(b"x", routing_key=queue)
        for _ in range(count // 1000):
            self.client.send(thousand)
        self.synchronise()

    def call(self, name, values, answer):
        return self.client.call(1, name, values, answer, seconds=60)

    def test_a_queue_with_any_number_of_bindings_is_deleted(self):
        self.declare_with_bindings(600_000)

        self.watch(lambda: self.call("queue.delete", {"queue": "q"}, "queue.delete-ok"), seconds=3)

        self.check_stop()

    def test_an_exchange_with_any_number_of_bindings_is_deleted(self):
        self.call("exchange.declare", {"exchange": "x", "type": "direct"}, "exchange.declare-ok")
        self.declare("q")
        for number in range(300_000):
            self.client.send(method("queue.bind", queue="q", exchange="x",
                                    routing_key=str(number), no_wait=True))
        self.synchronise()

        self.watch(lambda: self.call("exchange.delete", {"exchange": "x"}, "exchange.delete-ok"),
                   seconds=2)

        self.check_stop()

    def test_a_signal_in_the_middle_of_a_deletion(self):
        self.declare_with_bindings(600_000)
        self.client.send(method("queue.delete", queue="q"))

        self.check_stop()

    def test_a_queue_with_any_number_of_consumers_is_deleted(self):
        self.declare_with_consumers(150_000)

        self.watch(lambda: self.call("queue.delete", {"queue": "q"}, "queue.delete-ok"), seconds=2)

        self.check_stop()

    def test_a_connection_with_any_number_of_consumers_is_lost(self):
        self.declare_with_consumers(150_000)

        self.watch(self.client.socket.close, seconds=1)

        self.check_stop()

    def test_any_number_of_messages_is_purged(self):
        self.declare("q")
        self.fill(300_000)

        self.watch(lambda: self.call("queue.purge", {"queue": "q"}, "queue.purge-ok"), seconds=2)

        self.check_stop()

    def test_any_number_of_messages_is_committed(self):
        self.declare("q")
        self.call("tx.select", {}, "tx.select-ok")
        self.fill(100_000)

        self.watch(lambda: self.call("tx.commit", {}, "tx.commit-ok"), seconds=1)

        self.check_stop()

    def test_any_number_of_messages_is_rolled_back(self):
        self.declare("q")
        self.call("tx.select", {}, "tx.select-ok")
        self.fill(100_000)

        self.watch(lambda: self.call("tx.rollback", {}, "tx.rollback-ok"), seconds=1)

        self.check_stop()

    def take_all(self, count):
        """Unsettled deliveries, one for each of the messages."""
        self.declare("q")
        self.fill(count)
        self.client.send(count * method("basic.get", queue="q"))
        self.synchronise()

    def test_any_number_of_deliveries_is_settled_at_once(self):
        self.take_all(100_000)

        def settle():
            self.client.send(method("basic.nack", multiple=True, requeue=True))
            self.synchronise()
        self.watch(settle, seconds=1)

        self.check_stop()

    def test_a_connection_with_any_number_of_deliveries_is_lost(self):
        self.take_all(100_000)

        self.watch(self.client.socket.close, seconds=1)

        self.check_stop()

    def test_a_connection_with_any_number_of_queues_is_lost(self):
        for number in range(50_000):
            self.client.send(method("queue.declare", queue=f"mine{number}", exclusive=True,
                                    no_wait=True))
        self.synchronise()

        self.watch(self.client.socket.close, seconds=1)

        self.check_stop()

    def test_a_message_goes_to_any_number_of_queues(self):
        for number in range(50_000):
            self.client.send(method("queue.declare", queue=f"q{number}", no_wait=True))
            self.client.send(method("queue.bind", queue=f"q{number}", exchange="amq.fanout",
                                    no_wait=True))
        self.synchronise()

        self.watch(lambda: self.client.send(20 * message(b"x", exchange="amq.fanout")), seconds=2)

        self.check_stop()

    def test_replies_to_a_client_that_does_not_read(self):
        requester = self.connect("requester")
        requester.call(1, "basic.consume", {"queue": "amq.rabbitmq.reply-to", "no_ack": True},
                       "basic.consume-ok")
        self.declare("q")
        requester.send(method("basic.publish", routing_key="q")
                       + codec.encode_frame(codec.HEADER, 1, codec.encode_header(
                           {"reply_to": "amq.rabbitmq.reply-to"}, 0)))
        got = None
        while got is None or got.name != "basic.get-ok":
            got = self.client.call(1, "basic.get", {"queue": "q", "no_ack": True},
                                   "basic.get-ok", "basic.get-empty")
        address = got.content.properties["reply_to"]

        def flood():
            replies = 100 * message(1000 * b"x", routing_key=address)
            with contextlib.suppress(OSError):  # it is not read any more, in a memory alarm
                self.client.socket.settimeout(1)
                for _ in range(10_000):
                    self.client.socket.sendall(replies)
        self.watch(flood)

        self.check_stop()
        self.assertLess(self.peak_mebibytes, 700)


if __name__ == "__main__":
    unittest.main()
