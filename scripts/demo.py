"""Brings the examples up as processes on a broker, shows what crosses the bus, kills one instance
on the way, and counts (demo_count.py says how): exit status 0 only if nothing was lost.

A client that is not ours (pika) watches. Run it with ./demo, which builds the examples first."""

import argparse
import collections
import contextlib
import queue
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import pika
from demo_count import QUEUES, Count
from demo_view import View, printable, read

EXCHANGES = ("events", "commands", "configurations", "logs")
RABBITMQ = Path(__file__).parent / "rabbitmq"
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
READY_SECONDS = 30
DRAIN_SECONDS = 30
FIRST_SECOND = 1000  # primes are not as rare there as nowadays
TICK_MILLISECONDS = 300
THINK_MILLISECONDS = 450  # two instances of prime keep up with that, one does not
PING_SECONDS = 3
DEAD_LETTER_EXCHANGE, DEAD_LETTER_QUEUE = "am-dlx", "am-dlq"
POLICY = ("DLX", r"^.*\.(events|commands)$", f'{{"dead-letter-exchange":"{DEAD_LETTER_EXCHANGE}"}}')


class Trouble(Exception):
    pass


class Program:
    """A process of the demo. What it prints arrives in a queue as (program, line)."""

    def __init__(self, lines, name, *command):
        self._lines = lines
        self.name = name
        self.errors = collections.deque(maxlen=20)
        # Apart from the terminal's process group: Ctrl-C is for the demo, which then stops them.
        self._process = subprocess.Popen(
            [str(part) for part in command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True, errors="replace", start_new_session=True)
        self.pid = self._process.pid
        self._readers = [
            threading.Thread(target=self._read, args=(self._process.stdout, self._pass_on)),
            threading.Thread(target=self._read, args=(self._process.stderr, self.errors.append))]
        for reader in self._readers:
            reader.start()

    def _read(self, stream, take):
        with stream:
            for line in stream:
                take(line)

    def _pass_on(self, line):
        self._lines.put((self.name, line))

    def status(self):
        """The exit status, or None while it runs."""
        return self._process.poll()

    def account(self):
        errors = "".join(self.errors)
        return printable(f"{self.name} (pid {self.pid}, status {self.status()}): {errors}")

    def send_signal(self, number):
        self._process.send_signal(number)

    def wait(self, timeout=DRAIN_SECONDS):
        try:
            self._process.wait(timeout)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        for reader in self._readers:
            reader.join()


class Demo:
    def __init__(self, options, url, resources):
        self.options = options
        self.url = url
        self.view = View()
        self.count = Count()
        self.lines = queue.Queue()
        self.programs = []  # those that have to run
        self.next_ping = 0
        resources.callback(self.stop_all)
        self.connection = pika.BlockingConnection(pika.URLParameters(url))
        resources.callback(self.disconnect)
        self.channel = self.connection.channel()

    def prepare(self):
        """The exchanges, where dead letters go, and the watching queue."""
        for exchange in EXCHANGES:
            self.channel.exchange_declare(exchange, "topic", durable=True)
        if not self.exists(lambda channel: channel.exchange_declare(DEAD_LETTER_EXCHANGE,
                                                                    passive=True)):
            self.channel.exchange_declare(DEAD_LETTER_EXCHANGE, "fanout", durable=True)
        if not self.exists(lambda channel: channel.queue_declare(DEAD_LETTER_QUEUE, passive=True)):
            self.channel.queue_declare(DEAD_LETTER_QUEUE, durable=True)
        self.channel.queue_bind(DEAD_LETTER_QUEUE, DEAD_LETTER_EXCHANGE, "#")

        watched = self.channel.queue_declare("", exclusive=True).method.queue
        for exchange in (*EXCHANGES, DEAD_LETTER_EXCHANGE):
            self.channel.queue_bind(watched, exchange, "#")
        self.channel.basic_consume(watched, self.watch, auto_ack=True)

    def play(self):
        say = self.view.say
        self.view.head()
        say("the services start, each a process of its own; two prime share their load")
        prime = self.start_prime()
        self.start_prime()
        self.start("prime_time", "05_prime_time")
        self.start("pong", "01_pong")
        self.start("configurator", "03_configurator")
        self.wait_for_consumers({"prime.commands": 2, "prime_time.events": 1, "pong.commands": 1,
                                 "prime_time.commands": 1, "configurator.events": 1})
        say("the announcer starts; it needs its configuration first, and asks for it")
        self.start("announcer", "03_configured")
        self.wait_for_consumers({"announcer.events": 1})

        say("the clock starts, a fast one; and a ping every few seconds")
        start = time.monotonic()
        clock = self.start("clock", "04_clock", "--from", FIRST_SECOND, "--every-ms",
                           TICK_MILLISECONDS)
        self.run_until(start + 0.4 * self.options.seconds)
        say(f"one prime (pid {prime.pid}) is killed with -9; what it was at goes to the other")
        self.end(signal.SIGKILL, prime)
        self.run_until(start + 0.55 * self.options.seconds)
        say(f"another prime starts in its place (pid {self.start_prime().pid})")
        self.run_until(start + self.options.seconds)

        say("the clock stops; what is under way comes to its end")
        self.end(signal.SIGTERM, clock)
        self.pump_until(self.count.is_all_received, DRAIN_SECONDS)
        say("the services are asked to stop (SIGTERM)")
        self.end(signal.SIGTERM, *self.programs)
        self.pump(0.5)

    def report(self):
        """Prints the counts. Whether nothing was lost."""
        left = sum(self.messages_in(name) for name in QUEUES)
        rows = list(self.count.rows())
        sent, received, answered = (sum(row[column] or 0 for row in rows) for column in (1, 2, 3))
        lost = sent - received + left + self.count.dead
        print(f"\n{'':28} {'sent':>9}{'received':>10}{'answered':>10}")
        for name, *numbers in rows:
            print(f"{name:28} " + "".join(
                f"{'' if number is None else number:>{width}}"
                for number, width in zip(numbers, (9, 10, 10))))
        print(f"left in queues {left}, dead letters {self.count.dead}, done twice "
              f"{self.count.twice} (at least once, never zero times)")
        print(f"sent {sent}, received {received}, answered {answered}, lost {lost}")
        return lost == 0 and answered > 0

    def watch(self, _channel, method, properties, body):
        message = read(method, properties, body)
        self.view.show(message)
        deaths = (properties.headers or {}).get("x-death")
        if deaths:
            self.count.saw_dead_letter(deaths[0]["queue"])
            return
        # Somebody else's message may use a name of ours for something else.
        with contextlib.suppress(KeyError, TypeError):
            self.count.saw(message)

    def start(self, name, example, *arguments):
        program = Program(self.lines, name, self.options.build / "examples" / example, *arguments,
                          self.url)
        self.programs.append(program)
        return program

    def start_prime(self):
        return self.start("prime", "06_prime", "--think-ms", THINK_MILLISECONDS)

    def end(self, signal_number, *programs):
        """Sends them the signal and waits for their end, which has to be the one asked for."""
        for program in programs:
            self.programs = [each for each in self.programs if each is not program]
            program.send_signal(signal_number)
        self.pump_until(lambda: all(each.status() is not None for each in programs), DRAIN_SECONDS)
        expected = -signal_number if signal_number == signal.SIGKILL else 0
        for program in programs:
            program.wait()
            if program.status() != expected:
                raise Trouble(program.account())

    def run_until(self, moment):
        """Watches, and starts a ping now and then, which ends by itself. One at a time: two would get
        each other's answers, from the queue that they share."""
        while time.monotonic() < moment:
            has_ping = any(program.name == "ping" for program in self.programs)
            if time.monotonic() > self.next_ping and not has_ping:
                self.next_ping = time.monotonic() + PING_SECONDS
                self.start("ping", "02_ping")
            self.pump()
            for program in list(self.programs):
                if program.status() is None:
                    continue
                if program.name != "ping" or program.status() != 0:
                    raise Trouble(program.account())
                program.wait()
                self.programs.remove(program)

    def pump(self, seconds=0.05):
        """Shows and counts what has come; waits at most so long for it."""
        self.connection.process_data_events(time_limit=seconds)
        with contextlib.suppress(queue.Empty):
            while True:
                self.count.saw_line(*self.lines.get_nowait())

    def pump_until(self, condition, seconds):
        """Whether the condition came true in time."""
        deadline = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > deadline:
                return False
            self.pump()
        return True

    def wait_for_consumers(self, counts):
        for name, count in counts.items():
            if not self.pump_until(lambda: self.consumers_of(name) >= count, READY_SECONDS):
                raise Trouble(f"nobody consumes from {name}. "
                              + " ".join(program.account() for program in self.programs))

    def consumers_of(self, name):
        declared = self.exists(lambda channel: channel.queue_declare(name, passive=True))
        return declared.consumer_count if declared else 0

    def messages_in(self, name):
        declared = self.exists(lambda channel: channel.queue_declare(name, passive=True))
        return declared.message_count if declared else 0

    def exists(self, declare_passively):
        """What the broker says, or None: it closes the channel of one who asks for what is not."""
        channel = self.connection.channel()
        try:
            answer = declare_passively(channel).method
        except pika.exceptions.ChannelClosedByBroker:
            return None
        channel.close()
        return answer

    def stop_all(self):
        for program in self.programs:
            program.send_signal(signal.SIGTERM)
        for program in self.programs:
            program.wait()

    def disconnect(self):
        with contextlib.suppress(pika.exceptions.AMQPError):
            self.connection.close()


def run_rabbitmq(*arguments):
    return subprocess.run([RABBITMQ, *arguments], check=True, stdout=subprocess.PIPE, text=True,
                          start_new_session=True).stdout.strip()


def start_rabbitmq(resources):
    """A private one, with a policy that sends dead letters where they can be counted."""
    folder = tempfile.mkdtemp(prefix="eventail-demo.")
    resources.callback(shutil.rmtree, folder, ignore_errors=True)
    resources.callback(stop_rabbitmq, folder)
    url = run_rabbitmq("start", folder)
    run_rabbitmq("ctl", folder, "set_policy", *POLICY, "--apply-to", "queues")
    return url


def stop_rabbitmq(folder):
    if (Path(folder) / "settings").exists():
        run_rabbitmq("stop", folder)


def start_broker(resources, program):
    """The project's own, with that policy; it says its url when it is ready."""
    lines = queue.Queue()
    broker = Program(lines, "broker", program, "broker", "--port", "0", "--quiet", "--policy",
                     *POLICY)
    resources.callback(broker.wait)
    resources.callback(broker.send_signal, signal.SIGTERM)
    deadline = time.monotonic() + READY_SECONDS
    while broker.status() is None and time.monotonic() < deadline:
        with contextlib.suppress(queue.Empty):
            return lines.get(timeout=0.1)[1].strip()
    raise Trouble(broker.account())


def choose_broker(options, resources):
    """The url of the broker to use, which is started if need be."""
    if options.amqp_url:
        print("dead letters of this broker survive only with a policy, as by\n"
              f"rabbitmqctl set_policy {POLICY[0]} '{POLICY[1]}' '{POLICY[2]}' --apply-to queues")
        return options.amqp_url
    if options.rabbitmq:
        print("starting a private RabbitMQ")
        return start_rabbitmq(resources)
    print("starting a broker in memory (--rabbitmq: a real one)")
    return start_broker(resources, options.build / "tools" / "eventail")


def interrupt(*_):
    raise KeyboardInterrupt


def main():
    parser = argparse.ArgumentParser(prog="demo", description=__doc__)
    broker = parser.add_mutually_exclusive_group()
    broker.add_argument("--rabbitmq", action="store_true",
                        help="on a private RabbitMQ instead of the project's own broker")
    broker.add_argument("--amqp-url", help="on this broker")
    parser.add_argument("--seconds", type=float, default=15, help="how long to watch (15)")
    parser.add_argument("--build", type=Path, required=True, help=argparse.SUPPRESS)
    options = parser.parse_args()

    # SIGINT too: a shell makes background programs ignore it.
    for number in SIGNALS:
        signal.signal(number, interrupt)
    resources = contextlib.ExitStack()
    try:
        demo = Demo(options, choose_broker(options, resources), resources)
        demo.prepare()
        demo.play()
        return 0 if demo.report() else 1
    except Trouble as trouble:
        print(f"demo: {trouble}", file=sys.stderr)
        return 1
    except pika.exceptions.AMQPError as error:
        print(f"demo: the broker: {error!r}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    finally:
        for number in SIGNALS:
            signal.signal(number, signal.SIG_IGN)
        resources.close()


sys.exit(main())
