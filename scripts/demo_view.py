"""Messages as the demo shows them: read with a foreign library (cbor2), one line each, aligned,
in colours on a terminal. Nothing that comes from a message can steer the terminal."""

import dataclasses
import json
import os
import sys
import time

import cbor2

MAX_PAYLOAD_LENGTH = 100
KINDS = {"events": "event", "commands": "command", "configurations": "config", "logs": "log"}
COLOURS = {"event": 36, "command": 33, "success": 32, "error": 31, "config": 35, "log": 90,
           "dead": 31, "demo": 1}


@dataclasses.dataclass
class Message:
    kind: str
    name: str
    conversation_id: str
    correlation_id: str
    payload: object


def read(method, properties, body):
    headers = properties.headers or {}
    kind = KINDS.get(method.exchange, "dead")
    if kind == "command" and not properties.reply_to:
        kind = str(headers.get("status"))
    try:
        payload = cbor2.loads(body) if properties.content_type == "application/cbor" else (
            json.loads(body))
    except Exception:  # whatever a decoder may throw at a stranger's bytes
        payload = body
    if kind == "log" and not isinstance(payload, dict):
        kind = "dead"
    return Message(kind, method.routing_key, str(headers.get("conversation_id", "")),
                   properties.correlation_id or "", payload)


def printable(text):
    """Control characters, and what else would act on a terminal, are shown and not sent."""
    return "".join(each if each.isprintable() else each.encode("unicode_escape").decode()
                   for each in text)


def to_text(payload):
    try:
        text = json.dumps(payload, ensure_ascii=False, default=lambda each: (
            f"h'{each.hex()}'" if isinstance(each, bytes) else str(each)))
    except (RecursionError, TypeError, ValueError) as error:
        text = f"({error})"
    return text if len(text) <= MAX_PAYLOAD_LENGTH else text[:MAX_PAYLOAD_LENGTH] + "…"


def shortened(identifier):
    """Ids of one process differ at their ends, those of several at their beginnings."""
    return identifier if len(identifier) <= 11 else f"{identifier[:5]}…{identifier[-5:]}"


class View:
    def __init__(self):
        self._is_coloured = sys.stdout.isatty() and "NO_COLOR" not in os.environ

    def head(self):
        self._line("demo", "kind", "name", "conversation", "correlation", "payload", "time")

    def show(self, message):
        if message.kind == "log":
            record = message.payload
            text = f"{record.get('short_message', '')}   ({record.get('host', '')})"
            conversation_id = str(record.get("_conversation_id", ""))
        else:
            text = to_text(message.payload)
            conversation_id = message.conversation_id
        self._line(message.kind, message.kind, message.name, shortened(conversation_id),
                   shortened(message.correlation_id), text)

    def say(self, text):
        self._print("demo", f"{clock()}  -- {text}")

    def _line(self, colour, kind, name, conversation_id, correlation_id, text, now=None):
        self._print(colour, f"{now or clock():12}  {kind:8} {name:28} {conversation_id:13}"
                            f"{correlation_id:12} {text}")

    def _print(self, colour, text):
        text = printable(text)
        print(f"\x1b[{COLOURS.get(colour, 0)}m{text}\x1b[0m" if self._is_coloured else text,
              flush=True)


def clock():
    now = time.time()
    return time.strftime("%H:%M:%S", time.localtime(now)) + f".{int(now % 1 * 1000):03}"
