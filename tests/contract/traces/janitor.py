"""Each script starts on a broker without its queues and exchanges, and leaves none behind."""

import re
import time

from peer import Peer
from trace_text import parse_value

DEADLINE_SECONDS = 5


def _declared(script, kind):
    pattern = re.compile(rf'> {kind}\.declare .*?\b{kind}=("[^"]*"|[\w.-]+)')
    matches = filter(None, (pattern.search(step.text) for step in script.steps))
    names = {parse_value(match[1], "s") for match in matches}
    return sorted(name for name in names if not name.startswith("amq."))


class Janitor:
    def __init__(self, target, script):
        self._target = target
        self._names = {kind: _declared(script, kind) for kind in ("queue", "exchange")}

    def __enter__(self):
        self._sweep()

    def __exit__(self, *_):
        self._sweep()

    def _sweep(self):
        """Someone else's exclusive queue stays for a moment after its connection."""
        deadline = time.monotonic() + DEADLINE_SECONDS
        while (refusal := self._try_to_sweep()) and time.monotonic() < deadline:
            time.sleep(0.05)
        if refusal:
            raise AssertionError(f"the broker keeps what a script left: {refusal}")

    def _try_to_sweep(self):
        if not any(self._names.values()):
            return None
        peer = Peer("z", self._target)
        try:
            peer.greet()
            peer.open()
            peer.call(1, "channel.open", {}, "channel.open-ok")
            for kind, names in self._names.items():
                for name in names:
                    answer = peer.call(1, f"{kind}.delete", {kind: name},
                                       f"{kind}.delete-ok", "channel.close")
                    if answer.name == "channel.close":
                        return answer.values
        finally:
            peer.end()
        return None
