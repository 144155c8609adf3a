"""Clients that others wrote work with the broker: pika, kombu with py-amqp, and the tools of
rabbitmq-c. amqplib_test.py has the npm package amqplib.

EVENTAIL_TEST_AMQP_URL names the broker, EVENTAIL_TEST_AMQPS_URL and EVENTAIL_TEST_CERTIFICATES
the same one with TLS; EVENTAIL_TEST_BLOCK and _UNBLOCK are commands that raise and clear its alarm
(without them rabbitmqctl does, if EVENTAIL_TEST_BROKER_DIR is set)."""

import os
import shlex
import shutil
import socket
import ssl
import subprocess
import sys
import unittest
import uuid
from pathlib import Path

HERE = Path(__file__).resolve().parent
if "EVENTAIL_TEST_AMQP_URL" not in os.environ:
    print("EVENTAIL_TEST_AMQP_URL names no broker")
    sys.exit(77)

import kombu  # noqa: E402
import pika  # noqa: E402

URL = os.environ["EVENTAIL_TEST_AMQP_URL"]
TLS_URL = os.environ.get("EVENTAIL_TEST_AMQPS_URL")
CA_FILE = Path(os.environ.get("EVENTAIL_TEST_CERTIFICATES", "")) / "ca.pem"
DEADLINE_SECONDS = 20
HEADERS = {"text": "ü", "number": 7, "big": 2**40, "yes": True, "none": None, "list": [1, "two"],
           "nested": {"a": 1}}
needs_tls = unittest.skipUnless(TLS_URL, "EVENTAIL_TEST_AMQPS_URL names no broker")


def alarm(is_on):
    """Raises or clears the broker's memory alarm."""
    command = os.environ.get("EVENTAIL_TEST_BLOCK" if is_on else "EVENTAIL_TEST_UNBLOCK")
    if command:
        subprocess.run(shlex.split(command), check=True)
        return
    if "EVENTAIL_TEST_BROKER_DIR" not in os.environ:
        raise unittest.SkipTest("nothing says how to raise an alarm")
    scripts = os.environ.get("EVENTAIL_SCRIPTS", HERE.parents[1] / "scripts")
    subprocess.run(
        [Path(scripts) / "rabbitmq", "ctl", os.environ["EVENTAIL_TEST_BROKER_DIR"],
         "set_vm_memory_high_watermark", "0" if is_on else "0.4"],
        check=True, stdout=subprocess.DEVNULL)


def ssl_context():
    return ssl.create_default_context(cafile=CA_FILE)


