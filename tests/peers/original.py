"""Peers on pika and cbor2 that put on the wire what the Python original does (recorded in
tests/vectors/python-original.json), and that refuse what would trouble it: Service and Endpoint."""

import collections
import json
import os
import socket
import time

import cbor2
import pika
from strict import Refused, read_log, read_message

EXCHANGES = ("events", "commands", "configurations", "logs")
LEVELS = ("EMERGENCY", "ALERT", "CRITICAL", "ERROR", "WARNING", "NOTICE", "INFO", "DEBUG")
PREFETCH_COUNT = 3
DEADLINE_SECONDS = 30


def log_record(logical_service, level, short, full, conversation_id, fields):
    """GELF as the original writes it: JSON with blanks, escaped to ASCII."""
    return json.dumps({
        "version": "1.1", "short_message": short, "full_message": full,
        "level": LEVELS.index(level), "_levelname": level,
        "host": f"{logical_service}@{socket.gethostname()}", "timestamp": time.time(),
        "_conversation_id": conversation_id, "_logical_service": logical_service,
        "_worker_pid": os.getpid(),
        **{name if name.startswith("_") else f"_{name}": value for name, value in fields.items()},
    }).encode()


class Service:
    """Receives into `inbox` (and `logs`), and calls the functions in `on`, by routing key, with
    the message. For a configuration, the answer says whether the service is now configured.
    """

    def __init__(self, url, logical_service, *, events=(), commands=(), configurations=(), logs=(),
                 is_json=False):
        self.logical_service = logical_service
        self.is_json = is_json
        self.is_ready = False
        self.inbox = []
        self.logs = []
        self.refused = []
        self.on = collections.defaultdict(lambda: lambda message: True)
        self.on_unconfigured = self.on_ready = lambda: None
        self._subscriptions = {"events": events, "commands": commands}
        self._configurations = configurations
        self._log_patterns = logs
        self.connection = pika.BlockingConnection(pika.URLParameters(url))
        self._channel = self.connection.channel()
        self._log_channel = self.connection.channel()

    def start(self):
        """Declares everything and consumes; with configurations, only these until configured."""
        for exchange in EXCHANGES:
            self._channel.exchange_declare(exchange, "topic", durable=True)
        for exchange, keys in self._subscriptions.items():
            if keys:
                self._bind(f"{self.logical_service}.{exchange}", exchange, keys, durable=True)
        self._channel.basic_qos(prefetch_count=PREFETCH_COUNT)
        self._channel.confirm_delivery()
        if self._log_patterns:
            queue = self._bind("", "logs", self._log_patterns, exclusive=True)
            self._channel.basic_consume(queue, self._receive_log, auto_ack=True)
        if self._configurations:
            queue = self._bind("", "configurations", self._configurations, exclusive=True)
            self._consume(queue, "configurations")
            self.on_unconfigured()
        else:
            self._do_business()
        return self

    def close(self):
        self.connection.close()

    def pump_until(self, condition, what):
        """Serves until the condition holds; returns what it says."""
        deadline = time.monotonic() + DEADLINE_SECONDS
        while not (answer := condition()):
            if self.refused:
                raise Refused("; ".join(self.refused))
            if time.monotonic() > deadline:
                raise AssertionError(f"{self.logical_service}: no {what} in time; it has got "
                                     f"{self.inbox[-10:]}")
            self.connection.process_data_events(time_limit=0.05)
        return answer

    def received(self, name, count=1):
        """The messages of this routing key, once there are so many."""
        def found():
            messages = [message for message in self.inbox if message.name == name]
            return messages if len(messages) >= count else None
        return self.pump_until(found, name)

    def received_log(self, routing_key, short_message):
        def found():
            return next((record for key, record in self.logs
                         if key == routing_key and record["short_message"] == short_message), None)
        return self.pump_until(found, f"log {short_message!r}")

    def publish_event(self, name, payload, conversation_id):
        self._publish("events", name, payload, {"conversation_id": conversation_id})

    def publish_configuration(self, name, payload):
        self._publish("configurations", name, payload, {"conversation_id": ""})

    def send_command(self, name, payload, conversation_id, reply_to, correlation_id):
        self._publish("commands", name, payload, {"conversation_id": conversation_id},
                      reply_to, correlation_id, mandatory=True)

    def return_success(self, command, payload):
        self._return(command, payload, "success")

    def return_error(self, command, payload):
        self._return(command, payload, "error")

    def log(self, level, short, full="", conversation_id="", **fields):
        self._log_channel.basic_publish(
            "logs", f"{self.logical_service}.{level}",
            log_record(self.logical_service, level, short, full, conversation_id, fields))

    def _return(self, command, payload, status):
        self._publish("commands", command.reply_to, payload,
                      {"status": status, "conversation_id": command.conversation_id},
                      "", command.correlation_id, mandatory=True)

    def _publish(self, exchange, name, payload, headers, reply_to="", correlation_id="",
                 mandatory=False):
        if self.is_json:
            kind, body = "application/json", json.dumps(payload, ensure_ascii=False).encode()
        else:
            kind, body = "application/cbor", cbor2.dumps(payload)
        properties = pika.BasicProperties(content_type=kind, delivery_mode=2, headers=headers,
                                          reply_to=reply_to, correlation_id=correlation_id)
        self._channel.basic_publish(exchange, name, body, properties, mandatory)

    def _bind(self, queue, exchange, keys, **options):
        queue = self._channel.queue_declare(queue, **options).method.queue
        for key in keys:
            self._channel.queue_bind(queue, exchange, key)
        return queue

    def _do_business(self):
        for exchange, keys in self._subscriptions.items():
            if keys:
                self._consume(f"{self.logical_service}.{exchange}", exchange)
        self.on_ready()
        self.is_ready = True

    def _consume(self, queue, exchange):
        self._channel.basic_consume(
            queue, lambda *delivery: self._receive(exchange, *delivery))

    def _receive(self, exchange, channel, method, properties, body):
        try:
            message = read_message(exchange, method, properties, body)
        except Refused as refusal:
            self.refused.append(str(refusal))
            channel.basic_nack(method.delivery_tag, requeue=False)
            return
        self.inbox.append(message)
        is_configured = self.on[message.name](message)
        channel.basic_ack(method.delivery_tag)
        if exchange == "configurations" and is_configured and not self.is_ready:
            self._do_business()

    def _receive_log(self, _channel, method, properties, body):
        try:
            self.logs.append((method.routing_key, read_log(method, properties, body)))
        except Refused as refusal:
            self.refused.append(str(refusal))


