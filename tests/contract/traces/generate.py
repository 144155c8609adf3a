"""Writes the generated_*.trace files: scripts from a fixed seed, still without answers, which
record.py adds. Running it again gives the same scripts."""

import json
import random
from pathlib import Path

import amqp_codec as codec

HERE = Path(__file__).resolve().parent
SEED = 20240611


def text(value):
    return json.dumps(value, separators=(",", ":"))


def topics(chance):
    """Four queues with patterns, and keys that match some of them."""
    def words(alphabet, most):
        return ".".join(chance.choice(alphabet) for _ in range(chance.randint(0, most)))

    def field(name, value):
        return f" {name}={text(value)}" if value else ""

    steps = []
    for channel, queue in enumerate("qrst", 2):
        steps.append(f"a.1 > queue.declare queue={queue}")
        for _ in range(chance.randint(1, 2)):
            pattern = words(["a", "b", "c", "*", "*", "#", "#"], 4)
            steps.append(
                f"a.1 > queue.bind queue={queue} exchange=amq.topic{field('routing_key', pattern)}")
        steps.append(f"a.{channel} > basic.consume queue={queue} consumer_tag={queue} no_ack")
    for number in range(8):
        key = words(["a", "b", "c", "d", ""], 4)
        steps.append(f"a.1 > basic.publish exchange=amq.topic{field('routing_key', key)} mandatory"
                     f' | | "{number}"')
    return steps


def headers(chance):
    """Three queues with header arguments, and messages that match some of them."""
    values = [1, 2, "x", "y", True, None, {"$l": 1}]

    def table(most):
        names = chance.sample(["a", "b", "c", "x-d"], chance.randint(0, most))
        return {name: chance.choice(values) for name in names}

    steps = []
    for channel, queue in enumerate("qrs", 2):
        match = chance.choice([{}, {"x-match": "all"}, {"x-match": "any"},
                               {"x-match": "all-with-x"}, {"x-match": "any-with-x"}])
        steps += [f"a.1 > queue.declare queue={queue}",
                  f"a.1 > queue.bind queue={queue} exchange=amq.headers"
                  f" arguments={text({**match, **table(3)})}",
                  f"a.{channel} > basic.consume queue={queue} consumer_tag={queue} no_ack"]
    for number in range(6):
        steps.append("a.1 > basic.publish exchange=amq.headers mandatory"
                     f' | headers={text(table(4))} | "{number}"')
    return steps


def settling(chance):
    """Messages taken and settled on two channels, then all that is left, in its order."""
    steps = ["a.1 > queue.declare queue=q"]
    steps += [f'a.1 > basic.publish routing_key=q | | "{number}"' for number in range(6)]
    held = {1: [], 2: []}
    tags = {1: 0, 2: 0}
    ready = 6
    for _ in range(12):
        channel = chance.choice([1, 2])
        action = chance.choice(["get", "get", "ack", "nack", "reject"])
        if action == "get" and ready:
            tags[channel] += 1
            held[channel].append(tags[channel])
            ready -= 1
            steps.append(f"a.{channel} > basic.get queue=q")
        elif action != "get" and held[channel]:
            tag = chance.choice(held[channel])
            is_multiple = action != "reject" and chance.random() < 0.4
            is_requeued = action != "ack" and chance.random() < 0.8
            gone = [other for other in held[channel] if other == tag or is_multiple and other < tag]
            held[channel] = [other for other in held[channel] if other not in gone]
            ready += len(gone) * is_requeued
            steps.append(f"a.{channel} > basic.{action} delivery_tag={tag}"
                         + " multiple" * is_multiple + " requeue" * is_requeued)
    steps += ["a.2 > channel.close reply_code=200" if tags[2] else "a.1 > basic.ack multiple"]
    return steps + ["b.1 > basic.get queue=q no_ack"] * (ready + len(held[2]) * bool(tags[2]) + 1)


