"""The faults of a chaos run. Each function is a kind, named as in the table; it does its harm, and
returns when the harm is over. It gets the run, and one of its members, chosen by the seed."""

import signal
import time

HEARTBEAT_SECONDS = 2


def cut_both_connections(run, member):
    member.proxy.cut()


def cut_the_consuming_connection(run, member):
    member.proxy.cut(b" consuming")


def cut_the_publishing_connection(run, member):
    member.proxy.cut(b" publishing")


def cut_all_connections_of_all(run, member):
    for each in run.members:
        each.proxy.cut()
    return run.members


def delay(run, member):
    member.proxy.seconds_late = 0.2
    time.sleep(3)
    member.proxy.be_kind()


def slow_network(run, member):
    member.proxy.bytes_per_second = 20_000
    time.sleep(3)
    member.proxy.be_kind()


def tiny_parts(run, member):
    member.proxy.most_bytes = 7
    time.sleep(3)
    member.proxy.be_kind()


def black_hole(run, member):
    member.proxy.hold_back("to_broker", "to_client")
    time.sleep(3 * HEARTBEAT_SECONDS)
    member.proxy.cut()
    member.proxy.be_kind()


def black_hole_that_ends_early(run, member):
    member.proxy.hold_back("to_broker", "to_client")
    time.sleep(HEARTBEAT_SECONDS / 2)
    member.proxy.be_kind()


def half_open_to_the_broker(run, member):
    member.proxy.hold_back("to_broker")
    time.sleep(3 * HEARTBEAT_SECONDS)
    member.proxy.cut()
    member.proxy.be_kind()


def half_open_from_the_broker(run, member):
    member.proxy.hold_back("to_client")
    time.sleep(3 * HEARTBEAT_SECONDS)
    member.proxy.cut()
    member.proxy.be_kind()


def connections_refused(run, member):
    member.proxy.refuse()
    time.sleep(run.random.uniform(1, 10))
    member.proxy.listen()


def connections_accepted_and_reset(run, member):
    member.proxy.resets = True
    member.proxy.cut()
    time.sleep(2)
    member.proxy.be_kind()


def connections_accepted_but_not_answered(run, member):
    member.proxy.is_deaf = True
    member.proxy.cut()
    time.sleep(2)
    member.proxy.be_kind()
    member.proxy.cut()


def garbage_from_the_network(run, member):
    member.proxy.inject(run.random.randbytes(64))


def broker_killed(run, member):
    run.broker.do("kill")
    run.refuse()
    time.sleep(run.random.uniform(0, 2))
    run.broker.do("restart")
    run.listen()
    return run.members


def broker_restarted(run, member):
    run.refuse()
    run.broker.do("restart")
    run.listen()
    return run.members


def broker_closes_all_connections(run, member):
    run.broker.do("close")
    return run.members


def alarm(run, member):
    run.broker.do("block")
    time.sleep(3)
    run.broker.do("unblock")
    return run.members


def queue_that_refuses(run, member):
    run.broker.do("fill")
    time.sleep(3)
    run.broker.do("empty")
    return run.members


def instance_stopped_and_started(run, member):
    run.expect(member.stop() == 0, f"{member.name} does not stop with status 0")
    member.start()


def instance_killed(run, member):
    member.kill()
    member.start()


def instance_frozen(run, member):
    member.send(signal.SIGSTOP)
    time.sleep(3 * HEARTBEAT_SECONDS)
    member.send(signal.SIGCONT)


def handler_that_blocks(run, member):
    member.send(signal.SIGUSR1)
    time.sleep(5)


def handler_that_fails(run, member):
    member.send(signal.SIGUSR2)


def burst_of_orders(run, member):
    run.source.send(signal.SIGUSR1)
    return run.members


# The source must not be killed: what it has accepted and not sent would be gone with it.
OF_ANY_MEMBER = (
    cut_both_connections, cut_the_consuming_connection, cut_the_publishing_connection,
    cut_all_connections_of_all, delay, slow_network, tiny_parts, black_hole,
    black_hole_that_ends_early, half_open_to_the_broker, half_open_from_the_broker,
    connections_refused, connections_accepted_and_reset, connections_accepted_but_not_answered,
    garbage_from_the_network, broker_killed, broker_restarted, broker_closes_all_connections,
    alarm, instance_frozen)
OF_CONSUMERS = (
    queue_that_refuses, instance_stopped_and_started, instance_killed, handler_that_blocks,
    handler_that_fails, burst_of_orders)
ALL = OF_ANY_MEMBER + OF_CONSUMERS
