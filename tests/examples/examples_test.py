"""Each example at work on the broker of the test run: on RabbitMQ, on a virtual host of its own;
another broker comes with a dead-letter policy."""

import os
import subprocess
import sys
import time
import unittest
from pathlib import Path

import cbor2
import pika

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))
from program import DEADLINE_SECONDS, Program  # noqa: E402

if "EVENTAIL_TEST_AMQP_URL" not in os.environ:
    print("EVENTAIL_TEST_AMQP_URL names no broker")
    sys.exit(77)

EXAMPLES = Path(os.environ["EVENTAIL_EXAMPLES_DIR"])
URL = os.environ["EVENTAIL_TEST_AMQP_URL"]
IS_RABBITMQ = "EVENTAIL_TEST_BROKER_DIR" in os.environ
VIRTUAL_HOST = f"examples-{os.getpid()}"
if IS_RABBITMQ:
    URL += f"/{VIRTUAL_HOST}"


def rabbitmqctl(*arguments):
    subprocess.run([f"{os.environ['EVENTAIL_SCRIPTS']}/rabbitmq", "ctl",
                    os.environ["EVENTAIL_TEST_BROKER_DIR"], *arguments],
                   check=True, stdout=subprocess.DEVNULL)


def setUpModule():
    if not IS_RABBITMQ:
        return
    rabbitmqctl("add_vhost", VIRTUAL_HOST)
    unittest.addModuleCleanup(rabbitmqctl, "delete_vhost", VIRTUAL_HOST)
    rabbitmqctl("set_permissions", "-p", VIRTUAL_HOST, "guest", ".*", ".*", ".*")
    rabbitmqctl("set_policy", "-p", VIRTUAL_HOST, "DLX", r"^.*\.(events|commands)$",
                '{"dead-letter-exchange":"am-dlx"}', "--apply-to", "queues")


def is_prime(number):
    return number > 1 and all(number % divisor for divisor in range(2, int(number**0.5) + 1))