class Pika(unittest.TestCase):
    def connect(self, url=URL, **more):
        parameters = pika.URLParameters(url)
        for name, value in more.items():
            setattr(parameters, name, value)
        connection = pika.BlockingConnection(parameters)
        self.addCleanup(lambda: connection.is_open and connection.close())
        return connection

    def setUp(self):
        self.connection = self.connect()
        self.channel = self.connection.channel()
        self.queue = self.channel.queue_declare("", exclusive=True).method.queue

    def publish(self, body, routing_key=None, **more):
        self.channel.basic_publish("", routing_key or self.queue, body, **more)

    def test_confirms_and_gets(self):
        self.channel.confirm_delivery()
        properties = pika.BasicProperties(headers=HEADERS, delivery_mode=2, message_id="m")

        self.publish(b"content", properties=properties, mandatory=True)

        method, received, body = self.channel.basic_get(self.queue)
        self.assertEqual((body, received.headers, received.message_id), (b"content", HEADERS, "m"))
        self.channel.basic_nack(method.delivery_tag)
        method, _, _ = self.channel.basic_get(self.queue)
        self.assertTrue(method.redelivered)
        self.channel.basic_ack(method.delivery_tag)
        self.assertEqual(self.channel.basic_get(self.queue), (None, None, None))

    def test_an_unroutable_message_comes_back(self):
        self.channel.confirm_delivery()

        with self.assertRaises(pika.exceptions.UnroutableError) as raised:
            self.publish(b"back", self.queue + ".missing", mandatory=True)

        self.assertEqual(raised.exception.messages[0].body, b"back")

    def test_exchanges_of_each_type(self):
        for kind, arguments in (("topic", {}), ("direct", {}), ("fanout", {}),
                                ("headers", {"x-match": "all", "number": 7})):
            exchange = f"pika.{kind}.{uuid.uuid4()}"
            self.channel.exchange_declare(exchange, kind, auto_delete=True)
            self.channel.queue_bind(self.queue, exchange, "a.b", arguments)
            self.channel.basic_publish(
                exchange, "a.b", kind, pika.BasicProperties(headers=HEADERS))
            self.assertEqual(self.channel.basic_get(self.queue, True)[2], kind.encode())
            self.channel.queue_unbind(self.queue, exchange, "a.b", arguments)

    def test_prefetch_bounds_what_is_unacknowledged(self):
        self.channel.basic_qos(prefetch_count=2)
        for number in range(5):
            self.publish(str(number))
        received = []
        self.channel.basic_consume(
            self.queue, lambda channel, method, properties, body: received.append((method, body)))

        self.connection.process_data_events(0.3)
        self.assertEqual([body for _, body in received], [b"0", b"1"])
        self.channel.basic_ack(received[-1][0].delivery_tag, multiple=True)
        self.connection.process_data_events(0.3)

        self.assertEqual([body for _, body in received], [b"0", b"1", b"2", b"3"])

    def test_a_consumer_is_told_that_its_queue_is_gone(self):
        other = self.channel.queue_declare("").method.queue
        cancelled = []
        self.channel.add_on_cancel_callback(cancelled.append)
        tag = self.channel.basic_consume(other, lambda *_: None)

        self.connection.channel().queue_delete(other)
        self.connection.process_data_events(1)

        self.assertEqual([frame.method.consumer_tag for frame in cancelled], [tag])

    def test_large_bodies(self):
        for size in (0, 1, 131064, 131065, 4 << 20):
            body = os.urandom(size)
            self.publish(body)
            self.assertEqual(self.channel.basic_get(self.queue, True)[2] or b"", body)

    def test_errors_close_the_channel(self):
        with self.assertRaises(pika.exceptions.ChannelClosedByBroker) as raised:
            self.channel.queue_declare(self.queue + ".missing", passive=True)
        self.assertEqual(raised.exception.reply_code, 404)
        channel = self.connection.channel()
        name = f"pika.{uuid.uuid4()}"
        channel.queue_declare(name, exclusive=True)
        with self.assertRaises(pika.exceptions.ChannelClosedByBroker) as raised:
            channel.queue_declare(name, exclusive=True, auto_delete=True)
        self.assertEqual(raised.exception.reply_code, 406)

    def test_a_wrong_password_is_refused(self):
        with self.assertRaises(pika.exceptions.ProbableAuthenticationError):
            self.connect(credentials=pika.PlainCredentials("guest", "wrong"))

    def test_a_missing_virtual_host_is_refused(self):
        with self.assertRaises((pika.exceptions.ProbableAccessDeniedError,
                                pika.exceptions.ConnectionClosedByBroker)):
            self.connect(virtual_host=self.queue)

    def test_an_alarm_blocks_who_publishes(self):
        told = []
        self.connection.add_on_connection_blocked_callback(lambda *_: told.append("blocked"))
        self.connection.add_on_connection_unblocked_callback(lambda *_: told.append("unblocked"))
        self.publish(b"before")

        alarm(True)
        self.addCleanup(alarm, False)
        self.publish(b"during")
        self.connection.process_data_events(2)
        self.assertEqual(told, ["blocked"])
        alarm(False)
        self.connection.process_data_events(2)

        self.assertEqual(told, ["blocked", "unblocked"])
        self.assertEqual(self.channel.queue_declare(self.queue, passive=True).method.message_count,
                         2)

    @needs_tls
    def test_tls(self):
        connection = self.connect(
            TLS_URL, ssl_options=pika.SSLOptions(ssl_context(), "localhost"))
        channel = connection.channel()
        queue = channel.queue_declare("", exclusive=True).method.queue
        channel.confirm_delivery()
        body = os.urandom(300000)

        channel.basic_publish("", queue, body)

        self.assertEqual(channel.basic_get(queue, True)[2], body)


