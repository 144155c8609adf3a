"""The processes of a chaos run, their journals, and what the journals say."""

import signal
import subprocess
import time
from collections import defaultdict, namedtuple
from pathlib import Path

Entry = namedtuple("Entry", "step number at")


class Member:
    """One instance of a service, behind a proxy of its own; started again after a kill."""

    def __init__(self, program, role, name, url, proxy, folder):
        self.role = role
        self.name = name
        self.proxy = proxy
        self.entries = []
        self._command = [program, role, name, str(folder / f"{name}.journal"), url]
        self._journal = Path(folder / f"{name}.journal")
        self._journal.touch()
        self._read_bytes = 0
        self.log = folder / f"{name}.log"
        self.is_paused = False
        self.start()

    def start(self):
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(self._command, stdin=subprocess.DEVNULL, stdout=log,
                                            stderr=log)

    def send(self, number):
        self.process.send_signal(number)

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self, timeout=60):
        """@return its exit status; None if it does not end in time"""
        self.send(signal.SIGTERM)
        try:
            return self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            self.kill()
            return None

    def read(self):
        """New entries of its journal."""
        with self._journal.open("rb") as journal:
            journal.seek(self._read_bytes)
            text = journal.read()
        whole = text[:text.rfind(b"\n") + 1]
        self._read_bytes += len(whole)
        for line in whole.decode().splitlines():
            step, number, at = line.split()
            self.entries.append(Entry(step, int(number), float(at)))

    def first_after(self, at, steps, number=0):
        """Its first such step after that, with an order from this number on; None: none yet."""
        self.read()
        first = None
        for entry in reversed(self.entries):
            if entry.at < at:
                break
            if entry.step in steps and entry.number >= number:
                first = entry
        return first


class Account:
    """What became of each order."""

    def __init__(self, members):
        self.at = defaultdict(lambda: defaultdict(list))
        for member in members:
            member.read()
            for entry in member.entries:
                self.at[entry.step][entry.number].append(entry.at)

    @property
    def accepted(self):
        return len(self.at["accepted"])

    def missing(self, step):
        return [number for number in self.at["accepted"] if number not in self.at[step]]

    def duplicates(self, faults):
        """@return how many further times orders were kept, and the orders for which no fault
        explains it"""
        count = 0
        unexplained = []
        for number, times in self.at["kept"].items():
            if len(times) < 2:
                continue
            count += len(times) - 1
            first = self.at["accepted"].get(number, [min(times)])[0]
            if not any(fault.began <= max(times) and fault.ended + 1 >= first for fault in faults):
                unexplained.append(number)
        return count, unexplained


def wait_for(condition, seconds):
    """@return what the condition gave, as soon as it is true; None in vain"""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = condition()
        if found:
            return found
        time.sleep(0.02)
    return None