class Examples(unittest.TestCase):
    def setUp(self):
        self.connection = pika.BlockingConnection(pika.URLParameters(URL))
        self.addCleanup(self.connection.close)
        self.channel = self.open_channel()
        for exchange in ("events", "commands", "configurations", "logs"):
            self.channel.exchange_declare(exchange, "topic", durable=True)
        self.channel.exchange_declare("am-dlx", "fanout", durable=True)
        self.channel.queue_declare("am-dlq", durable=True)
        self.channel.queue_bind("am-dlq", "am-dlx")

    def open_channel(self):
        channel = self.connection.channel()
        channel.confirm_delivery()
        return channel

    def start(self, name, *arguments):
        program = Program(EXAMPLES / name, *arguments, URL)
        self.enterContext(program)
        return program

    def wait_for_consumers(self, queue, count=1):
        deadline = time.monotonic() + DEADLINE_SECONDS
        while self.declared(queue) is None or self.declared(queue).consumer_count < count:
            self.assertLess(time.monotonic(), deadline, f"nobody consumes from {queue}")
            time.sleep(0.05)

    def declared(self, queue):
        try:
            return self.channel.queue_declare(queue, passive=True).method
        except pika.exceptions.ChannelClosedByBroker:  # no such queue yet
            self.channel = self.open_channel()
            return None

    def assert_all_done(self, *queues):
        left = {queue: self.declared(queue).message_count for queue in (*queues, "am-dlq")}
        self.assertEqual(left, dict.fromkeys(left, 0))

    def publish(self, exchange, name, payload, **properties):
        """Once somebody has bound a queue for it."""
        properties = pika.BasicProperties(content_type="application/cbor", delivery_mode=2,
                                          headers={"conversation_id": "a case"}, **properties)
        deadline = time.monotonic() + DEADLINE_SECONDS
        while True:
            try:
                return self.channel.basic_publish(exchange, name, cbor2.dumps(payload), properties,
                                                  mandatory=True)
            except pika.exceptions.UnroutableError:
                self.assertLess(time.monotonic(), deadline, f"nobody subscribed to {name}")
                time.sleep(0.05)

    def test_ping_prints_the_five_echoes_of_pong(self):
        pong = self.start("01_pong")
        self.wait_for_consumers("pong.commands")

        ping = self.start("02_ping")

        self.assertEqual(ping.wait(), 0)
        self.assertEqual(ping.lines, [f'echo: {{"echo":"HELLO {n}"}}' for n in range(1, 6)])
        self.assertEqual(pong.stop(), 0)
        self.assert_all_done("pong.commands", "ping.commands")

    def test_configured_does_nothing_before_it_is_configured(self):
        announcer = self.start("03_configured")
        self.publish("events", "PrimeTimeTicked", {"unix_time": 7})

        configurator = self.start("03_configurator", "--words", "Hear, hear:")
        announcer.wait_for_line("7")
        latecomer = self.start("03_configured")
        latecomer.wait_for_line("configured")

        self.assertEqual(announcer.lines[0], "configured: Hear, hear:")
        self.assertIn("Hear, hear: 7", announcer.lines)
        self.assertEqual([each.stop() for each in (announcer, latecomer, configurator)], [0, 0, 0])
        self.assert_all_done("announcer.events", "configurator.events")

    def test_the_prime_ecosystem_checks_every_second(self):
        ticks = 40
        primes = [self.start("06_prime"), self.start("06_prime")]
        self.wait_for_consumers("prime.commands", 2)
        prime_time = self.start("05_prime_time")
        self.wait_for_consumers("prime_time.commands")

        clock = self.start("04_clock", "--ticks", ticks, "--every-ms", 10)
        self.assertEqual(clock.wait(), 0)
        verdicts = prime_time.wait_for_line("prime", ticks)

        numbers = [int(line.removeprefix("SecondTicked ")) for line in clock.lines]
        self.assertEqual(numbers, list(range(numbers[0], numbers[0] + ticks)))
        self.assertEqual(sorted(verdicts), [f"{n} is {'' if is_prime(n) else 'not '}prime"
                                            for n in numbers])
        self.assertTrue(all(each.lines for each in primes), "one of the two did all the work")
        self.assertEqual([each.stop() for each in (prime_time, *primes)], [0, 0, 0])
        self.assert_all_done("prime_time.events", "prime_time.commands", "prime.commands")

    def test_prime_answers_what_is_no_number_with_an_error(self):
        self.start("06_prime")
        self.wait_for_consumers("prime.commands")
        answers = self.channel.queue_declare("", exclusive=True).method.queue
        self.channel.queue_bind(answers, "commands", "tester.Return")

        for number in (1, 2, 9, 2**61 - 1, -7, "seven", None):
            self.publish("commands", "prime.CheckPrime", {"number": number},
                         reply_to="tester.Return", correlation_id=str(number))
        answered = {}
        while len(answered) < 7:
            method, properties, body = next(
                self.channel.consume(answers, inactivity_timeout=DEADLINE_SECONDS))
            self.assertIsNotNone(method, f"no more than {answered}")
            answered[properties.correlation_id] = (properties.headers["status"],
                                                   cbor2.loads(body).get("is_prime"))

        self.assertEqual(answered, {
            "1": ("success", False), "2": ("success", True), "9": ("success", False),
            str(2**61 - 1): ("success", True),
            "-7": ("error", None), "seven": ("error", None), "None": ("error", None)})

    def test_described_structs_are_measured_and_what_is_none_is_dead_lettered(self):
        surveyor = self.start("08_described")

        surveyor.wait_for_line("not measured")
        _, _, body = next(self.channel.consume(
            "am-dlq", auto_ack=True, inactivity_timeout=DEADLINE_SECONDS))
        self.channel.cancel()

        self.assertEqual(surveyor.lines, ["note: with a view", "home: 22 m²", "office: 9 m²",
                                          "not measured: there are no walls"])
        self.assertEqual(cbor2.loads(body), {"use": "working", "walls": [{"name": "north"}]})
        self.assertEqual(surveyor.stop(), 0)

    def test_the_clock_stops_at_a_signal(self):
        clock = self.start("04_clock", "--from", 7, "--every-ms", 10)
        first, second = clock.wait_for_line("SecondTicked", 2)[:2]

        self.assertEqual((first, second), ("SecondTicked 7", "SecondTicked 8"))
        self.assertEqual(clock.stop(), 0)


if __name__ == "__main__":
    unittest.main()
