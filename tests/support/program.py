"""A program under test: its lines as they come, and its exit status."""

import re
import signal
import subprocess
import threading
import time

DEADLINE_SECONDS = 30


class Program:
    """Starts at once; as a context manager it is always gone at the end."""

    def __init__(self, *command, environment=None):
        self.lines = []
        self.errors = []
        self._changed = threading.Condition()
        self._name = str(command[0]).rsplit("/", 1)[-1]
        self._process = subprocess.Popen(
            [str(part) for part in command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True, encoding="utf-8", errors="replace",
            env=environment)
        self._readers = [
            threading.Thread(target=self._read, args=(stream, lines), daemon=True)
            for stream, lines in ((self._process.stdout, self.lines),
                                  (self._process.stderr, self.errors))]
        for reader in self._readers:
            reader.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self._process.poll() is None:
            self._process.kill()
        self.wait()

    def _read(self, stream, lines):
        with stream:
            for line in stream:
                with self._changed:
                    lines.append(line.rstrip("\n"))
                    self._changed.notify_all()

    def wait_for_line(self, pattern, count=1, timeout=DEADLINE_SECONDS):
        """The lines of its standard output that match, once there are so many."""
        deadline = time.monotonic() + timeout
        with self._changed:
            while True:
                found = [line for line in self.lines if re.search(pattern, line)]
                if len(found) >= count:
                    return found
                if not self._changed.wait(deadline - time.monotonic()):
                    raise AssertionError(f"{self._name}: {len(found)} of {count} lines {pattern!r}"
                                         f" after {timeout} s. {self._account()}")

    @property
    def pid(self):
        return self._process.pid

    def send_signal(self, signal_number):
        self._process.send_signal(signal_number)

    def stop(self, signal_number=signal.SIGTERM):
        """Sends the signal and returns the exit status."""
        self.send_signal(signal_number)
        return self.wait()

    def wait(self, timeout=DEADLINE_SECONDS):
        """The exit status, once it has ended and all of its lines are here."""
        try:
            status = self._process.wait(timeout)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"{self._name} still runs after {timeout} s. {self._account()}"
                                 ) from None
        for reader in self._readers:
            reader.join(timeout)
        return status

    def _account(self):
        return f"Standard output: {self.lines[-20:]}. Standard error: {self.errors[-20:]}"
