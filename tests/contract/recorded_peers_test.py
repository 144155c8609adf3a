"""The Python peers of these tests (tests/peers) put on the wire what the Python original did when
it was recorded: the same properties, the same headers, the same bytes."""

import json
import os
import sys
import unittest
import unittest.mock
from pathlib import Path

import pika

TESTS = Path(__file__).parents[1]
sys.path.insert(0, str(TESTS / "peers"))
from original import Endpoint, Service  # noqa: E402
from strict import Refused, read_log, read_message  # noqa: E402

if "EVENTAIL_TEST_AMQP_URL" not in os.environ:
    print("EVENTAIL_TEST_AMQP_URL names no broker")
    sys.exit(77)

URL = os.environ["EVENTAIL_TEST_AMQP_URL"]
OF_THE_MOMENT = ("host", "timestamp", "_worker_pid")
SAMPLE = {
    "unix_time": 1700000000, "name": "café", "ok": True, "none": None, "ratio": 0.5, "neg": -42,
    "big": 1099511627776, "list": [1, 2, [3]], "map": {"k": "v"}, "empty": {},
}


def comparable(exchange, routing_key, properties, body):
    """What does not depend on the moment; of log records, how they are written too."""
    if exchange == "logs":
        record = json.loads(body)
        assert body.decode() == json.dumps(record), body
        body = json.dumps({name: "" if name in OF_THE_MOMENT else value
                           for name, value in record.items()})
    return repr((exchange, routing_key, sorted(properties.items()), body))


def recorded():
    """Each message that the original published, in order of its frames: method, header, bodies."""
    frames = json.loads((TESTS / "vectors/python-original.json").read_text())
    of_client = iter([frame for frame in frames if frame["from"] == "client"])
    for frame in of_client:
        if frame.get("method") == "Basic.Publish":
            header = next(of_client)
            body = bytes.fromhex(next(of_client)["body"])
            assert len(body) == header["body_size"]
            yield (frame["fields"]["exchange"], frame["fields"]["routing_key"],
                   header["properties"], body)


def publish_the_same():
    service = Service(URL, "probe")
    service.start()
    service.publish_configuration("ProbeConfigurationRequested", {})
    service.publish_event("ProbeHappened", SAMPLE, "conv-1")
    service.publish_event("ProbeHappened", SAMPLE, "conv-1")
    service.send_command("probe.DoIt", SAMPLE, "conv-2", "probe.DoItResult", "corr-7")
    command = unittest.mock.Mock(conversation_id="conv-2", reply_to="probe.Result",
                                 correlation_id="corr-7")
    service.return_success(command, SAMPLE)
    service.return_error(command, {"reason": "nope"})
    service.publish_configuration("ProbeConfigured2", SAMPLE)
    service.log("INFO", "short", "full text é", "conv-3", extra=1, _already="x")
    service.is_json = True
    service.publish_event("ProbeHappened", SAMPLE, "conv-4")
    service.log("WARNING", "Shutting down…")
    service.close()

    for is_json, payload in ((False, {"a": 1, "s": "é"}), (True, {"a": 1, "s": "é"})):
        endpoint = Endpoint(URL, "legacy", is_json)
        endpoint.publish_event("LegacyHappened", payload, "conv-9")
        if not is_json:
            endpoint.publish_configuration("LegacyDefined", {"a": 1})
            endpoint.log("WARNING", "short", "full", "conv-9", x=1)
        endpoint.close()


class RecordedPeers(unittest.TestCase):
    def setUp(self):
        connection = pika.BlockingConnection(pika.URLParameters(URL))
        self.addCleanup(connection.close)
        self.channel = connection.channel()
        self.queue = self.channel.queue_declare("", exclusive=True).method.queue
        for exchange, routing_key, _, _ in recorded():
            self.channel.exchange_declare(exchange, "topic", durable=True)
            self.channel.queue_bind(self.queue, exchange, routing_key)

    def test_they_publish_what_the_original_did(self):
        expected = sorted(comparable(*message) for message in recorded())

        publish_the_same()

        published = []
        for method, properties, body in self.channel.consume(self.queue, inactivity_timeout=10):
            self.assertIsNotNone(method, f"no more than {published}")
            named = {name: value for name, value in vars(properties).items() if value is not None}
            published.append(comparable(method.exchange, method.routing_key, named, body))
            if len(published) == len(expected):
                break
        self.assertEqual(sorted(published), expected)

    def test_the_strict_receiver_takes_what_the_original_published(self):
        for exchange, routing_key, properties, body in recorded():
            method = pika.spec.Basic.Deliver(exchange=exchange, routing_key=routing_key)
            properties = pika.BasicProperties(**properties)
            if exchange == "logs":
                read_log(method, properties, body)
            else:
                read_message(exchange, method, properties, body)

    def test_the_strict_receiver_refuses_what_would_trouble_the_original(self):
        for exchange, changes, body in (
                ("events", {"headers": None}, b"\xa0"),
                ("events", {"headers": {}}, b"\xa0"),
                ("events", {"headers": {"conversation_id": 7}}, b"\xa0"),
                ("events", {"headers": {"conversation_id": "", "odd": b"bytes"}}, b"\xa0"),
                ("events", {"content_type": None}, b"\xa0"),
                ("events", {"content_type": "application/cbor; v=1"}, b"\xa0"),
                ("events", {"content_type": "application/json"}, b"\xa0"),
                ("events", {"delivery_mode": 1}, b"\xa0"),
                ("events", {}, b"\xa0\xa0"),
                ("events", {}, b"\xa1\x61"),
                ("events", {}, b""),
                ("commands", {}, b"\xa0"),
                ("commands", {"reply_to": "a.Return", "correlation_id": None}, b"\xa0"),
                ("commands", {"headers": {"conversation_id": "", "status": "maybe"}}, b"\xa0"),
                ("configurations", {"headers": {"conversation_id": None}}, b"\xa0")):
            method = pika.spec.Basic.Deliver(exchange=exchange, routing_key="Something")
            properties = pika.BasicProperties(**{
                "content_type": "application/cbor", "delivery_mode": 2, "correlation_id": "1",
                "headers": {"conversation_id": ""}, **changes})
            with self.subTest(exchange=exchange, changes=changes, body=body), (
                    self.assertRaises(Refused)):
                read_message(exchange, method, properties, body)


if __name__ == "__main__":
    unittest.main()
