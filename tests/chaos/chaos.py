#!/usr/bin/python3
"""Runs services among faults, from a seed, and counts what is lost: docs/chaos.md.

chaos.py PROGRAMS [--seed N] [--seconds N | --faults N] [--only KIND,KIND] [--table FILE]

PROGRAMS is the folder of chaos_service and chaos_broker. EVENTAIL_TEST_BROKER=embedded chooses the
embedded broker; otherwise it is RabbitMQ, of the version EVENTAIL_RABBITMQ_VERSION."""

import argparse
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path
from types import SimpleNamespace

import faults
from members import Account, Member, wait_for
from unkind_proxy import Network, UnkindProxy

RECOVERY_DEADLINE_SECONDS = 60
SETTLING_DEADLINE_SECONDS = 90


class Failed(Exception):
    pass


class BrokerProcess:
    """Obeys verbs; see broker.cpp."""

    def __init__(self, program):
        self._process = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                         text=True)
        self.url = self._process.stdout.readline().strip()
        if not self.url:
            raise Failed("there is no broker")

    def do(self, verb):
        self._process.stdin.write(verb + "\n")
        self._process.stdin.flush()
        lines = []
        for line in self._process.stdout:
            if line == "done\n":
                return "".join(lines)
            lines.append(line)
        raise Failed(f"the broker ended at '{verb}'")

    def close(self):
        self._process.stdin.close()
        self._process.wait()


class Run:
    def __init__(self, programs, folder, seed):
        self.random = random.Random(seed)
        self.complaints = []
        self.faults = []
        self._folder = folder
        self._programs = programs
        self._network = Network()
        self.broker = BrokerProcess(programs / "chaos_broker")
        self.members = [self._member(role, f"{role}{number}")
                        for role in ("store", "relay") for number in (1, 2)]
        self._wait_until_ready(self.members)
        self.source = self._member("source", "source")
        self.members.append(self.source)
        self._wait_until_ready([self.source])

    def _member(self, role, name):
        port = int(self.broker.url.rsplit(":", 1)[1])
        proxy = UnkindProxy(self._network, port, self.random.random())
        url = self.broker.url.rsplit(":", 1)[0] + f":{proxy.port}"
        return Member(self._programs / "chaos_service", role, name, url, proxy, self._folder)

    @staticmethod
    def _wait_until_ready(members):
        def are_ready():
            for each in members:
                each.read()
            return all(each.entries for each in members)
        if not wait_for(are_ready, 30):
            raise Failed("a service does not become ready")

    def refuse(self):
        """As if the broker's machine had nobody who listens, which proxies would hide."""
        for each in self.members:
            each.proxy.refuse()

    def listen(self):
        for each in self.members:
            each.proxy.listen()

    def expect(self, is_so, complaint):
        if not is_so:
            self.complaints.append(complaint)

    def one_fault(self, kind):
        consumers = [each for each in self.members if each is not self.source]
        member = self.random.choice(
            consumers if kind in faults.OF_CONSUMERS else self.members)
        began = time.monotonic()
        afflicted = kind(self, member) or [member]
        ended = time.monotonic()
        recovered = wait_for(
            lambda: self._recovery(afflicted, ended), RECOVERY_DEADLINE_SECONDS)
        name = kind.__name__.replace("_", " ")
        if recovered is None:
            self.complaints.append(f"{name} ({member.name}): not at work again after "
                                   f"{RECOVERY_DEADLINE_SECONDS} s")
            recovered = time.monotonic()
        self.faults.append(SimpleNamespace(name=name, began=began, ended=recovered,
                                           seconds_to_recover=recovered - ended))
        for each in self.members:
            status = each.process.poll()
            if status is not None:
                self.complaints.append(f"{name}: {each.name} has ended with status {status}")
                each.start()
        time.sleep(self.random.uniform(0.1, 1))

    def _recovery(self, afflicted, since):
        """When each of them had its part in an order that was accepted after that."""
        order = self.source.first_after(since, ("accepted",))
        if order is None:
            return None
        stores = [each for each in self.members if each.role == "store"]
        times = []
        for member in afflicted:
            # Orders of the source are at the broker once somebody has kept them.
            witnesses = stores if member is self.source else [member]
            steps = [each.first_after(since, ("relayed", "kept"), order.number)
                     for each in witnesses]
            found = [step.at for step in steps if step is not None]
            if not found:
                return None
            times.append(min(found))
        return max(times)

    def settle(self):
        """Ends everything in order, and looks at what became of the orders."""
        self.expect(self.source.stop() == 0, "the source does not stop with status 0")

        def is_all_done():
            self.account = Account(self.members)
            return not self.account.missing("kept") and not self.account.missing("answered")
        wait_for(is_all_done, SETTLING_DEADLINE_SECONDS)
        for each in self.members[:-1]:
            status = each.stop()
            self.expect(status == 0, f"{each.name} ends with status {status}")
        self.account = Account(self.members)
        for step in ("kept", "answered"):
            missing = self.account.missing(step)
            self.expect(not missing, f"{len(missing)} orders were not {step}: {missing[:10]}")
        self.duplicates, unexplained = self.account.duplicates(self.faults)
        self.expect(not unexplained, f"{len(unexplained)} duplicates without a fault: "
                                     f"{unexplained[:10]}")

    def close(self):
        for each in self.members:
            if each.process.poll() is None:
                each.kill()
        self.broker.close()
        self._network.close()

    def table(self):
        by_name = defaultdict(list)
        for fault in self.faults:
            by_name[fault.name].append(fault.seconds_to_recover)
        lines = ["| fault | times | at work again after, median | at most |", "|---|---:|---:|---:|"]
        lines += [f"| {name} | {len(all)} | {statistics.median(all):.2f} s | {max(all):.2f} s |"
                  for name, all in sorted(by_name.items())]
        return "\n".join(lines)


