"""A client that sends nonsense to `eventail broker` gets the right error or a closed socket. It
costs little memory, and other clients do not notice."""

import contextlib
import os
import resource
import select
import socket
import struct
import sys
import time
import unittest
from pathlib import Path
from urllib.parse import urlsplit

import pika

TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / "support"), str(TESTS / "contract" / "traces")]
import amqp_codec as codec  # noqa: E402
from brokers import Target  # noqa: E402
from peer import Peer  # noqa: E402
from program import DEADLINE_SECONDS, Program  # noqa: E402

EVENTAIL = Path(os.environ["EVENTAIL_TOOLS_DIR"]) / "eventail"
MAX_EXTRA_KB = 64 << 10
TIMES = 20
FLOOD = 10_000
PROTOCOL_HEADER = b"AMQP\0\0\x09\x01"


def frame_head(kind, channel, size):
    return struct.pack(">BHI", kind, channel, size)


def method(name, **values):
    return codec.encode_frame(codec.METHOD, 1, codec.encode_method(name, values))


def nested(depth):
    """An exchange.declare with a table in a table in a table…"""
    table = b""
    for _ in range(depth):
        table = b"\x01aF" + struct.pack(">I", len(table)) + table
    declare = struct.pack(">HHH", 40, 10, 0) + b"\x01x\x05topic\0"
    return codec.encode_frame(
        codec.METHOD, 1, declare + struct.pack(">I", len(table)) + table)


def content_header(body_size):
    return codec.encode_frame(codec.HEADER, 1, codec.encode_header({}, body_size))


def publish(body_size):
    return method("basic.publish", routing_key="nobody") + content_header(body_size)


# The bytes to send, and the code of the close in answer; None: only the socket is closed.
ON_A_CHANNEL = {
    "a frame of type 9": (codec.encode_frame(9, 1, b"payload"), 501),
    "a frame of 2^32 - 1 bytes": (frame_head(codec.METHOD, 1, 2**32 - 1) + bytes(200_000), 501),
    "a frame above frame_max": (frame_head(codec.METHOD, 1, 131_073) + bytes(131_074), 501),
    "tables nested 10,000 deep": (nested(10_000), 501),
    # As in RabbitMQ, this is not a mistake until something else comes.
    "a body of 2^63 bytes": (publish(2**63) + 100 * codec.encode_frame(codec.BODY, 1, bytes(65536))
                             + method("queue.declare"), 505),
    "a content header without a method": (content_header(5), 505),
}
UNGREETED = {
    "another protocol": b"GET / HTTP/1.1\r\n\r\n",
    "another version": b"AMQP\0\1\0\0",
    "a handshake of one endless frame": PROTOCOL_HEADER + frame_head(1, 0, 2**31) + bytes(100_000),
    "a handshake that begins with a body": PROTOCOL_HEADER + codec.encode_frame(3, 0, b"body"),
}


class HostileBytes(unittest.TestCase):
    def setUp(self):
        limit = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (limit[1], limit[1]))
        self.program = self.enterContext(Program(EVENTAIL, "broker", "--port", "0", "--quiet"))
        url = self.program.wait_for_line("^amqp://")[0]
        parts = urlsplit(url)
        self.target = Target(parts.hostname, parts.port, "guest", "guest", "/")
        bystander = pika.BlockingConnection(pika.URLParameters(url))
        self.addCleanup(bystander.close)
        self.channel = bystander.channel()
        self.channel.confirm_delivery()
        self.queue = self.channel.queue_declare("", exclusive=True).method.queue
        self.check_bystander()
        self.base_kb = self.memory_kb("VmRSS")

    def memory_kb(self, name):
        status = Path(f"/proc/{self.program.pid}/status").read_text()
        return next(int(line.split()[1]) for line in status.splitlines() if line.startswith(name))

    def check_bystander(self):
        """Publishes, gets a confirm and the message, soon."""
        begin = time.monotonic()
        self.channel.basic_publish("", self.queue, b"content")
        self.assertEqual(self.channel.basic_get(self.queue, auto_ack=True)[2], b"content")
        self.assertLess(time.monotonic() - begin, 1)

    def check_memory(self):
        """The most that it ever took."""
        extra_kb = self.memory_kb("VmHWM") - self.base_kb
        print(f"{self.id().rsplit('.', 1)[-1]}: {extra_kb} kB on top of {self.base_kb}",
              file=sys.stderr)
        self.assertLess(extra_kb, MAX_EXTRA_KB)

    def code_of_close(self, data):
        """The reply code that answers, or None if the socket is just closed."""
        peer = Peer("a", self.target)
        with contextlib.closing(peer.socket):
            peer.greet()
            peer.open()
            peer.call(1, "channel.open", {}, "channel.open-ok")
            peer.send(data)
            answer = peer.wait_for(["connection.close", "channel.close", "eof"])
            return answer.values.get("reply_code")

    def raw(self, data=b""):
        client = socket.create_connection((self.target.host, self.target.port), timeout=10)
        with contextlib.suppress(ConnectionError):
            client.sendall(data)
        return client

    def test_each_gets_its_error(self):
        for title, (data, code) in ON_A_CHANNEL.items():
            with self.subTest(title):
                for _ in range(TIMES):
                    self.assertEqual(self.code_of_close(data), code)
                self.check_bystander()
        self.check_memory()

    def test_a_client_without_a_handshake_is_dropped(self):
        for title, data in UNGREETED.items():
            with self.subTest(title):
                for _ in range(TIMES):
                    with self.raw(data) as client, contextlib.suppress(ConnectionResetError):
                        while client.recv(65536):
                            pass
                self.check_bystander()
        self.check_memory()

    def test_many_messages_that_are_never_completed_are_bounded(self):
        with contextlib.ExitStack() as stack:
            for _ in range(TIMES):
                peer = Peer("a", self.target)
                stack.enter_context(contextlib.closing(peer.socket))
                peer.greet()
                peer.open()
                peer.call(1, "channel.open", {}, "channel.open-ok")
                peer.send(publish(100_000_000))
                peer.send(codec.encode_frame(codec.BODY, 1, bytes(100_000)))
            self.check_bystander()
            self.check_memory()

    def test_ten_thousand_connections(self):
        limit = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
        self.assertGreater(limit, FLOOD + 100, "so many descriptors are not allowed here")
        with contextlib.ExitStack() as stack:
            clients = [stack.enter_context(self.raw(PROTOCOL_HEADER if number % 2 else b""))
                       for number in range(FLOOD)]
            self.check_bystander()
            for client in clients[1::2]:
                self.assertTrue(client.recv(7), "it was not greeted")
            self.check_memory()
            # None of them goes on with its handshake.
            deadline = time.monotonic() + DEADLINE_SECONDS
            silent = clients[::2]
            while silent and time.monotonic() < deadline:
                gone = set(select_readable(silent))
                silent = [client for client in silent if client not in gone]
            self.assertEqual(silent, [], "an endless handshake")
            self.check_bystander()


def select_readable(clients):
    poll = select.poll()
    by_descriptor = {client.fileno(): client for client in clients}
    for descriptor in by_descriptor:
        poll.register(descriptor, select.POLLIN)
    return [by_descriptor[descriptor] for descriptor, _ in poll.poll(1000)]


if __name__ == "__main__":
    unittest.main()
