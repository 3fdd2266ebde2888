"""The same events beside Debian's haproxy (`support/events.py`): servers that die, come back and are taken out."""
from support.events import WWW, Events, hang, quiet
from support.messages import answer


class Health(Events):
    def checked(self, events, line="", defaults=""):
        """Two servers under checks; `events` gets the side and the first one's origin."""
        def script(side):
            first, second = side.origin("a"), side.origin("b")
            side.start(s1=first.port, s2=second.port)
            side.wait_stat("app", "s1", "check_status", "L7OK" if "httpchk" in line else "L4OK")
            events(side, first)
        self.compare(script, f"""
frontend www
    bind 127.0.0.1:$www
    default_backend app
backend app
    option log-health-checks
    {line}
    server s1 127.0.0.1:$s1 check inter 100ms fastinter 50ms downinter 50ms fall 2 rise 2
    server s2 127.0.0.1:$s2
""", defaults=defaults, ignore=["chkfail", "last_chk", "check_desc", "srv_check_health"])

    def test_server_dies_and_comes_back(self):
        def events(side, first):
            first.stop()
            side.wait_log("s1 is DOWN")
            with side.client() as client:
                client.request("/")
            first.start()
            side.wait_log("s1 is UP")
        self.checked(events)

    def test_server_says_that_it_is_ill(self):
        def events(side, first):
            first.respond = lambda request, _: answer("x", "500 Ill")
            side.wait_log("s1 is DOWN")
            first.respond = lambda request, _: answer("x")
            side.wait_log("s1 is UP")
        self.checked(events, "option httpchk GET /")

    def test_operator_takes_servers_out(self):
        def events(side, first):
            for command in ("set server app/s1 state drain", "set server app/s1 state maint",
                            "set server app/s1 state ready", "disable server app/s2",
                            "set server app/s1 health down", "set server app/s1 health up",
                            "enable server app/s2", "set server app/s1 weight 50%"):
                side.ask(command)
        self.checked(events)

    def test_the_last_server_dies(self):
        def script(side):
            origin = side.origin()
            side.start(s1=origin.port)
            side.wait_stat("app", "s1", "check_status", "L4OK")
            origin.stop()
            side.wait_log("has no server available")
            with side.client() as client:
                client.request("/")
        self.compare(
            script, WWW.replace("$s1", "$s1 check inter 50ms fall 2"), ignore=["chkfail", "last_chk"])

    def test_streams_end_with_their_server(self):
        def script(side):
            origin = side.origin(respond=hang)
            side.start(s1=origin.port)
            with side.client() as client:
                client.send("GET / HTTP/1.1\r\nHost: test\r\n\r\n")
                side.wait_stat("app", "s1", "scur", "1")
                side.ask("disable server app/s1")
                quiet(client)
            side.wait_log("GET /")
        self.compare(script, WWW.replace("$s1", "$s1 on-marked-down shutdown-sessions"), ignore=["srv_check_health"],
                     defaults="timeout server 5s")

    def test_operator_ends_streams(self):
        def script(side):
            side.start(s1=side.origin(respond=hang).port)
            with side.client() as client:
                client.send("GET / HTTP/1.1\r\nHost: test\r\n\r\n")
                side.wait_stat("app", "s1", "scur", "1")
                side.ask("shutdown sessions server app/s1")
                quiet(client)
            side.wait_log("GET /")
        self.compare(script, WWW, defaults="timeout server 5s")