class Kombu(unittest.TestCase):
    def connect(self, url=URL, transport_options=None, **more):
        options = {"confirm_publish": True} | (transport_options or {})
        connection = kombu.Connection(url, transport_options=options, **more)
        self.addCleanup(connection.release)
        connection.ensure_connection(max_retries=1)
        return connection

    def exchange_messages(self, connection):
        name = f"kombu.{uuid.uuid4()}"
        exchange = kombu.Exchange(name, "topic", durable=True, auto_delete=True)
        queue = kombu.Queue(name, exchange, routing_key="order.#", exclusive=True)
        received = []

        def take(body, message):
            received.append((body, message.headers, message.delivery_info["redelivered"]))
            if len(received) == 1:
                message.requeue()
            else:
                message.ack()

        with kombu.Consumer(connection, [queue], callbacks=[take], prefetch_count=1):
            producer = connection.Producer(exchange=exchange)
            producer.publish({"id": 7}, routing_key="order.placed", headers=HEADERS,
                             compression="zlib", declare=[queue])
            while len(received) < 2:
                connection.drain_events(timeout=DEADLINE_SECONDS)

        (body, headers, _), (again, _, is_redelivered) = received
        self.assertEqual((body, again, is_redelivered), ({"id": 7}, {"id": 7}, True))
        self.assertLessEqual(HEADERS.items(), headers.items())

    def test_publish_and_consume(self):
        self.exchange_messages(self.connect())

    def test_a_simple_queue(self):
        queue = self.connect().SimpleQueue(f"kombu.{uuid.uuid4()}", serializer="json")
        self.addCleanup(lambda: (queue.close(), queue.queue.delete()))
        queue.put([1, "two", None])
        message = queue.get(timeout=DEADLINE_SECONDS)
        message.reject()
        self.assertEqual(message.payload, [1, "two", None])
        with self.assertRaises(queue.Empty):
            queue.get(block=False)

    def test_an_unroutable_message_comes_back(self):
        returned = []
        connection = self.connect()
        producer = connection.Producer(on_return=lambda *arguments: returned.append(arguments))

        producer.publish("back", routing_key=str(uuid.uuid4()), mandatory=True)

        exception, exchange, _, message = returned[0]
        self.assertEqual((exception.reply_text, exchange, message.body), ("NO_ROUTE", "", "back"))

    def test_it_gets_and_gives_back(self):
        queue = kombu.Queue(f"kombu.{uuid.uuid4()}", exclusive=True)(self.connect())
        queue.declare()
        queue.exchange.publish(queue.exchange.Message("content"), routing_key=queue.name)

        first = queue.get()
        first.requeue()
        again = queue.get()
        again.reject()

        self.assertEqual([message.delivery_info["redelivered"] for message in (first, again)],
                         [False, True])
        self.assertIsNone(queue.get())

    def test_prefetch_bounds_what_is_unacknowledged(self):
        connection = self.connect()
        queue = kombu.Queue(f"kombu.{uuid.uuid4()}", exclusive=True)
        received = []
        with kombu.Consumer(connection, [queue], on_message=received.append, prefetch_count=2):
            for number in range(3):
                connection.Producer().publish(number, routing_key=queue.name)
            while len(received) < 2:
                connection.drain_events(timeout=DEADLINE_SECONDS)
            with self.assertRaises(socket.timeout):
                connection.drain_events(timeout=0.3)
            received[0].ack()
            connection.drain_events(timeout=DEADLINE_SECONDS)

        self.assertEqual([message.payload for message in received], [0, 1, 2])

    def test_an_alarm_blocks_who_publishes(self):
        told = []
        connection = self.connect(transport_options={
            "confirm_publish": False, "on_blocked": lambda *_: told.append("blocked"),
            "on_unblocked": lambda *_: told.append("unblocked")})
        connection.Producer().publish("before", routing_key=str(uuid.uuid4()))

        alarm(True)
        self.addCleanup(alarm, False)
        connection.Producer().publish("during", routing_key=str(uuid.uuid4()))
        connection.drain_events(timeout=DEADLINE_SECONDS)
        self.assertEqual(told, ["blocked"])
        alarm(False)
        connection.drain_events(timeout=DEADLINE_SECONDS)

        self.assertEqual(told, ["blocked", "unblocked"])

    def test_heartbeats(self):
        connection = self.connect(heartbeat=2)
        for _ in range(5):
            connection.heartbeat_check()
            try:
                connection.drain_events(timeout=0.5)
            except socket.timeout:
                pass
        self.assertTrue(connection.connected)

    @needs_tls
    def test_tls(self):
        self.exchange_messages(self.connect(
            TLS_URL.replace("amqps:", "amqp:"),
            ssl={"ca_certs": str(CA_FILE), "cert_reqs": ssl.CERT_REQUIRED,
                 "server_hostname": "localhost"}))


