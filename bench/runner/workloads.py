"""The measurements: workloads, the contenders in each, and the resulting figures."""

from dataclasses import dataclass, field

from runner.peers import LIMIT, OURS, PEERS

LARGE_BYTES = 4 * 1024 * 1024

# Messages for a run of about half a second.
SMALL_COUNTS = {OURS: 1_000_000, LIMIT: 3_000_000, "librabbitmq": 150_000, "node amqplib": 50_000,
                "Go amqp091": 40_000, "Python pika": 12_000}
PING_PONG_COUNTS = {OURS: 40_000, LIMIT: 40_000, "librabbitmq": 40_000, "node amqplib": 15_000,
                    "Go amqp091": 15_000, "Python pika": 8_000}
CALL_COUNTS = {OURS: 100_000, LIMIT: 200_000, "librabbitmq": 40_000, "node amqplib": 15_000,
               "Go amqp091": 10_000, "Python pika": 4_000}
ONE_CALL_COUNTS = {OURS: 8_000, LIMIT: 8_000, "librabbitmq": 8_000, "node amqplib": 4_000,
                   "Go amqp091": 4_000, "Python pika": 2_000}
LARGE_COUNTS = {OURS: 150, LIMIT: 300, "librabbitmq": 150, "node amqplib": 80, "Go amqp091": 80,
                "Python pika": 50}
RABBITMQ_COUNT = 60_000


@dataclass(frozen=True)
class Metric:
    """A figure: `key` names it in results, `of` takes it from what a program printed."""

    key: str
    title: str
    of: callable
    digits: int = 2
    is_lower_better: bool = True


CPU = Metric("cpu_us", "CPU µs per message",
             lambda r: r["cpu_seconds"] / r["messages"] * 1e6)
RATE = Metric("per_second", "messages/s", lambda r: r["messages"] / r["wall_seconds"], 0, False)
CALL_RATE = Metric("per_second", "round trips/s", RATE.of, 0, False)
CALL_CPU = Metric("cpu_us", "CPU µs per round trip, caller", CPU.of)
P50 = Metric("p50_us", "µs, median", lambda r: r["p50_us"], 1)
MEMORY = Metric("max_rss_mib", "peak MiB", lambda r: r["max_rss_mib"], 1)
MEGABYTES = Metric("mb_per_second", "MB/s",
                   lambda r: r["messages"] * LARGE_BYTES / r["wall_seconds"] / 1e6, 0, False)
RESIDENT = Metric("resident_mib", "resident MiB", lambda r: r["resident_mib"], 1)
IDLE_CPU = Metric("cpu_percent", "CPU %", lambda r: r["cpu_seconds"] / r["wall_seconds"] * 100, 3)
PER_SERVICE = Metric("kib_per_service", "KiB per service",
                     lambda r: r["mib_per_service"] * 1024, 0)
SERVICES = Metric("services", "services", lambda r: r["messages"], 0)
TIMER_CPU = Metric("cpu_us", "CPU µs per timer", CPU.of)
THREADS = Metric("threads", "threads", lambda r: r["threads"], 0)
READY = Metric("ready_seconds", "s until all are ready", lambda r: r["ready_seconds"])


@dataclass(frozen=True)
class Series:
    """One row: a contender and its way to do it."""

    label: str
    contender: str
    messages: int
    options: dict = field(default_factory=dict)


@dataclass(frozen=True)
class Workload:
    name: str
    title: str
    program: str
    metrics: tuple  # the first is what is compared
    series: tuple
    against: str = "sink"  # or rabbitmq, or broker: the embedded one
    sink_options: dict = field(default_factory=dict)
    body_bytes: int = 256
    max_runs: int = 99


def everybody(counts, options, ours=None):
    """Ours, in as many ways as `ours` says (label: more options), the limit and the peers."""
    rows = [Series(label, OURS, counts[OURS], {**options, **more})
            for label, more in (ours or {OURS: {}}).items()]
    rows += [Series(name, name, counts[name], options) for name in (LIMIT, *PEERS)]
    return tuple(rows)


def only_ours(messages, ways, options=None):
    return tuple(Series(label, OURS, messages, {**(options or {}), **more})
                 for label, more in ways.items())


def beside_the_limit(series, more):
    """Adds a row after the limit's. Work that one run leaves to a broker slows down the next, so
    close comparisons need similar neighbours."""
    at = next(i for i, row in enumerate(series) if row.contender == LIMIT) + 1
    return (*series[:at], more, *series[at:])


def without(contenders, series):
    return tuple(row for row in series if row.contender not in contenders)


