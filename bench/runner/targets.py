"""What this library is held to. Ratios are of figures from the same run."""

from dataclasses import dataclass

from runner.peers import LIMIT, OURS
from runner.results import number
from runner.workloads import LARGE_BYTES, LIMIT_AS_SERVICES

MIB = 1024 * 1024
LIST = "eventail, initializer list"
FIELDS = "eventail, three fields"


@dataclass(frozen=True)
class Target:
    """`key` of the row `label` of a workload, or its ratio to another row, keeps to the bound."""

    text: str
    workload: str
    label: str
    key: str
    at_most: float | None = None
    at_least: float | None = None
    relative_to: str | None = None

    def value(self, medians):
        """Nothing, if it was not measured."""
        mine = medians.get((self.workload, self.label, self.key))
        if self.relative_to is None or mine is None:
            return mine
        other = medians.get((self.workload, self.relative_to, self.key))
        return mine / other if other else None

    def is_met(self, value):
        return value <= self.at_most if self.at_most is not None else value >= self.at_least


def publishing(label, at_most):
    return Target(f"publish, {label}: CPU µs", "publish", f"eventail, {label}", "cpu_us", at_most)


TARGETS = (
    publishing("described struct", 0.9),
    publishing("initializer list", 0.9),
    publishing("ready bytes", 0.9),
    publishing("built tree", 2.0),
    publishing("from another thread", 0.6),
    Target("publish: messages/s", "publish", LIST, "per_second", at_least=1_000_000),
    Target("publish: CPU, of librabbitmq's", "publish", LIST, "cpu_us", 1 / 10,
           relative_to="librabbitmq"),
    Target("publish: CPU, of pika's", "publish", LIST, "cpu_us", 1 / 80,
           relative_to="Python pika"),
    Target("consume, prefetch 1000: CPU µs", "consume", FIELDS, "cpu_us", 1.0),
    Target("consume, prefetch 1000: CPU, of librabbitmq's", "consume", FIELDS, "cpu_us", 1 / 8,
           relative_to="librabbitmq"),
    Target("consume, prefetch 256: CPU µs", "consume-256", OURS, "cpu_us", 1.0),
    Target("consume, prefetch 256: CPU, of librabbitmq's", "consume-256", OURS, "cpu_us", 1 / 8,
           relative_to="librabbitmq"),
    Target("consume, prefetch 64: CPU µs", "consume-64", OURS, "cpu_us", 2.0),
    Target("64 calls outstanding: round trips/s, of librabbitmq's", "call-64", OURS, "per_second",
           at_least=2, relative_to="librabbitmq"),
    Target("one call at a time: median, of librabbitmq's", "call-1", OURS, "p50_us", 1.15,
           relative_to="librabbitmq"),
    Target("publish, RabbitMQ: messages/s, of the limit's", "publish-rabbitmq", OURS,
           "per_second", at_least=0.97, relative_to=LIMIT),
    Target("publish, RabbitMQ: messages/s, of the limit's with the same properties",
           "publish-rabbitmq", OURS, "per_second", at_least=0.97, relative_to=LIMIT_AS_SERVICES),
    Target("publish, RabbitMQ: CPU, of librabbitmq's", "publish-rabbitmq", OURS, "cpu_us", 1 / 4,
           relative_to="librabbitmq"),
    Target("consume, RabbitMQ: messages/s, of the limit's", "consume-rabbitmq", OURS,
           "per_second", at_least=0.97, relative_to=LIMIT),
    Target("publish 4 MiB: MB/s, of the limit's", "publish-large", OURS, "mb_per_second",
           at_least=0.85, relative_to=LIMIT),
    Target("publish 4 MiB, three unconfirmed: peak MiB", "publish-large", OURS, "max_rss_mib",
           LARGE_BYTES / MIB * (3 + 2) + 16),
    Target("consume 4 MiB: MB/s, of the limit's", "consume-large", OURS, "mb_per_second",
           at_least=0.85, relative_to=LIMIT),
    Target("consume 4 MiB, prefetch 3: peak MiB", "consume-large", OURS, "max_rss_mib",
           LARGE_BYTES / MIB * (3 + 2) + 16),
    Target("idle: resident MiB", "idle", OURS, "resident_mib", 8),
    Target("idle: CPU %", "idle", OURS, "cpu_percent", 0.1),
    Target("connecting until ready, of librabbitmq's time", "connect", OURS, "p50_us", 2,
           relative_to="librabbitmq"),
    Target("embedded broker: messages/s", "broker", OURS, "per_second", at_least=200_000),
)


def as_markdown(results):
    medians = {(result.workload.name, row.series.label, metric.key): row.median(metric)
               for result in results for row in result.rows
               for metric in result.workload.metrics}
    measured = [(target, value) for target in TARGETS
                if (value := target.value(medians)) is not None]
    if not measured:
        return ""
    lines = ["| Target | | measured | met |", "|---|---:|---:|---|"]
    for target, value in measured:
        bound = (f"≤ {number(target.at_most, 2)}" if target.at_most is not None
                 else f"≥ {number(target.at_least, 0 if target.at_least > 10 else 2)}")
        met = "yes" if target.is_met(value) else "**no**"
        digits = 0 if value > 1000 else 2
        lines.append(f"| {target.text} | {bound} | {number(value, digits)} | {met} |")
    return "\n".join([*lines, ""])
