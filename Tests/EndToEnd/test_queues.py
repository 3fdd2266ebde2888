"""Places at servers and the queues for them, limits of bind lines, and ends that lose nobody."""
import contextlib
import signal
import subprocess
import threading

from lab import wait_for
from support.messages import answer
from support.peers import Client
from support.ports import free_port
from support.scenario import Scenario, configuration


def send(client, target="/"):
    """A request; its answer is awaited later."""
    client.send(f"GET {target} HTTP/1.1\r\nHost: test\r\n\r\n")


class Queues(Scenario):
    carries_traffic = True

    def busy(self, backend, options="maxconn 1", log=None):
        """A proxy with two servers, the first of which answers when `self.opened` is set. Requests go there."""
        self.opened = threading.Event()
        self.addCleanup(self.opened.set)

        def slowly(request, connection):
            self.opened.wait(10)
            return answer("slow")

        slow, fast = self.origin("slow", respond=slowly), self.origin("fast")
        port = free_port()
        proxy = self.dyad(
            configuration(
                port, [], f"log 127.0.0.1:{log.port} local0" if log else "",
                "log global\n    option httplog" if log else "",
                f"log global\n    timeout queue 5s\n    {backend}\n"
                f"    use-server slow if {{ path_beg /slow }}\n"
                f"    server slow 127.0.0.1:{slow.port} {options}\n    server fast 127.0.0.1:{fast.port}"),
            waits=True)
        proxy.port = port
        return proxy

    def ask(self, stack, proxy, count):
        """So many requests for the slow server; the others wait behind the first one."""
        clients = []
        for number in range(count):
            client = stack.enter_context(Client(proxy.port))
            send(client, f"/slow{number}")
            clients.append(client)
            wait_for(
                lambda: sum(self.numbers(proxy)) == number + 1, 5, f"request {number + 1} is there")
        return clients

    def numbers(self, proxy):
        """Streams of the slow server: waiting and served."""
        for line in proxy.ask("show stat").splitlines():
            fields = line.split(",")
            if fields[:2] == ["app", "slow"]:
                return int(fields[2]), int(fields[4])

    def test_maintenance_sends_those_who_wait_elsewhere(self):
        log = self.log_listener()
        proxy = self.busy("option redispatch", log=log)
        with contextlib.ExitStack() as stack:
            first, *others = self.ask(stack, proxy, 3)
            proxy.ask("set server app/slow state maint")
            for client in others:
                self.assertIn("fast", client.response().text)
            self.opened.set()
            self.assertEqual(first.response().text, "slow")
        line = log.wait_line("is going DOWN for maintenance")
        self.assertIn("1 sessions active, 2 requeued, 0 remaining in queue.", line)
        self.assertRegex(log.wait_line("/slow1"), r" app/fast .* 1/0 ")

    def test_without_redispatch_they_wait_on(self):
        log = self.log_listener()
        proxy = self.busy("", log=log)
        with contextlib.ExitStack() as stack:
            clients = self.ask(stack, proxy, 3)
            proxy.ask("set server app/slow state maint")
            self.assertIn("0 requeued, 2 remaining in queue.", log.wait_line("is going DOWN"))
            self.opened.set()
            self.assertEqual([client.response().text for client in clients], ["slow"] * 3)

    def test_full_queue(self):
        log = self.log_listener()
        proxy = self.busy("", "maxconn 1 maxqueue 1", log)
        with contextlib.ExitStack() as stack:
            self.ask(stack, proxy, 2)
            last = stack.enter_context(Client(proxy.port))
            send(last, "/slow-last")
            self.assertEqual(last.response().status, 503)
        self.assertRegex(log.wait_line("/slow-last"), r" app/slow 0/-1/-1/-1/0 503 .* SQ-- ")

    def test_full_queue_with_redispatch(self):
        proxy = self.busy("option redispatch", "maxconn 1 maxqueue 1")
        with contextlib.ExitStack() as stack:
            self.ask(stack, proxy, 2)
            last = stack.enter_context(Client(proxy.port))
            send(last, "/slow-last")
            self.assertIn("fast", last.response().text)


class Listeners(Scenario):
    carries_traffic = True

    def test_limit_of_a_bind_line(self):
        web, other = self.origin("web"), free_port()
        proxy = self.proxy(web, frontend=f"bind 127.0.0.1:{other} maxconn 1")
        with Client(other) as first, Client(proxy.port) as beside:
            send(first)
            self.assertEqual(first.response().status, 200)
            with Client(other) as second:
                send(second)
                send(beside)
                self.assertEqual(beside.response().status, 200)
                self.assertEqual(len(web.requests), 2)
                first.connection.close()
                self.assertEqual(second.response().status, 200)

    def test_backlog_follows_a_reload(self):
        web, port = self.origin("web"), free_port()
        text = "frontend www\n    bind 127.0.0.1:%d backlog %d\n    default_backend app\n"

        def whole(backlog):
            return configuration(free_port(), [web]).replace("frontend www", "frontend other") + (
                text % (port, backlog))

        proxy = self.dyad(whole(100), waits=True)
        self.assertEqual(self.backlog(port), {100})
        proxy.write(whole(200))
        proxy.send_signal(signal.SIGUSR2)
        wait_for(lambda: self.backlog(port) == {200}, 5, "the backlog is changed")

    @staticmethod
    def backlog(port):
        lines = subprocess.run(
            ["ss", "-Hltn", f"sport = :{port}"], capture_output=True, text=True, check=True).stdout
        return {int(line.split()[2]) for line in lines.splitlines()}


class SoftStop(Scenario):
    carries_traffic = True

    def test_idle_connections_end(self):
        proxy = self.proxy(self.origin("web"))
        with Client(proxy.port) as idle:
            send(idle)
            self.assertEqual(idle.response().status, 200)
            proxy.send_signal(signal.SIGUSR1)
            self.assertEqual(idle.rest(), b"")
        self.assertEqual(proxy.wait_end(), 0)

    def test_requests_on_their_way_are_answered(self):
        # The worker is stopped while the requests come, so that the signal is there before they are read.
        proxy = self.proxy(self.origin("web"), extra_global="nbthread 1")
        with contextlib.ExitStack() as stack:
            used, fresh = (stack.enter_context(Client(proxy.port)) for _ in range(2))
            send(used)
            self.assertEqual(used.response().status, 200)
            proxy.send_signal(signal.SIGSTOP)
            send(used, "/again")
            send(fresh, "/first")
            proxy.send_signal(signal.SIGUSR1)
            proxy.send_signal(signal.SIGCONT)
            for client in (used, fresh):
                self.assertEqual(client.response().status, 200)
                self.assertEqual(client.rest(), b"")
        self.assertEqual(proxy.wait_end(), 0)

    def test_hard_stop_after(self):
        held = threading.Event()
        self.addCleanup(held.set)

        def never(request, connection):
            held.wait(10)
            return answer("late")

        proxy = self.proxy(self.origin("web", respond=never), extra_global="hard-stop-after 300ms")
        with Client(proxy.port) as client:
            send(client)
            proxy.send_signal(signal.SIGUSR1)
            self.assertEqual(proxy.wait_end(), 0)
