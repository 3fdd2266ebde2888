"""Health checks: what they make of samples, TLS of their own, programs."""
import os
import shutil
import socket
import tempfile
import types
import unittest

from lab import wait_for
from support.messages import answer
from support.ports import free_port
from support.scenario import Scenario, configuration, needs_root
from support.secure import SecureScenario

CHECKED = "check inter 100ms rise 1 fall 1"


class Checks(SecureScenario):
    carries_traffic = True

    def test_names_and_values_come_from_the_answer(self):
        asked = []

        def respond(request, connection):
            asked.append(request.target)
            return answer("ready", fields=["X-Name: x-who", "X-Who: me"])
        proxy = self.proxy(self.origin(respond=respond), options=CHECKED, backend="""option httpchk
    option log-health-checks
    http-check set-var(check.target) str(alive)
    http-check send uri-lf /%[var(check.target)] hdr host %[str(www)]
    http-check expect status 200
    http-check set-var(check.name) res.fhdr(x-name)
    http-check expect on-success "%[status] %[res.body]" fhdr name-lf %[var(check.name)] value me
""")
        proxy.wait_line('succeeded, reason: Layer7 check passed, code: 200, info: "200 ready"')
        self.assertEqual(asked[0], "/alive")

    def test_variables_of_the_process_are_shared(self):
        asked = []

        def respond(request, connection):
            asked.append(request.target)
            return answer("ready", fields=["X-Release: seven"])
        proxy = self.proxy(
            self.origin(respond=respond), options=CHECKED, extra_global="set-var proc.path str(alive)", backend="""option httpchk
    http-check send uri-lf /%[var(proc.path)]
    http-check expect status 200
    http-check set-var(proc.release) res.fhdr(x-release)
    http-check set-var(proc.count) var(proc.count,0),add(1)
    http-check unset-var(proc.path)
    http-check send uri-lf /%[var(proc.path,gone)]
""")
        wait_for(lambda: "<seven>" in proxy.ask("get var proc.release"), 10, "the check has set its variable")
        wait_for(lambda: "<2>" in proxy.ask("get var proc.count"), 10, "the next check counts on")
        self.assertEqual(asked[:2], ["/alive", "/gone"])

    def test_connections_end_with_a_reset_or_linger(self):
        for word, end in (("", ConnectionResetError), (" linger", None)):
            with self.subTest(word=word), socket.create_server(("127.0.0.1", 0)) as server:
                server.settimeout(10)
                origin = types.SimpleNamespace(name="raw", port=server.getsockname()[1])
                self.proxy(origin, options=CHECKED, backend=(
                    f"option tcp-check\n    tcp-check connect{word}\n    tcp-check send x\n"))
                connection, _ = server.accept()
                with connection:
                    connection.settimeout(10)
                    found = None
                    try:
                        while connection.recv(16):
                            pass
                    except ConnectionResetError as error:
                        found = type(error)
                self.assertEqual(found, end)

    def test_rules_connect_with_tls(self):
        secure = self.secure(f"crt {self.site}", self.origin())
        origin = self.origin()
        origin.port = secure.secure_port
        proxy = self.proxy(origin, options=f"{CHECKED} verify none", backend="""option tcp-check
    option log-health-checks
    tcp-check connect ssl sni a.test
    tcp-check send-lf GET\\ /\\ HTTP/1.1\\r\\nHost:\\ %[str(a.test)]\\r\\n\\r\\n
    tcp-check expect string-lf %[str(HTTP)]/1.1\\ 200
""")
        proxy.wait_line("succeeded, reason: Layer7 check passed")


