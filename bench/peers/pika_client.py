#!/usr/bin/python3
"""The workloads with pika and cbor2, as the Python original uses them: callbacks on a
SelectConnection, every message encoded or decoded, each acknowledged by itself.

usage: pika_client.py publish|consume|caller|callee --port N --body FILE [--name value]...
"""

import argparse
import json
import resource
import time

import cbor2
import pika

CONVERSATION_ID = "0d0ce5ac-39a1-4c5e-8b0c-5f1ff5c6e2d4"


class Measurement:
    def __init__(self, options):
        self.messages = options.messages
        self.warm_up = options.messages // 10 if options.warm_up is None else options.warm_up
        self.total = self.messages + self.warm_up

    @staticmethod
    def cpu_seconds():
        usage = resource.getrusage(resource.RUSAGE_SELF)
        return usage.ru_utime + usage.ru_stime

    @staticmethod
    def max_resident_mib():
        with open("/proc/self/status", encoding="ascii") as file:
            return next(int(line.split()[1]) for line in file if line.startswith("VmHWM")) / 1024

    def begin(self):
        self.cpu_start = self.cpu_seconds()
        self.start = time.monotonic()

    def print(self, latencies=()):
        result = {
            "messages": self.messages,
            "wall_seconds": time.monotonic() - self.start,
            "cpu_seconds": self.cpu_seconds() - self.cpu_start,
            "max_rss_mib": self.max_resident_mib(),
        }
        if latencies:
            result["p50_us"] = sorted(latencies)[len(latencies) // 2] * 1e6
        print(json.dumps(result), flush=True)


class Client:
    """Opens a connection and one channel, then asks for each of `setup` in turn."""

    def __init__(self, options):
        self.options = options
        self.measurement = Measurement(options)
        with open(options.body, "rb") as file:
            self.content = cbor2.loads(file.read())
        parameters = pika.ConnectionParameters(
            "127.0.0.1", options.port,
            credentials=pika.PlainCredentials("guest", "guest"), heartbeat=0)
        self.connection = pika.SelectConnection(
            parameters,
            on_open_callback=lambda connection: connection.channel(on_open_callback=self.opened),
            on_open_error_callback=self.failed)

    def run(self):
        self.connection.ioloop.start()

    def failed(self, _connection, error):
        raise SystemExit(f"pika: {error}")

    def opened(self, channel):
        self.channel = channel
        self.steps = iter(self.setup())
        self.next_step()

    def next_step(self, _answer=None):
        step = next(self.steps, None)
        if step is None:
            self.ready()
        else:
            step(self.next_step)

    def queue_steps(self, queue, exchange, key):
        channel = self.channel
        prefetch = self.options.prefetch
        return [
            lambda done: channel.exchange_declare(exchange, "topic", durable=True, callback=done),
            lambda done: channel.queue_declare(queue, durable=True, callback=done),
            lambda done: channel.queue_bind(queue, exchange, key, callback=done),
            lambda done: channel.basic_qos(prefetch_count=prefetch, callback=done),
            lambda done: channel.basic_consume(queue, self.received, callback=done),
        ]

    def publish(self, exchange, key, **properties):
        self.channel.basic_publish(
            exchange, key, cbor2.dumps(self.content),
            pika.BasicProperties(content_type="application/cbor", delivery_mode=2,
                                 headers={"conversation_id": CONVERSATION_ID}, **properties))

    def end(self, latencies=()):
        self.measurement.print(latencies)
        self.connection.ioloop.stop()

    def ready(self):
        pass


class Publisher(Client):
    def setup(self):
        self.sent = self.confirmed = 0
        return [
            lambda done: self.channel.exchange_declare("events", "topic", durable=True,
                                                       callback=done),
            lambda done: self.channel.confirm_delivery(self.on_confirm, callback=done),
        ]

    def ready(self):
        while (self.sent < self.measurement.total
               and self.sent - self.confirmed < self.options.window):
            if self.sent == self.measurement.warm_up:
                self.measurement.begin()
            self.publish("events", "OrderPlaced")
            self.sent += 1

    def on_confirm(self, frame):
        self.confirmed = max(self.confirmed, frame.method.delivery_tag)
        if self.confirmed == self.measurement.total:
            self.end()
        else:
            self.ready()


class Consumer(Client):
    def setup(self):
        self.count = 0
        return self.queue_steps("bench.events", "events", "OrderPlaced")

    def received(self, channel, method, _properties, body):
        if self.count == self.measurement.warm_up:
            self.measurement.begin()
        cbor2.loads(body)
        channel.basic_ack(method.delivery_tag)
        self.count += 1
        if self.count == self.measurement.total:
            self.end()


class Caller(Client):
    def setup(self):
        self.sent = self.answered = 0
        self.latencies = []
        steps = self.queue_steps("caller.commands", "commands", "caller.OrderPlacedReturn")
        return [lambda done: self.channel.confirm_delivery(lambda _: None, callback=done), *steps]

    def ready(self):
        while (self.sent < self.measurement.total
               and self.sent - self.answered < self.options.outstanding):
            self.started = time.monotonic()
            self.publish("commands", "callee.PlaceOrder", correlation_id=CONVERSATION_ID,
                         reply_to="caller.OrderPlacedReturn")
            self.sent += 1

    def received(self, channel, method, _properties, body):
        if self.answered == self.measurement.warm_up:
            self.measurement.begin()
        elif self.options.outstanding == 1:
            self.latencies.append(time.monotonic() - self.started)
        cbor2.loads(body)
        channel.basic_ack(method.delivery_tag)
        self.answered += 1
        if self.answered == self.measurement.total:
            self.end(self.latencies)
        else:
            self.ready()


class Callee(Client):
    def setup(self):
        steps = self.queue_steps("callee.commands", "commands", "callee.PlaceOrder")
        return [lambda done: self.channel.confirm_delivery(lambda _: None, callback=done), *steps]

    def ready(self):
        print("ready", flush=True)

    def received(self, channel, method, properties, body):
        cbor2.loads(body)
        self.publish("commands", properties.reply_to, correlation_id=properties.correlation_id)
        channel.basic_ack(method.delivery_tag)


def main():
    workloads = {"publish": Publisher, "consume": Consumer, "caller": Caller, "callee": Callee}
    parser = argparse.ArgumentParser()
    parser.add_argument("workload", choices=workloads)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--body", required=True)
    parser.add_argument("--messages", type=int, default=10000)
    parser.add_argument("--warm-up", type=int)
    parser.add_argument("--window", type=int, default=1000)
    parser.add_argument("--prefetch", type=int, default=3)
    parser.add_argument("--outstanding", type=int, default=64)
    options = parser.parse_args()
    workloads[options.workload](options).run()


if __name__ == "__main__":
    main()
