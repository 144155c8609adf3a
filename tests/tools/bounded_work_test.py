"""Nothing that one client asks of `eventail broker` keeps another one waiting, nor a signal."""

import contextlib
import os
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
# What is not optimised, watched by a sanitizer, or on a busy machine takes longer.
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
        print(f"{self.id().rsplit('.', 1)[-1]}: answered within {1000 * watcher.longest:.0f} ms",
              file=sys.stderr)
        self.assertLess(watcher.longest, MOST_SECONDS)

    def check_stop(self):
        begin = time.monotonic()
        self.assertEqual(self.program.stop(), 0)
        self.assertLess(time.monotonic() - begin, STOP_SECONDS)

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

    def test_bindings_in_any_number(self):
        self.declare("q")
        for number in range(100_000):
            self.client.send(method("queue.bind", queue="q", exchange="amq.direct",
                                    routing_key=str(number), no_wait=True))
        self.synchronise()

        self.watch(lambda: self.client.call(1, "queue.delete", {"queue": "q"}, "queue.delete-ok",
                                            seconds=30))

        self.check_stop()

    def test_consumers_in_any_number(self):
        self.declare("q")
        for number in range(100_000):
            self.client.send(method("basic.consume", queue="q", consumer_tag=str(number),
                                    no_wait=True))
        self.synchronise()

        self.watch(self.client.socket.close, seconds=1)

        self.check_stop()


if __name__ == "__main__":
    unittest.main()
