"""What came back, as lines that do not depend on how a broker's processes happened to be
scheduled, nor on names that it makes up."""

import re
import time

import amqp_codec as codec
from trace_text import format_method

# Names of direct replies are quoted or not, as the characters in them need it.
_GENERATED = re.compile(r'(amq\.gen-|amq\.ctag-)[\w-]{10,}|'
                        r'"?(amq\.rabbitmq\.reply-to\.)[\w.+/=-]{10,}"?')
OF_A_CONSUMER = ("basic.deliver", "basic.consume-ok", "basic.cancel-ok")


class Names:
    """Generated names, numbered as they appear: amq.gen-#1."""

    def __init__(self):
        self._aliases = {}

    def hide(self, text):
        return _GENERATED.sub(
            lambda match: self._alias(match[0].strip('"'), match[1] or match[2]), text)

    def _alias(self, name, prefix):
        if name not in self._aliases:
            count = sum(alias.startswith(prefix) for alias in self._aliases.values())
            self._aliases[name] = f"{prefix}#{count + 1}"
        return self._aliases[name]

    def reveal(self, text):
        for name, alias in self._aliases.items():
            text = text.replace(alias, name)
        return text


def in_order(events):
    """By connection and channel. There replies come first, and among them a cancel in its place:
    RabbitMQ sends delete-ok before it. Then returns and confirms, the confirms by their tags, then
    the deliveries of each consumer, and the end of the connection last."""
    confirm_count = sum(event.name in ("basic.ack", "basic.nack") for event in events)

    def key(event):
        rank, stream, tag = 0, "", 0
        if event.name in ("basic.ack", "basic.nack", "basic.return"):
            # The confirm of a returned message follows it; among several, nobody can tell which.
            rank = 1
            if confirm_count > 1:
                tag = event.values.get("delivery_tag", 0)
        elif event.name in OF_A_CONSUMER:
            rank, stream = 2, event.values["consumer_tag"]
        elif event.name == "eof":
            rank = 3
        return event.connection, event.channel, rank, stream, tag

    return sorted(events, key=key)


def to_line(event, names):
    where = event.connection + (f".{event.channel}" if event.channel else "")
    if event.name not in codec.BY_NAME:
        return f"{where} < {event.name}"
    values = event.values
    if event.name == "connection.start":
        values = _comparable_start(values)
    if event.content:
        _forget_times(event.content.properties.get("headers") or {})
        text = format_method(event.name, values, event.content, event.body_frames)
    else:
        text = format_method(event.name, values)
    return f"{where} < {names.hide(text)}"


def _comparable_start(values):
    capabilities = values["server_properties"].get("capabilities", {})
    return {**values,
            "mechanisms": "PLAIN" if "PLAIN" in values["mechanisms"].split() else "",
            "server_properties": {"capabilities": dict(sorted(capabilities.items()))}}


def _forget_times(headers):
    for death in headers.get("x-death") or []:
        if isinstance(death, dict) and isinstance(death.get("time"), dict):
            if abs(death["time"].get("$T", 0) - time.time()) < 3600:
                death["time"] = "now"
