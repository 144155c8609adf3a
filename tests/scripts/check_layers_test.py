"""scripts/check-layers finds what it is there to find, and nothing in a good tree."""

import os
import subprocess
import tempfile
import unittest
from pathlib import Path

CHECK_LAYERS = Path(os.environ["EVENTAIL_SCRIPTS"]) / "check-layers"


class CheckLayers(unittest.TestCase):
    def check(self, files):
        with tempfile.TemporaryDirectory() as root:
            for path, text in files.items():
                file = Path(root) / path
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(text)
            run = subprocess.run([CHECK_LAYERS, root], capture_output=True, text=True, check=False)
            return run.returncode, run.stdout

    def assert_refused(self, path, text, fault):
        code, output = self.check({path: text})
        self.assertEqual((code, output), (1, f"{path}:{fault}\n"))

    def test_a_good_tree_passes(self):
        code, output = self.check({
            "include/eventail/payload.hpp": "#include <string>\n#include <eventail/error.hpp>\n",
            "include/eventail/json.hpp": "#include <nlohmann/json.hpp>\n",
            "src/wire/frame.cpp": '#include "wire/frame.hpp"\n#include <vector>\n',
            "src/net/link.cpp": '#include "wire/frame.hpp"\n#include <openssl/ssl.h>\n',
            "src/net/socket.cpp": "#include <poll.h>\n#include <sys/socket.h>\n",
            "src/bus/worker.cpp": '#include "amqp/session_events.hpp"\n',
            "src/bus/log.cpp": "#include <eventail/log.hpp>\n",
            "src/payload/json.cpp": "#include <nlohmann/json.hpp>\n",
            "src/service/run.cpp": '#include "net/link.hpp"\n#include <thread>\n',
            "tests/vectors/old.json": "TO" "DO",
        })
        self.assertEqual((code, output), (0, ""))

    def test_a_nested_aggregate_is_built_step_by_step(self):
        self.assert_refused("src/bus/a.cpp", "A a{.b = {\n    .c = text()}, .d = text()};\n",
                            "1: a nested aggregate: build it step by step, or GCC 12 may destroy it "
                            "twice")

    def test_an_empty_tree_is_no_success(self):
        self.assertEqual(self.check({})[0], 1)

    def test_a_public_header_may_not_include_the_insides(self):
        self.assert_refused("include/eventail/a.hpp", '#include "wire/frame.hpp"\n',
                            "1: include may not include wire/frame.hpp")

    def test_only_json_hpp_may_include_nlohmann(self):
        self.assert_refused("include/eventail/a.hpp", "#include <nlohmann/json.hpp>\n",
                            "1: include may not include nlohmann/json.hpp")
        self.assert_refused("include/eventail/b.hpp", "#include <eventail/json.hpp>\n",
                            "1: include may not include eventail/json.hpp")
        self.assert_refused("src/bus/worker.cpp", "#include <nlohmann/json.hpp>\n",
                            "1: src/bus may not include nlohmann/json.hpp")

    def test_wire_knows_only_the_standard_library(self):
        self.assert_refused("src/wire/a.cpp", '\n#include "amqp/session.hpp"\n',
                            "2: src/wire may not include amqp/session.hpp")
        self.assert_refused("src/wire/methods/a.hpp", "#include <eventail/error.hpp>\n",
                            "1: src/wire may not include eventail/error.hpp")
        self.assert_refused("src/wire/b.cpp", "#include <unistd.h>\n",
                            "1: src/wire may not include unistd.h")

    def test_amqp_does_not_know_the_bus(self):
        self.assert_refused("src/amqp/a.cpp", '#  include "bus/envelope.hpp"\n',
                            "1: src/amqp may not include bus/envelope.hpp")
        self.assert_refused("src/amqp/a.cpp", "#include <boost/asio.hpp>\n",
                            "1: src/amqp may not include boost/asio.hpp")

    def test_sessions_know_no_sockets(self):
        self.assert_refused("src/amqp/a.cpp", '#include "net/link.hpp"\n',
                            "1: src/amqp may not include net/link.hpp")
        self.assert_refused("src/amqp/a.cpp", "#include <sys/socket.h>\n",
                            "1: src/amqp may not include sys/socket.h")

    def test_content_knows_no_bus(self):
        self.assert_refused("src/payload/a.cpp", '#include "bus/job.hpp"\n',
                            "1: src/payload may not include bus/job.hpp")

    def test_the_shell_reaches_the_machine_through_the_seam(self):
        end = "goes past the seam to the machine (docs/decisions/0020)"
        self.assert_refused("src/service/a.cpp", "std::thread thread;\n", f"1: std::thread {end}")
        self.assert_refused("src/net/a.cpp", "\n    ::poll(fds, 1, 0);\n", f"2: ::poll {end}")
        self.assert_refused("src/bus/a.cpp", "thread_local int own;\n", f"1: thread_local {end}")
        self.assert_refused("src/service/a.hpp", "std::atomic<int> count;\n",
                            f"1: std::atomic {end}")
        code, output = self.check({
            "src/net/system_calls.hpp": "::poll(fds, 1, 0);\n",
            "src/service/b.cpp": "system::poll(fds, 0); // not ::poll(fds, 1, 0)\n",
            "src/broker/shell/a.cpp": "std::thread thread;\n",
        })
        self.assertEqual((code, output), (0, ""))

    def test_only_the_brokers_shell_knows_asio(self):
        asio = "#include <boost/asio/ip/tcp.hpp>\n"
        self.assertEqual(self.check({"src/broker/shell/a.cpp": asio}), (0, ""))
        self.assert_refused("src/broker/peer/a.cpp", asio,
                            "1: src/broker/peer may not include boost/asio/ip/tcp.hpp")
        self.assert_refused("src/broker/core/a.cpp", '#include "broker/peer/peer.hpp"\n',
                            "1: src/broker/core may not include broker/peer/peer.hpp")
        self.assert_refused("src/broker/core/a.cpp", "#include <mutex>\n",
                            "1: src/broker/core is pure and may not include <mutex>")

    def test_the_bus_does_not_know_the_driver(self):
        self.assert_refused("src/bus/a.cpp", '#include "net/link.hpp"\n',
                            "1: src/bus may not include net/link.hpp")

    def test_the_bus_is_pure(self):
        self.assert_refused("src/bus/a.cpp", "#include <thread>\n",
                            "1: src/bus is pure and may not include <thread>")

    def test_locks_lie_in_base_for_the_shells_alone(self):
        locks = {"src/base/mutex.hpp": "#include <condition_variable>\n#include <mutex>\n",
                 "src/service/a.hpp": '#include "base/mutex.hpp"\n'}
        self.assertEqual(self.check(locks), (0, ""))
        self.assert_refused("src/base/a.hpp", "#include <mutex>\n",
                            "1: src/base is pure and may not include <mutex>")
        self.assert_refused("src/bus/a.cpp", '#include "base/mutex.hpp"\n',
                            "1: src/bus is pure and may not include <base/mutex.hpp>")

    def test_the_client_does_not_know_the_broker(self):
        self.assert_refused("src/service/a.cpp", '#include "broker/core/queue.hpp"\n',
                            "1: src/service may not include broker/core/queue.hpp")

    def test_tools_use_the_library_as_anybody_could(self):
        self.assertEqual(self.check({"tools/a.cpp": "#include <CLI/CLI.hpp>\n#include <signal.h>\n"
                                     '#include "tools/b.hpp"\n#include <eventail/broker.hpp>\n'}),
                         (0, ""))
        self.assert_refused("tools/a.cpp", '#include "broker/core/core.hpp"\n',
                            "1: tools may not include broker/core/core.hpp")

    def test_a_layer_without_rules_is_refused(self):
        self.assert_refused("src/misfit/a.cpp", "", "1: there is no layer src/misfit")
        self.assert_refused("src/broker/a.cpp", "", "1: there is no layer src/broker")

    def test_files_stay_short(self):
        self.assert_refused("src/wire/a.cpp", "\n" * 451, "451: longer than 450 lines")
        self.assert_refused("examples/02_a.cpp", "\n" * 81, "81: longer than 80 lines")
        self.assert_refused("examples/01_a.cpp", "\n" * 26, "26: longer than 25 lines")

    def test_names_say_what_a_file_holds(self):
        fault = "1: a file is named after what it holds"
        self.assert_refused("tests/support/helpers.hpp", "", fault)
        self.assert_refused("src/wire/util/a.hpp", "", fault)

    def test_nothing_is_left_for_later(self):
        word = "TO" "DO"
        self.assert_refused("src/wire/a.cpp", f"// {word}: more\n",
                            f"1: {word}: finish it or leave it out")


if __name__ == "__main__":
    unittest.main()
