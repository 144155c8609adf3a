// The workloads with Go's amqp091, as its own examples use it: every message acknowledged by
// itself, nothing decoded, bodies ready to be sent.
//
// usage: amqp091 publish|consume|caller|callee --port N --body FILE [--name value]...
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"log"
	"os"
	"sort"
	"strings"
	"syscall"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
)

const conversationID = "0d0ce5ac-39a1-4c5e-8b0c-5f1ff5c6e2d4"

type options struct {
	port, messages, warmUp, window, prefetch, outstanding int
	body                                                  []byte
}

func (o options) total() int { return o.messages + o.warmUp }

type measurement struct {
	start    time.Time
	cpuStart float64
}

func cpuSeconds() float64 {
	var used syscall.Rusage
	must(syscall.Getrusage(syscall.RUSAGE_SELF, &used))
	return float64(used.Utime.Nano()+used.Stime.Nano()) / 1e9
}

func maxResidentMiB() float64 {
	status, err := os.ReadFile("/proc/self/status")
	must(err)
	var kib float64
	_, rest, _ := strings.Cut(string(status), "VmHWM:")
	_, err = fmt.Sscan(rest, &kib)
	must(err)
	return kib / 1024
}

func (m *measurement) begin() {
	m.cpuStart = cpuSeconds()
	m.start = time.Now()
}

func (m *measurement) print(messages int, latencies []time.Duration) {
	result := map[string]float64{
		"messages":     float64(messages),
		"wall_seconds": time.Since(m.start).Seconds(),
		"cpu_seconds":  cpuSeconds() - m.cpuStart,
		"max_rss_mib":  maxResidentMiB(),
	}
	if len(latencies) > 0 {
		sort.Slice(latencies, func(i, j int) bool { return latencies[i] < latencies[j] })
		result["p50_us"] = float64(latencies[len(latencies)/2].Nanoseconds()) / 1e3
	}
	line, err := json.Marshal(result)
	must(err)
	fmt.Println(string(line))
}

func must(err error) {
	if err != nil {
		log.Fatal("amqp091: ", err)
	}
}

func openChannel(o options) *amqp.Channel {
	connection, err := amqp.Dial(fmt.Sprintf("amqp://guest:guest@127.0.0.1:%d/", o.port))
	must(err)
	channel, err := connection.Channel()
	must(err)
	return channel
}

func consume(channel *amqp.Channel, o options, queue, exchange, key string) <-chan amqp.Delivery {
	must(channel.ExchangeDeclare(exchange, "topic", true, false, false, false, nil))
	_, err := channel.QueueDeclare(queue, true, false, false, false, nil)
	must(err)
	must(channel.QueueBind(queue, key, exchange, false, nil))
	must(channel.Qos(o.prefetch, 0, false))
	deliveries, err := channel.Consume(queue, "", false, false, false, false, nil)
	must(err)
	return deliveries
}

func message(o options) amqp.Publishing {
	return amqp.Publishing{
		ContentType:  "application/cbor",
		DeliveryMode: amqp.Persistent,
		Headers:      amqp.Table{"conversation_id": conversationID},
		Body:         o.body,
	}
}

func publish(channel *amqp.Channel, exchange, key string, message amqp.Publishing) {
	must(channel.PublishWithContext(context.Background(), exchange, key, false, false, message))
}

func runPublish(o options) {
	channel := openChannel(o)
	must(channel.ExchangeDeclare("events", "topic", true, false, false, false, nil))
	must(channel.Confirm(false))
	confirms := channel.NotifyPublish(make(chan amqp.Confirmation, o.window))
	var measured measurement
	confirmed := 0
	for sent := 0; sent < o.total(); sent++ {
		if sent == o.warmUp {
			measured.begin()
		}
		for sent-confirmed >= o.window {
			<-confirms
			confirmed++
		}
		publish(channel, "events", "OrderPlaced", message(o))
	}
	for ; confirmed < o.total(); confirmed++ {
		<-confirms
	}
	measured.print(o.messages, nil)
}

func runConsume(o options) {
	deliveries := consume(openChannel(o), o, "bench.events", "events", "OrderPlaced")
	var measured measurement
	for received := 0; received < o.total(); received++ {
		if received == o.warmUp {
			measured.begin()
		}
		delivery := <-deliveries
		must(delivery.Ack(false))
	}
	measured.print(o.messages, nil)
}

func runCaller(o options) {
	channel := openChannel(o)
	must(channel.Confirm(false))
	results := consume(channel, o, "caller.commands", "commands", "caller.OrderPlacedReturn")
	command := message(o)
	command.ReplyTo = "caller.OrderPlacedReturn"
	command.CorrelationId = conversationID
	var measured measurement
	var latencies []time.Duration
	var started time.Time
	sent := 0
	for answered := 0; answered < o.total(); answered++ {
		if answered == o.warmUp {
			measured.begin()
		}
		for ; sent < o.total() && sent < answered+o.outstanding; sent++ {
			started = time.Now()
			publish(channel, "commands", "callee.PlaceOrder", command)
		}
		result := <-results
		if o.outstanding == 1 && answered >= o.warmUp {
			latencies = append(latencies, time.Since(started))
		}
		must(result.Ack(false))
	}
	measured.print(o.messages, latencies)
}

func runCallee(o options) {
	channel := openChannel(o)
	must(channel.Confirm(false))
	commands := consume(channel, o, "callee.commands", "commands", "callee.PlaceOrder")
	fmt.Println("ready")
	for command := range commands {
		result := message(o)
		result.CorrelationId = command.CorrelationId
		publish(channel, "commands", command.ReplyTo, result)
		must(command.Ack(false))
	}
}

func main() {
	workloads := map[string]func(options){
		"publish": runPublish, "consume": runConsume, "caller": runCaller, "callee": runCallee,
	}
	if len(os.Args) < 2 || workloads[os.Args[1]] == nil {
		log.Fatal("amqp091: which workload?")
	}
	var o options
	flags := flag.NewFlagSet(os.Args[1], flag.ExitOnError)
	flags.IntVar(&o.port, "port", 5672, "")
	flags.IntVar(&o.messages, "messages", 100000, "")
	flags.IntVar(&o.warmUp, "warm-up", -1, "")
	flags.IntVar(&o.window, "window", 1000, "")
	flags.IntVar(&o.prefetch, "prefetch", 3, "")
	flags.IntVar(&o.outstanding, "outstanding", 64, "")
	body := flags.String("body", "", "")
	must(flags.Parse(os.Args[2:]))
	if o.warmUp < 0 {
		o.warmUp = o.messages / 10
	}
	var err error
	o.body, err = os.ReadFile(*body)
	must(err)
	workloads[os.Args[1]](o)
}
