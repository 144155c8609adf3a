"""How the demo counts, from what a foreign client sees on the bus and what the programs print.

Sent: each tick that the clock printed, and each message seen on the bus, told apart by what it is
about (its correlation id, or the second in it), so that a resend or a second answer counts once.
Received: what must follow from a message was seen, as in the table below. A message that left no
trace is lost; so is one still in a queue when all services have stopped, and a dead letter.

    SecondTicked               prime_time sends prime.CheckPrime for that second
    prime.CheckPrime           a result with its correlation id (answered)
    prime_time.CheckPrimeReturn prime_time prints its verdict; a prime also becomes PrimeTimeTicked
    PrimeTimeTicked            the announcer prints it
    pong.EchoMessage           a result with its correlation id (answered)
    ping.EchoReturn            ping prints an echo
    AnnouncerStarted           the announcer prints that it is configured

Configurations that nobody waits for reach nobody, and logs are sent without confirms: not counted.
"""

QUEUES = ("prime.commands", "prime_time.events", "prime_time.commands", "pong.commands",
          "ping.commands", "announcer.events", "configurator.events")
COMMANDS = ("prime.CheckPrime", "pong.EchoMessage")


class Count:
    def __init__(self):
        self._sent = {}  # (name, what it is about) → what must follow
        self._seen = set()
        self._echoes = 0
        self.twice = 0
        self.dead = 0

    def saw(self, message):
        """A message on the bus. Names that the demo does not know are others' business."""
        name, payload = message.name, message.payload
        if name == "SecondTicked":
            self._tick(payload["unix_time"])
        elif name == "prime.CheckPrime":
            self._seen.add(("checked", payload["number"]))
            self._send(name, message.correlation_id, ("answered", message.correlation_id))
        elif name == "prime_time.CheckPrimeReturn":
            about = message.correlation_id
            self._seen.add(("answered", about))
            follows = [("judged", about)]
            if payload["is_prime"]:
                follows.append(("prime time", about))
            self._send(name, about, *follows)
        elif name == "PrimeTimeTicked":
            about = str(payload["unix_time"])
            self._seen.add(("prime time", about))
            self._send(name, about, ("announced", about))
        elif name == "pong.EchoMessage":
            self._send(name, message.correlation_id, ("answered", message.correlation_id))
        elif name == "ping.EchoReturn":
            about = message.correlation_id
            self._seen.add(("answered", about))
            if ("pong.EchoMessage", about) in self._sent:
                echo = sum(known == name for known, _ in self._sent) + 1
                self._send(name, about, ("echo", echo))
        elif name == "AnnouncerStarted":
            self._send(name, message.conversation_id, ("configured",))

    def saw_line(self, program, line):
        """A line that a program printed."""
        first, *rest = line.split()
        if program == "clock":
            self._tick(int(rest[0]), is_on_bus=False)
        elif program == "prime_time":
            self._seen.add(("judged", first))
        elif program == "announcer":
            self._seen.add(("configured",) if first == "configured:" else ("announced", rest[-1]))
        elif program == "ping" and first == "echo:":
            self._echoes += 1
            self._seen.add(("echo", self._echoes))

    def saw_dead_letter(self, queue):
        if queue in QUEUES:
            self.dead += 1

    def is_all_received(self):
        return all(self._is_received(key) for key in self._sent)

    def rows(self):
        """Of each name: sent, received, answered (None: asks for no answer)."""
        for name in dict.fromkeys(name for name, _ in self._sent):
            keys = [key for key in self._sent if key[0] == name]
            received = sum(map(self._is_received, keys))
            answered = None
            if name in COMMANDS:
                answered = sum(("answered", about) in self._seen for _, about in keys)
            yield name, len(keys), received, answered

    def _tick(self, second, is_on_bus=True):
        key = ("SecondTicked", second)
        self._sent.setdefault(key, (("ticked", second), ("checked", second)))
        if is_on_bus:
            self._seen.add(("ticked", second))

    def _send(self, name, about, *follows):
        if (name, about) in self._sent:
            self.twice += 1
        else:
            self._sent[name, about] = follows

    def _is_received(self, key):
        return all(effect in self._seen for effect in self._sent[key])
