// What a service written with amqplib does with a broker, in one go: client.js URL [CA FILE].
// Prints "done" and exits with 0 if all of it came out as it should.
"use strict";

const assert = require("node:assert");
const fs = require("node:fs");
const amqplib = require("amqplib");

const [url, caFile] = process.argv.slice(2);
const exchange = `amqplib.${process.pid}`;

function nextOf(emitter, event) {
  return new Promise((resolve) => emitter.once(event, resolve));
}

// Messages of a consumer, to be taken one by one.
async function consume(channel, queue, options) {
  const arrived = [];
  const waiting = [];
  const { consumerTag } = await channel.consume(queue, (message) => {
    if (waiting.length) waiting.shift()(message);
    else arrived.push(message);
  }, options);
  const next = () => (arrived.length
    ? Promise.resolve(arrived.shift())
    : new Promise((resolve) => waiting.push(resolve)));
  return { consumerTag, next, isEmpty: () => arrived.length === 0 };
}

async function publishAndGet(connection) {
  const channel = await connection.createConfirmChannel();
  await channel.assertExchange(exchange, "topic", { durable: true, autoDelete: true });
  const { queue } = await channel.assertQueue("", { exclusive: true });
  await channel.bindQueue(queue, exchange, "order.#");
  channel.publish(exchange, "order.placed", Buffer.from("content"), {
    persistent: true,
    contentType: "text/plain",
    correlationId: "7",
    messageId: "m",
    headers: { text: "ü", number: 7, big: 2 ** 40, yes: true, list: [1, "two"], nested: { a: 1 } },
  });
  await channel.waitForConfirms();

  const message = await channel.get(queue);
  assert.strictEqual(message.content.toString(), "content");
  assert.strictEqual(message.fields.routingKey, "order.placed");
  assert.strictEqual(message.properties.correlationId, "7");
  assert.deepStrictEqual(message.properties.headers,
    { text: "ü", number: 7, big: 2 ** 40, yes: true, list: [1, "two"], nested: { a: 1 } });
  channel.nack(message);
  const again = await channel.get(queue);
  assert.strictEqual(again.fields.redelivered, true);
  channel.ack(again);
  assert.strictEqual(await channel.get(queue), false);

  const returned = nextOf(channel, "return");
  channel.publish(exchange, "nobody.asked", Buffer.from("back"), { mandatory: true });
  assert.strictEqual((await returned).fields.replyCode, 312);
  await channel.waitForConfirms();
  assert.deepStrictEqual(await channel.checkQueue(queue),
    { queue, messageCount: 0, consumerCount: 0 });
  await channel.close();
}

async function consumeWithPrefetch(connection) {
  const channel = await connection.createChannel();
  const { queue } = await channel.assertQueue("", { exclusive: true });
  await channel.prefetch(1);
  const consumer = await consume(channel, queue);
  const large = Buffer.alloc(300000, "x");
  channel.sendToQueue(queue, Buffer.from("one"));
  channel.sendToQueue(queue, large);
  const first = await consumer.next();
  await channel.checkQueue(queue);
  assert.ok(consumer.isEmpty(), "prefetch is not kept");
  channel.nack(first, false, true);
  const again = await consumer.next();
  assert.strictEqual(again.content.toString(), "one");
  assert.strictEqual(again.fields.redelivered, true);
  channel.ack(again);
  const second = await consumer.next();
  assert.ok(second.content.equals(large));
  channel.ack(second);
  await channel.cancel(consumer.consumerTag);
  const other = await consume(channel, queue, { noAck: true });
  await channel.deleteQueue(queue);
  assert.strictEqual(await other.next(), null, "the consumer was not told");
  await channel.close();
}

async function beRefused(connection) {
  const channel = await connection.createChannel();
  const failed = nextOf(channel, "error");
  await assert.rejects(channel.checkQueue(`${exchange}.missing`), /404/);
  assert.strictEqual((await failed).code, 404);
}

async function main() {
  const tls = caFile ? { ca: [fs.readFileSync(caFile)], servername: "localhost" } : {};
  const connection = await amqplib.connect(url, tls);
  await publishAndGet(connection);
  await consumeWithPrefetch(connection);
  await beRefused(connection);
  await connection.close();
  console.log("done");
}

main();