class Programs(Scenario):
    """`option external-check`: what the program is told, and what becomes of it."""

    PROGRAM = """#!/bin/sh
case $HAPROXY_SERVER_NAME in
    good1) { echo "$*"; id -u; env; } >"$HAPROXY_PROXY_NAME.said.new" && mv "$HAPROXY_PROXY_NAME.said.new" "$HAPROXY_PROXY_NAME.said";;
    bad2) exit 3;;
    slow3) echo $$ >slow; exec sleep 60;;
    stubborn*) trap "" TERM; echo $$ >stubborn.new; mv stubborn.new stubborn; while :; do sleep 1; done;;
esac
"""

    def setUp(self):
        super().setUp()
        self.place = tempfile.mkdtemp(prefix="dy-checks-")
        self.addCleanup(shutil.rmtree, self.place, ignore_errors=True)
        os.chmod(self.place, 0o777)
        self.program = os.path.join(self.place, "check")
        with open(self.program, "w") as file:
            file.write(self.PROGRAM.replace("#!/bin/sh\n", f"#!/bin/sh\ncd {self.place}\n"))
        os.chmod(self.program, 0o755)

    def test_a_stubborn_program_is_killed(self):
        """One that does not end when it is told to goes all the same, also where its check is no more."""
        for extra in ["", "user nobody\n    group nogroup"] if os.getuid() == 0 else [""]:
            with self.subTest(extra):
                server = self.origin("stubborn")
                proxy = self.proxy(
                    server, extra_global=f"external-check\n    {extra}", options="check inter 400ms",
                    backend=f"timeout check 60s\n    option external-check\n    external-check command {self.program}\n    external-check path /usr/bin:/bin")
                path = os.path.join(self.place, "stubborn")
                wait_for(lambda: os.path.exists(path), 10, "the program runs")
                with open(path) as file:
                    pid = int(file.read())
                os.remove(path)
                with open(proxy.file) as file:
                    text = file.read()
                proxy.write(text.replace("check inter 400ms", ""))
                proxy.ask("reload")
                wait_for(lambda: not os.path.exists(f"/proc/{pid}"), 15, "the program is gone")

    def test_the_environment_is_kept_where_it_is_wanted(self):
        for words, expected in (("", None), ("preserve-env", "kept")):
            with self.subTest(words):
                server = self.origin("good")
                text = configuration(
                    free_port(), [server], f"external-check {words}", "",
                    f"option external-check\n    external-check command {self.program}\n    external-check path /bin",
                    "check inter 100ms")
                daemon = self.dyad(text, waits=True, environment={"DYAD_TEST": "kept", "HAPROXY_PROXY_NAME": "other"})
                path = os.path.join(self.place, "app.said")
                wait_for(lambda: os.path.exists(path), 10, "the program has said what it sees")
                told = dict(line.split("=", 1) for line in self.said()[2:])
                self.assertEqual(told.get("DYAD_TEST"), expected)
                self.assertEqual((told["HAPROXY_PROXY_NAME"], told["PATH"]), ("app", "/bin"))
                daemon.end()
                os.remove(path)

    def checked(self, extra_global="", command="check", *arguments):
        servers = [self.origin(name) for name in ("good", "bad", "slow")]
        return self.proxy(*servers, extra_global=f"external-check\n    {extra_global}", options=CHECKED, arguments=arguments, backend=f"""timeout check 300ms
    option external-check
    option log-health-checks
    external-check command {command}
    external-check path {self.place}:/usr/bin:/bin
"""), servers

    def said(self):
        with open(os.path.join(self.place, "app.said")) as file:
            return file.read().splitlines()

    def look(self, proxy, servers, user):
        proxy.wait_line("Health check for server app/good1 succeeded, reason: External check passed, code: 0")
        proxy.wait_line("Health check for server app/bad2 failed, reason: External check error, code: 3")
        proxy.wait_line("Health check for server app/slow3 failed, reason: External check timeout, code: 0")
        said = self.said()
        self.assertEqual(said[:2], [f"NOT_USED NOT_USED 127.0.0.1 {servers[0].port}", str(user)])
        told = dict(line.split("=", 1) for line in said[2:])
        for name, value in {
                "PATH": f"{self.place}:/usr/bin:/bin", "HAPROXY_PROXY_NAME": "app",
                "HAPROXY_PROXY_ADDR": "NOT_USED", "HAPROXY_SERVER_PORT": str(servers[0].port),
                "HAPROXY_SERVER_MAXCONN": "0", "HAPROXY_SERVER_CURCONN": "0",
                "HAPROXY_SERVER_SSL": "0", "HAPROXY_SERVER_PROTO": "h1"}.items():
            self.assertEqual(told[name], value, name)
        with open(os.path.join(self.place, "slow")) as file:
            slow = int(file.read())
        wait_for(lambda: not os.path.exists(f"/proc/{slow}"), 10, "the slow program is gone")

    def test_a_program_is_told_and_heard(self):
        proxy, servers = self.checked()
        self.look(proxy, servers, os.getuid())

    @needs_root
    def test_the_guard_starts_it_as_the_user(self):
        proxy, servers = self.checked("user nobody\n    group nogroup")
        self.look(proxy, servers, 65534)

    def test_what_cannot_be_started_fails(self):
        proxy, _ = self.checked(command=f"{self.place}/missing")
        proxy.wait_line("Health check for server app/good1 failed, reason: External check error, code: 255")


if __name__ == "__main__":
    unittest.main()
