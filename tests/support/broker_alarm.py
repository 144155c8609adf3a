"""Raises or clears the memory alarm of a broker as clients can: with messages beyond its limit, or
without them: broker_alarm.py raise|clear URL."""

import sys
import time

import pika

QUEUE = "alarm"
# The memory limit of an embedded broker.
LIMIT = "32MB"
# Small enough for a socket that is not read any more.
BODY = bytes(65536)
DEADLINE_SECONDS = 20


def raise_alarm(connection, channel):
    is_blocked = []
    connection.add_on_connection_blocked_callback(lambda *_: is_blocked.append(True))
    channel.queue_declare(QUEUE)
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not is_blocked:
        if time.monotonic() > deadline:
            sys.exit("no alarm")
        channel.basic_publish("", QUEUE, BODY)
        connection.process_data_events(0)


def main(action, url):
    connection = pika.BlockingConnection(pika.URLParameters(url))
    channel = connection.channel()
    if action == "raise":
        # Who is blocked cannot say good-bye.
        raise_alarm(connection, channel)
    else:
        channel.queue_delete(QUEUE)
        connection.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