def kinds_of(names):
    if not names:
        return list(faults.ALL)
    by_name = {kind.__name__: kind for kind in faults.ALL}
    unknown = [name for name in names.split(",") if name not in by_name]
    if unknown:
        raise Failed(f"there is no fault {unknown[0]}: {', '.join(by_name)}")
    return [by_name[name] for name in names.split(",")]


def inflict(run, options):
    """Each kind once, in an order of the seed, then again in another one."""
    kinds = kinds_of(options.only)
    deadline = time.monotonic() + options.seconds
    count = 0
    while True:
        run.random.shuffle(kinds)
        for kind in kinds:
            if count == options.faults or time.monotonic() > deadline:
                return
            run.one_fault(kind)
            count += 1


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("programs", type=Path)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=float("inf"))
    parser.add_argument("--faults", type=int)
    parser.add_argument("--only")
    parser.add_argument("--table", type=Path)
    options = parser.parse_args()
    if options.faults is None and options.seconds == float("inf"):
        options.faults = len(faults.ALL)

    with tempfile.TemporaryDirectory(prefix="eventail-chaos-") as folder:
        run = Run(options.programs, Path(folder), options.seed)
        try:
            inflict(run, options)
            run.settle()
        finally:
            run.close()
        print(run.table())
        print(f"\nseed {options.seed}, {len(run.faults)} faults, {run.account.accepted} orders, "
              f"lost {len(run.account.missing('kept'))}, kept again {run.duplicates}")
        if options.table:
            options.table.write_text(run.table() + "\n")
        if not run.complaints:
            return 0
        for complaint in run.complaints:
            print(f"chaos: {complaint}", file=sys.stderr)
        for each in run.members:
            print(f"--- {each.name}\n" + "\n".join(
                each.log.read_text(errors="replace").splitlines()[-40:]), file=sys.stderr)
        return 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Failed as failure:
        sys.exit(f"chaos: {failure}")