class Endpoint:
    """The publisher for programs other than services: its properties differ from a service's."""

    def __init__(self, url, logical_service, is_json=False):
        self._logical_service = logical_service
        self._is_json = is_json
        self._connection = pika.BlockingConnection(pika.URLParameters(url))
        self._channel = self._connection.channel()
        self._channel.confirm_delivery()

    def close(self):
        self._connection.close()

    def publish_event(self, name, payload, conversation_id):
        self._publish("events", name, payload, {"conversation_id": conversation_id}, 2)

    def publish_configuration(self, name, payload):
        self._publish("configurations", name, payload, {}, 1)

    def log(self, level, short, full="", conversation_id="", **fields):
        body = log_record(self._logical_service, level, short, full, conversation_id, fields)
        self._send("logs", f"{self._logical_service}.{level}", body, "application/data", "binary",
                   {}, 1)

    def _publish(self, exchange, name, payload, headers, delivery_mode):
        if self._is_json:
            body, kind, encoding = json.dumps(payload).encode(), "application/json", "utf-8"
        else:
            body, kind, encoding = cbor2.dumps(payload), "application/cbor", "binary"
        self._send(exchange, name, body, kind, encoding, headers, delivery_mode)

    def _send(self, exchange, name, body, kind, encoding, headers, delivery_mode):
        self._channel.basic_publish(exchange, name, body, pika.BasicProperties(
            content_type=kind, content_encoding=encoding, headers=headers,
            delivery_mode=delivery_mode, priority=0))
