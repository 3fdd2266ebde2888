"""Signals, reloads and ends, with traffic on the way."""
import os
import signal
import socket
import tempfile

from lab import wait_for
from support.daemon import answers
from support.peers import Client, Load, get
from support.ports import free_port
from support.scenario import Scenario, configuration


class Ends(Scenario):
    carries_traffic = True

    def test_term_ends_with_0_under_a_guard(self):
        self.assertEqual(self.proxy(self.origin(), arguments=["-W"]).end(signal.SIGTERM), 0)

    def test_int_ends_with_130_under_a_guard(self):
        self.assertEqual(self.proxy(self.origin(), arguments=["-W"]).end(signal.SIGINT), 130)

    def test_alone_a_signal_may_kill_but_never_fails(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            with self.subTest(number):
                self.assertIn(self.proxy(self.origin(), arguments=["-db"]).end(number), (0, -number))

    def test_drain_closes_listeners_and_finishes_streams(self):
        for mode in ("-db", "-W"):
            with self.subTest(mode):
                proxy = self.proxy(self.origin(), arguments=[mode], extra_global="nbthread 1")
                with Client(proxy.port) as client:
                    client.send("GET /slow HTTP/1.1\r\nHost: test\r\n")
                    # The one worker reads in order: once this is answered, it has read the half request too.
                    get(proxy.port)
                    proxy.send_signal(signal.SIGUSR1)
                    wait_for(lambda: not answers(proxy.port), 5, "the listener is closed")
                    client.send("\r\n")
                    self.assertEqual(client.response().text, "origin /slow\n")
                self.assertEqual(proxy.wait_end(), 0)

    def test_nobody_is_left_behind(self):
        proxy = self.proxy(self.origin(), arguments=["-W"])
        process = proxy.process
        proxy.end()
        self.assertFalse(os.path.exists(f"/proc/{process}"))
        self.assertFalse(os.path.exists(proxy.socket_path))


class Takeovers(Scenario):
    """A new instance takes the place of a running one: `-sf`, `-st`, `-x`."""
    carries_traffic = True

    def take_over(self, with_sockets, option="-sf", rounds=3):
        port = free_port()
        text = configuration(port, [self.origin()]).replace(
            "level admin", "level admin expose-fd listeners")
        old = self.dyad(text, "-db", waits=True)
        load = self.load(port)
        for _ in range(rounds):
            load.wait_good(50)
            words = ["-x", old.socket_path] if with_sockets else []
            new = self.dyad(
                text, "-db", *words, option, str(old.pid), socket_path=old.socket_path)
            self.assertEqual(old.wait_end(), 0)
            new.wait_ready()
            self.assertIn(f"Pid: {new.pid}\n", new.ask("show info"))
            old = new
        load.wait_good(50)
        load.stop()
        return load

    def test_nothing_is_lost_with_the_sockets_of_the_old_one(self):
        self.assertNoFailures(self.take_over(with_sockets=True))

    def test_sockets_of_its_own(self):
        # What waits at the old one's sockets as it closes them may be reset: that is what `-x` is for.
        self.assertGreater(self.take_over(with_sockets=False).good, 0)

    def test_the_old_one_ends_at_once(self):
        self.assertGreater(self.take_over(with_sockets=True, option="-st").good, 0)

    def test_sockets_are_only_given_to_who_may_have_them(self):
        # Without `expose-fd listeners` nobody may.
        proxy = self.proxy(self.origin())
        self.assertIn("Permission denied", proxy.ask("_getsocks"))


class Reloads(Scenario):
    carries_traffic = True

    def reload_under_load(self, mode, number):
        web = self.origin()
        proxy = self.proxy(web, arguments=[mode])
        load = self.load(proxy.port)
        load.wait_good(100)
        for round_ in range(5):
            proxy.write(configuration(proxy.port, [web], backend=f"retries {round_ + 1}"))
            proxy.send_signal(number)
            load.wait_good(200)
        load.stop()
        self.assertNoFailures(load)
        self.assertTrue(proxy.is_running)

    def test_under_load_without_a_guard(self):
        self.reload_under_load("-db", signal.SIGHUP)

    def test_under_load_with_a_guard(self):
        self.reload_under_load("-W", signal.SIGHUP)

    def test_usr2_reloads_too(self):
        self.reload_under_load("-W", signal.SIGUSR2)

    def test_new_file_is_in_force(self):
        for mode in ("-db", "-W"):
            with self.subTest(mode):
                old, new = self.origin("old"), self.origin("new")
                proxy = self.proxy(old, arguments=[mode])
                pid = proxy.process if mode == "-W" else proxy.pid
                other = free_port()
                proxy.write(
                    configuration(proxy.port, [new], frontend=f"bind 127.0.0.1:{other}"))
                proxy.send_signal(signal.SIGHUP)
                wait_for(lambda: get(proxy.port).text == "new /\n", 5, "the new server answers")
                self.assertEqual(get(other).text, "new /\n")
                self.assertEqual(proxy.process if mode == "-W" else proxy.pid, pid)
                # And back: the second listener goes.
                proxy.write(configuration(proxy.port, [old]))
                proxy.send_signal(signal.SIGHUP)
                wait_for(lambda: not answers(other), 5, "the dropped listener is closed")
                self.assertEqual(get(proxy.port).text, "old /\n")

    def test_broken_file_leaves_everything_as_it_is(self):
        for mode in ("-db", "-W"):
            with self.subTest(mode):
                web = self.origin()
                proxy = self.proxy(web, arguments=[mode])
                load = self.load(proxy.port)
                proxy.write(configuration(proxy.port, [web], backend="ballance leastconn"))
                proxy.send_signal(signal.SIGHUP)
                proxy.wait_line("ballance")
                load.wait_good(100)
                # The right file still can be loaded.
                other = self.origin("other")
                proxy.write(configuration(proxy.port, [other]))
                proxy.send_signal(signal.SIGHUP)
                wait_for(lambda: get(proxy.port).text == "other /\n", 5, "the new server answers")
                load.stop()
                self.assertNoFailures(load)

    def test_address_in_use_leaves_everything_as_it_is(self):
        web = self.origin()
        proxy = self.proxy(web, arguments=["-W"])
        with socket.socket() as holder:
            holder.bind(("127.0.0.1", free_port()))
            holder.listen()
            taken = holder.getsockname()[1]
            proxy.write(configuration(proxy.port, [web], frontend=f"bind 127.0.0.1:{taken}"))
            proxy.send_signal(signal.SIGHUP)
            proxy.wait_line(str(taken))
        self.assertEqual(get(proxy.port).text, "origin /\n")

    def test_stream_finishes_on_the_servers_it_began_with(self):
        old, new = self.origin("old"), self.origin("new")
        proxy = self.proxy(old, arguments=["-W"])
        with Client(proxy.port) as client:
            client.send("POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 4\r\n\r\nab")
            wait_for(lambda: old.connections == 1, 5, "the stream has its server")
            proxy.write(configuration(proxy.port, [new]))
            proxy.send_signal(signal.SIGHUP)
            wait_for(lambda: get(proxy.port).text == "new /\n", 5, "the new server answers")
            client.send("cd")
            self.assertEqual(client.response().text, "old /\n")


class SystemManager(Scenario):
    """What systemd is told with -Ws."""

    def test_ready_reload_and_stop(self):
        with tempfile.TemporaryDirectory() as directory, \
                socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
            manager.bind(f"{directory}/notify")
            manager.settimeout(10)
            port, web = free_port(), self.origin()
            proxy = self.dyad(
                configuration(port, [web]), "-Ws", environment={"NOTIFY_SOCKET": f"{directory}/notify"})

            def next_state():
                return dict(
                    line.split("=", 1) for line in manager.recv(4096).decode().strip().split("\n"))

            state = next_state()
            self.assertEqual((state["READY"], state["MAINPID"]), ("1", str(proxy.pid)))
            self.assertEqual(get(port).status, 200)
            proxy.send_signal(signal.SIGHUP)
            state = next_state()
            self.assertEqual(state["RELOADING"], "1")
            self.assertIn("MONOTONIC_USEC", state)
            self.assertEqual(next_state()["READY"], "1")
            proxy.send_signal(signal.SIGTERM)
            self.assertEqual(next_state(), {"STOPPING": "1"})
            self.assertEqual(proxy.wait_end(), 0)


class Generator(Scenario):
    """The load generator itself: a test that cannot fail proves nothing."""

    def test_it_notices_a_refusal(self):
        web = self.origin()
        load = Load(web.port, clients=2)
        load.wait_good(10)
        web.stop()
        wait_for(lambda: load.failures, 5, "a failure")
        load.stop()