def consumers(chance):
    """Consumers with prefetch come and go while messages do."""
    steps = ["a.1 > queue.declare queue=q"]
    consuming, number = set(), 0
    for _ in range(16):
        channel = chance.choice([1, 2])
        action = chance.choice(["publish"] * 4 + ["consume", "cancel", "ack", "nack", "qos",
                                                  "recover"])
        if action == "publish":
            number += 1
            steps.append(f'a.3 > basic.publish routing_key=q | | "{number}"')
        elif action == "consume" and channel not in consuming:
            consuming.add(channel)
            steps.append(f"a.{channel} > basic.consume queue=q consumer_tag=c{channel}")
        elif action == "cancel" and channel in consuming:
            consuming.discard(channel)
            steps.append(f"a.{channel} > basic.cancel consumer_tag=c{channel}")
        elif action == "ack":
            steps.append(f"a.{channel} > basic.ack multiple")
        elif action == "nack" and not consuming:
            steps.append(f"a.{channel} > basic.nack multiple requeue")
        elif action == "recover" and not consuming:
            steps.append(f"a.{channel} > basic.recover requeue")
        elif action == "qos" and channel not in consuming:
            steps.append(f"a.{channel} > basic.qos prefetch_count={chance.randint(1, 3)}")
    return steps + ["a.3 > queue.declare queue=q passive"]


def declarations(chance):
    """A queue or an exchange declared twice, with flags and arguments by chance."""
    if chance.random() < 0.6:
        kind, flags, fixed = "queue", ["durable", "exclusive", "auto_delete"], ""
        values = {"x-message-ttl": [1000, 2000, "soon", -1], "x-max-length": [5, {"$l": 5}, True],
                  "x-overflow": ["drop-head", "reject-publish", "no"],
                  "x-dead-letter-exchange": ["dead", 3], "x-expires": [60000, 0]}
    else:
        kind, flags = "exchange", ["durable", "auto_delete", "internal"]
        fixed = " type=" + chance.choice(["direct", "topic", "fanout", "headers"])
        values = {"alternate-exchange": ["other", "another", 5]}

    def declare(names):
        parts = [flag for flag in flags if chance.random() < 0.4]
        arguments = {name: chance.choice(values[name]) for name in names}
        if arguments:
            parts.append(f"arguments={text(arguments)}")
        return " ".join([f"a.1 > {kind}.declare {kind}=n{fixed}", *parts])

    names = chance.sample(sorted(values), chance.randint(0, min(2, len(values))))
    first = declare(names)
    again = declare(names) if chance.random() < 0.7 else first
    return [first, again]


def broken_methods(chance):
    """A method that lost its last bytes or found some more."""
    client_sends = [name for name in codec.BY_NAME if codec.BY_NAME[name][1] and name not in (
        "basic.return", "basic.deliver", "basic.get-ok", "basic.publish")]
    name = chance.choice(client_sends)
    values = {argument: {"s": "q", "S": "long", "F": {"a": 1}}.get(kind, 1)
              for argument, kind in codec.BY_NAME[name][1]}
    payload = codec.encode_method(name, values)
    cut = chance.randint(1, len(payload) - 4)
    broken = payload[:-cut] if chance.random() < 0.7 else payload + bytes(cut)
    channel = 0 if name.startswith("connection.") else 1
    where = f"a.{channel}" if channel else "a"
    opening = ["a.1 > channel.open"] if channel else []
    return [f"# {name}", *opening, f"{where} > frame type=1 payload={broken.hex()}"]


GROUPS = {
    "topics": (topics, 30, "Topic patterns and keys from a seed."),
    "headers": (headers, 30, "Header matches from a seed."),
    "settling": (settling, 30, "Taking and settling on two channels, from a seed."),
    "consumers": (consumers, 30, "Consumers that come and go, from a seed."),
    "declarations": (declarations, 40, "Two declarations of one name, from a seed."),
    "broken_methods": (broken_methods, 40, "Methods cut short or too long, from a seed."),
}


def main():
    for name, (make, count, about) in GROUPS.items():
        chance = random.Random(f"{SEED} {name}")
        lines = [f"# {about}"]
        for number in range(1, count + 1):
            lines += [f"== {name.replace('_', ' ')} {number}", *make(chance), ""]
        (HERE / f"generated_{name}.trace").write_text("\n".join(lines[:-1]) + "\n")


if __name__ == "__main__":
    main()
