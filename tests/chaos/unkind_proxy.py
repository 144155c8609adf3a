"""A TCP proxy between one service and its broker, which can be unkind in every way that a network
can. All proxies live in one thread, with an event loop; its methods may be called from any other."""

import asyncio
import random
import socket
import struct
import threading

PART_BYTES = 65536


class Network:
    """The thread of the proxies."""

    def __init__(self):
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    def do(self, coroutine):
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(10)

    def close(self):
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()


class UnkindProxy:
    def __init__(self, network, broker_port, seed):
        self._network = network
        self._broker_port = broker_port
        self._random = random.Random(seed)
        self._connections = set()
        self.be_kind()
        self._server = None
        self.port = 0
        self.listen()

    def be_kind(self):
        """From now on passes everything on, at once. What was held back goes on."""
        self.seconds_late = 0
        self.most_bytes = PART_BYTES
        self.bytes_per_second = None
        self.holds_back = {"to_broker": False, "to_client": False}
        self.resets = False
        self.is_deaf = False

    def hold_back(self, *directions):
        for direction in directions:
            self.holds_back[direction] = True

    def cut(self, which=b""):
        """Resets the connections whose client has sent these bytes. @return how many"""
        async def cut():
            chosen = [each for each in self._connections if which in each.hello]
            for each in chosen:
                each.reset()
            return len(chosen)
        return self._network.do(cut())

    def inject(self, garbage):
        """Into the bytes from the broker, between two parts."""
        async def inject():
            for each in list(self._connections):
                each.to_client.write(garbage)
        self._network.do(inject())

    def listen(self):
        """Again on the same port, after refuse()."""
        async def listen():
            self._server = await asyncio.start_server(self._accept, "127.0.0.1", self.port)
            self.port = self._server.sockets[0].getsockname()[1]
        self._network.do(listen())

    def refuse(self):
        """Nobody listens any more, and the connections are reset: as if the broker were gone."""
        async def refuse():
            self._server.close()
            for each in list(self._connections):
                each.reset()
        self._network.do(refuse())

    async def _accept(self, client_reader, client_writer):
        if self.resets:
            reset(client_writer)
            return
        if self.is_deaf:
            connection = Connection(client_writer, None)
            self._connections.add(connection)
            while await client_reader.read(PART_BYTES):
                pass
            self._connections.discard(connection)
            return
        try:
            broker_reader, broker_writer = await asyncio.open_connection("127.0.0.1",
                                                                         self._broker_port)
        except OSError:
            reset(client_writer)
            return
        connection = Connection(client_writer, broker_writer)
        self._connections.add(connection)
        await asyncio.gather(
            self._pass_on(connection, client_reader, broker_writer, "to_broker"),
            self._pass_on(connection, broker_reader, client_writer, "to_client"))
        self._connections.discard(connection)

    async def _pass_on(self, connection, reader, writer, direction):
        try:
            while part := await reader.read(PART_BYTES):
                if direction == "to_broker" and len(connection.hello) < 4096:
                    connection.hello += part
                await self._delay(len(part), direction)
                while part:
                    size = self._random.randint(1, self.most_bytes) if \
                        self.most_bytes < PART_BYTES else len(part)
                    writer.write(part[:size])
                    part = part[size:]
                    await writer.drain()
                    if part:
                        await asyncio.sleep(0)
        except OSError:
            connection.reset()
        finally:
            writer.close()

    async def _delay(self, size, direction):
        if self.seconds_late:
            await asyncio.sleep(self.seconds_late)
        if self.bytes_per_second:
            await asyncio.sleep(size / self.bytes_per_second)
        while self.holds_back[direction]:
            await asyncio.sleep(0.02)


class Connection:
    def __init__(self, to_client, to_broker):
        self.to_client = to_client
        self.to_broker = to_broker
        self.hello = b""

    def reset(self):
        for writer in (self.to_client, self.to_broker):
            if writer is not None:
                reset(writer)


def reset(writer):
    """Closes with RST in place of FIN."""
    sock = writer.get_extra_info("socket")
    if sock is not None and sock.fileno() >= 0:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
