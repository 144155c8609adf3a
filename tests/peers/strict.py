"""Reads a message as the Python original needs it, and refuses (Refused, which names what and why)
everything by which it would be troubled: other types, missing parts, bytes that do not decode."""

import dataclasses
import io
import json

import cbor2

LOG_FIELDS = {
    "version": str, "short_message": str, "full_message": str, "level": int, "_levelname": str,
    "host": str, "timestamp": float, "_conversation_id": str, "_logical_service": str,
    "_worker_pid": int,
}


class Refused(AssertionError):
    pass


@dataclasses.dataclass
class Message:
    name: str
    conversation_id: str
    payload: object
    content_type: str
    reply_to: str
    correlation_id: str
    status: str | None
    message_id: str | None
    app_id: str | None
    timestamp: int | None
    delivery_mode: int
    is_redelivered: bool


def require(is_true, what):
    if not is_true:
        raise Refused(what)


def decode(content_type, body):
    try:
        if content_type == "application/json":
            return json.loads(body.decode("utf-8"))
        stream = io.BytesIO(body)
        payload = cbor2.CBORDecoder(stream).decode()
    except Exception as error:
        raise Refused(f"{content_type} {body[:80]!r}: {error!r}") from error
    require(stream.tell() == len(body), "bytes after the payload")
    return payload


def read_message(exchange, method, properties, body):
    """`exchange` is the one that the queue is bound to: it says what kind of message this is."""
    where = f"{exchange} {method.routing_key} {properties}"
    headers = properties.headers
    require(isinstance(headers, dict), f"no headers: {where}")
    for name, value in headers.items():
        require(isinstance(value, (str, int, bool, float, dict, list, type(None))),
                f"header {name} is a {type(value)}: {where}")
    require(properties.content_type in ("application/cbor", "application/json"),
            f"content type: {where}")
    for each in ("reply_to", "correlation_id", "content_encoding", "message_id", "app_id",
                 "expiration", "user_id"):
        require(isinstance(getattr(properties, each), (str, type(None))), f"{each}: {where}")
    require(isinstance(properties.timestamp, (int, type(None))), f"timestamp: {where}")
    require(properties.delivery_mode in (1, 2), f"delivery mode: {where}")
    require(method.exchange == exchange, f"came by {method.exchange}: {where}")

    conversation_id = headers.get("conversation_id", "" if exchange == "configurations" else None)
    require(isinstance(conversation_id, str), f"conversation_id: {where}")
    status = headers.get("status")
    if exchange == "commands":
        require(properties.reply_to or status in ("success", "error"),
                f"neither a command nor a result: {where}")
        require(not (properties.reply_to and status), f"both command and result: {where}")
        require(isinstance(properties.correlation_id, str), f"correlation_id: {where}")
    else:
        require(status is None and not properties.reply_to, f"no command, no result: {where}")
    if exchange != "configurations":
        require(properties.delivery_mode == 2, f"not persistent: {where}")

    return Message(
        method.routing_key, conversation_id, decode(properties.content_type, body),
        properties.content_type, properties.reply_to or "", properties.correlation_id or "",
        status, properties.message_id, properties.app_id, properties.timestamp,
        properties.delivery_mode, method.redelivered)


def read_log(method, properties, body):
    where = f"log {method.routing_key} {properties} {body!r}"
    require(properties.delivery_mode in (None, 1), f"persistent: {where}")
    require(not properties.headers, f"headers: {where}")
    record = decode("application/json", body)
    require(isinstance(record, dict), where)
    for name, kind in LOG_FIELDS.items():
        require(type(record.get(name)) is kind, f"{name}: {where}")
    require(record["version"] == "1.1" and 0 <= record["level"] <= 7, where)
    require(method.routing_key == f"{record['_logical_service']}.{record['_levelname']}", where)
    require(record["host"].startswith(record["_logical_service"] + "@"), where)
    for name in record.keys() - LOG_FIELDS.keys():
        require(name.startswith("_") and name != "_id", f"field {name}: {where}")
    return record
