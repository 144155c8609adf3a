"""The Python twin of echo_service.cpp: does the same with the same messages.
Run: echo_service.py URL LOGICAL_SERVICE [--json]"""

import signal
import sys

from original import Service


def main(url, name, *options):
    service = Service(url, name, events=[f"{name}Happened", f"{name}Asked"],
                      commands=[f"{name}.Echo", f"{name}.EchoReturn"],
                      configurations=[f"{name}Configured"], is_json="--json" in options)

    def on_happened(event):
        service.publish_event(f"{name}Echoed", {"by": "python", "payload": event.payload},
                              event.conversation_id)

    def on_asked(event):
        service.send_command(f"{event.payload['service']}.Echo", event.payload["payload"],
                             event.conversation_id, f"{name}.EchoReturn",
                             event.payload["correlation_id"])

    def on_echo(command):
        if isinstance(command.payload, dict) and command.payload.get("fail"):
            service.return_error(command, {"by": "python", "reason": "told to"})
        else:
            service.return_success(command, {"by": "python", "payload": command.payload})

    def on_echo_return(result):
        service.publish_event(f"{name}Answered", {
            "status": result.status, "correlation_id": result.correlation_id,
            "payload": result.payload}, result.conversation_id)

    def on_configured(configuration):
        service.log("INFO", "configured", conversation_id="a case", by="python",
                    _on=configuration.payload["on"])
        return configuration.payload["on"]

    service.on.update({
        f"{name}Happened": on_happened, f"{name}Asked": on_asked, f"{name}.Echo": on_echo,
        f"{name}.EchoReturn": on_echo_return, f"{name}Configured": on_configured})
    service.on_unconfigured = lambda: service.publish_configuration(
        f"{name}ConfigurationRequested", {"by": "python"})
    service.on_ready = lambda: print("ready", flush=True)
    service.start()

    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    while not service.refused:
        service.connection.process_data_events(time_limit=0.1)
    sys.exit("; ".join(service.refused))


main(*sys.argv[1:])