PUBLISH = {
    "eventail, initializer list": {"form": "list"},
    "eventail, described struct": {"form": "struct"},
    "eventail, ready bytes": {"form": "bytes"},
    "eventail, built tree": {"form": "tree"},
    "eventail, from another thread": {"form": "list", "from": "thread"},
    "eventail, from 8 threads": {"form": "list", "from": "thread", "threads": 8},
}
CONSUME = {
    "eventail, three fields": {},
    "eventail, a described struct": {"read": "struct"},
    "eventail, a tree of all": {"read": "tree"},
}
HANDLER_THREADS = {
    "1 thread": {},
    "4 threads": {"handler-threads": 4},
}
WAITING_HANDLER_THREADS = {
    f"{label}, each handler waits 200 µs": {**options, "wait-us": 200}
    for label, options in HANDLER_THREADS.items()
}
IDLE = {"idle-ms": 2000}
SLOW_PEERS = ("node amqplib", "Go amqp091", "Python pika")
SAME_COUNT = dict.fromkeys((OURS, LIMIT, *PEERS), RABBITMQ_COUNT)
# What a broker does for a message depends on its properties, too.
LIMIT_AS_SERVICES = "limit, with the properties of services"

WORKLOADS = (
    Workload("publish", "Publish, sink", "publish", (CPU, RATE, MEMORY),
             everybody(SMALL_COUNTS, {}, PUBLISH)),
    Workload("consume", "Consume, prefetch 1000, sink", "consume", (CPU, RATE, MEMORY),
             everybody(SMALL_COUNTS, {"prefetch": 1000}, CONSUME)),
    Workload("consume-256", "Consume, prefetch 256, sink", "consume", (CPU, RATE),
             without(SLOW_PEERS, everybody(SMALL_COUNTS, {"prefetch": 256}))),
    Workload("consume-64", "Consume, prefetch 64, sink", "consume", (CPU, RATE),
             without(SLOW_PEERS, everybody(SMALL_COUNTS, {"prefetch": 64}))),
    Workload("consume-3", "Consume, prefetch 3 (the default), sink", "consume", (CPU, RATE),
             everybody(PING_PONG_COUNTS, {"prefetch": 3})),
    Workload("call-64", "Command round trips, 64 outstanding, sink", "caller",
             (CALL_RATE, CALL_CPU),
             everybody(CALL_COUNTS, {"outstanding": 64, "prefetch": 1000})),
    Workload("call-1", "Command round trips, one at a time, sink", "caller", (P50, CALL_CPU),
             everybody(ONE_CALL_COUNTS, {"outstanding": 1, "prefetch": 1000})),
    Workload("publish-large", "Publish 4 MiB, three unconfirmed, sink", "publish",
             (MEGABYTES, MEMORY),
             everybody(LARGE_COUNTS, {"window": 3}, {OURS: {"form": "bytes"}}),
             body_bytes=LARGE_BYTES),
    Workload("consume-large", "Consume 4 MiB, prefetch 3, sink", "consume", (MEGABYTES, MEMORY),
             everybody(LARGE_COUNTS, {"prefetch": 3}),
             sink_options={"body-bytes": LARGE_BYTES}, body_bytes=LARGE_BYTES),
    Workload("publish-rabbitmq", "Publish, RabbitMQ", "publish", (CPU, RATE),
             beside_the_limit(everybody(SAME_COUNT, {}, {OURS: {"form": "list"}}),
                              Series(LIMIT_AS_SERVICES, LIMIT, RABBITMQ_COUNT,
                                     {"properties": "as-services"})),
             against="rabbitmq"),
    Workload("consume-rabbitmq", "Consume, prefetch 1000, RabbitMQ", "consume", (CPU, RATE),
             everybody(SAME_COUNT, {"prefetch": 1000}), against="rabbitmq"),
    Workload("handler-threads", "Handler threads, prefetch 256, sink", "consume", (RATE, CPU),
             only_ours(300_000, HANDLER_THREADS, {"prefetch": 256}) +
             only_ours(2_000, WAITING_HANDLER_THREADS, {"prefetch": 256})),
    Workload("endpoint", "Endpoint, each call confirmed, sink", "endpoint", (RATE, CPU),
             only_ours(15_000, {"1 thread": {"threads": 1}, "16 threads": {"threads": 16}})),
    Workload("connect", "From connecting to consuming, sink", "connect", (P50,),
             without((LIMIT, *SLOW_PEERS), everybody(dict.fromkeys(SMALL_COUNTS, 100), {})),
             sink_options={"deliver": 0}),
    Workload("timers", "Timers, set at once, due within 100 ms", "timers", (TIMER_CPU,),
             only_ours(100_000, {OURS: {}}), sink_options={"deliver": 0}),
    Workload("idle", "An idle service", "idle", (RESIDENT, IDLE_CPU, THREADS),
             only_ours(1, {OURS: IDLE}), sink_options={"deliver": 0}),
    Workload("scale", "Idle services in one process", "scale",
             (PER_SERVICE, SERVICES, RESIDENT, THREADS, IDLE_CPU, READY),
             only_ours(1000, {OURS: IDLE}), sink_options={"deliver": 0}, max_runs=1),
    Workload("broker", "Through a queue of the embedded broker, three processes", "consume",
             (RATE, CPU), only_ours(1_000_000, {OURS: {"prefetch": 1000}}),
             against="broker"),
)
