// The workloads with node's amqplib, as its own examples use it: every message acknowledged by
// itself, nothing decoded, bodies ready to be sent.
//
// usage: client.js publish|consume|caller|callee --port N --body FILE [--name value]...
"use strict";

const fs = require("fs");
const amqp = require("amqplib");

const conversationId = "0d0ce5ac-39a1-4c5e-8b0c-5f1ff5c6e2d4";

const workload = process.argv[2];
const given = {};
for (let i = 3; i + 1 < process.argv.length; i += 2) {
  given[process.argv[i].replace("--", "")] = process.argv[i + 1];
}
const number = (name, fallback) => (name in given ? Number(given[name]) : fallback);
const messages = number("messages", 100000);
const warmUp = number("warm-up", Math.floor(messages / 10));
const total = messages + warmUp;
const prefetch = number("prefetch", 3);
const body = fs.readFileSync(given.body);
const properties = {
  contentType: "application/cbor",
  deliveryMode: 2,
  headers: { conversation_id: conversationId },
};

let start, cpuStart;
const cpuSeconds = () => {
  const usage = process.resourceUsage();
  return (usage.userCPUTime + usage.systemCPUTime) / 1e6;
};
const maxResidentKib = () =>
  Number(/VmHWM:\s*(\d+)/.exec(fs.readFileSync("/proc/self/status", "latin1"))[1]);
const now = () => Number(process.hrtime.bigint()) / 1e9;

function begin() {
  cpuStart = cpuSeconds();
  start = now();
}

function end(latencies = []) {
  const result = {
    messages,
    wall_seconds: now() - start,
    cpu_seconds: cpuSeconds() - cpuStart,
    max_rss_mib: maxResidentKib() / 1024,
  };
  if (latencies.length > 0) {
    latencies.sort((a, b) => a - b);
    result.p50_us = latencies[Math.floor(latencies.length / 2)] * 1e6;
  }
  console.log(JSON.stringify(result));
  process.exit(0);
}

async function consume(channel, queue, exchange, key, received) {
  await channel.assertExchange(exchange, "topic", { durable: true });
  await channel.assertQueue(queue, { durable: true });
  await channel.bindQueue(queue, exchange, key);
  await channel.prefetch(prefetch);
  await channel.consume(queue, received);
}

async function publish(connection) {
  const channel = await connection.createConfirmChannel();
  await channel.assertExchange("events", "topic", { durable: true });
  const window = number("window", 1000);
  let sent = 0;
  let confirmed = 0;
  const onConfirm = (error) => {
    if (error) throw error;
    confirmed += 1;
    if (confirmed === total) end();
    else send();
  };
  const send = () => {
    while (sent < total && sent - confirmed < window) {
      if (sent === warmUp) begin();
      sent += 1;
      channel.publish("events", "OrderPlaced", body, properties, onConfirm);
    }
  };
  send();
}

async function consumeEvents(connection) {
  const channel = await connection.createChannel();
  let count = 0;
  await consume(channel, "bench.events", "events", "OrderPlaced", (message) => {
    if (count === warmUp) begin();
    channel.ack(message);
    count += 1;
    if (count === total) end();
  });
}

async function call(connection) {
  const channel = await connection.createConfirmChannel();
  const outstanding = number("outstanding", 64);
  const command = Object.assign(
    { replyTo: "caller.OrderPlacedReturn", correlationId: conversationId },
    properties
  );
  const latencies = [];
  let sent = 0;
  let answered = 0;
  let started;
  const send = () => {
    while (sent < total && sent - answered < outstanding) {
      sent += 1;
      started = now();
      channel.publish("commands", "callee.PlaceOrder", body, command);
    }
  };
  await consume(channel, "caller.commands", "commands", "caller.OrderPlacedReturn", (message) => {
    if (answered === warmUp) begin();
    else if (outstanding === 1) latencies.push(now() - started);
    channel.ack(message);
    answered += 1;
    if (answered === total) end(latencies);
    else send();
  });
  send();
}

async function answer(connection) {
  const channel = await connection.createConfirmChannel();
  await consume(channel, "callee.commands", "commands", "callee.PlaceOrder", (message) => {
    const correlationId = message.properties.correlationId;
    const result = Object.assign({ correlationId }, properties);
    channel.publish("commands", message.properties.replyTo, body, result);
    channel.ack(message);
  });
  console.log("ready");
}

async function main() {
  const url = `amqp://guest:guest@127.0.0.1:${given.port}/?heartbeat=0`;
  const connection = await amqp.connect(url, { noDelay: true });
  await { publish, consume: consumeEvents, caller: call, callee: answer }[workload](connection);
}

main().catch((error) => {
  console.error(`amqplib: ${error.message}`);
  process.exit(1);
});