class RabbitmqC(unittest.TestCase):
    """The programs of amqp-tools."""

    def run_tool(self, name, *arguments, is_tls=False):
        self.assertTrue(shutil.which(f"amqp-{name}"), "amqp-tools is not installed")
        broker = [f"--url={URL}"]
        if is_tls:
            broker = [f"--url={TLS_URL}", "--ssl", f"--cacert={CA_FILE}"]
        return subprocess.run([f"amqp-{name}", *broker, *arguments], capture_output=True,
                              timeout=DEADLINE_SECONDS)

    def check_tool(self, *arguments, is_tls=False):
        done = self.run_tool(*arguments, is_tls=is_tls)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def declare(self, is_tls=False):
        self.queue = f"tools.{uuid.uuid4()}"
        self.check_tool("declare-queue", f"--queue={self.queue}", is_tls=is_tls)
        self.addCleanup(self.run_tool, "delete-queue", f"--queue={self.queue}", is_tls=is_tls)

    def publish_and_get(self, is_tls=False):
        self.declare(is_tls)
        self.check_tool("publish", f"--routing-key={self.queue}", "--persistent",
                        "--content-type=text/plain", "--header=a: b", "--body=content",
                        is_tls=is_tls)
        self.assertEqual(self.check_tool("get", f"--queue={self.queue}", is_tls=is_tls),
                         b"content")

    def test_publish_and_get(self):
        self.publish_and_get()
        self.assertEqual(self.run_tool("get", f"--queue={self.queue}").returncode, 2)

    def test_consume(self):
        self.declare()
        for number in range(3):
            self.check_tool("publish", f"--routing-key={self.queue}", f"--body={number}")
        received = self.check_tool("consume", f"--queue={self.queue}", "--count=3",
                                   "--prefetch-count=1", "cat")
        self.assertEqual(received, b"012")

    def test_a_binding(self):
        publish = ("publish", "--exchange=amq.topic", "--routing-key=order.placed")
        consumer = subprocess.Popen(
            ["amqp-consume", f"--url={URL}", "--exchange=amq.topic", "--routing-key=order.#",
             "--count=1", "cat"], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.addCleanup(consumer.kill)
        # It says on which queue it waits once that is bound.
        self.assertIn(b"amq.gen-", consumer.stderr.readline())
        self.check_tool(*publish, "--body=bound")
        self.assertEqual(consumer.communicate(timeout=DEADLINE_SECONDS)[0], b"bound")

    def test_a_refusal_is_told(self):
        done = self.run_tool("get", "--queue=missing")
        self.assertEqual(done.returncode, 1)
        self.assertIn(b"404", done.stderr)

    @needs_tls
    def test_tls(self):
        self.publish_and_get(is_tls=True)


if __name__ == "__main__":
    unittest.main()
