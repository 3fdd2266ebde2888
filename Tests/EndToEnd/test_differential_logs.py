"""The same events beside Debian's haproxy (`support/events.py`): what rules and formats of lines make of requests."""
from support.events import WWW, Events, quiet
from support.messages import answer


class Lines(Events):
    # MARK: Rules

    def test_rules_refuse_and_redirect(self):
        def script(side):
            side.start(s1=side.origin().port)
            for target in ("/denied", "/redirected", "/other", "/answered", "/answer-denied"):
                with side.client() as client:
                    client.request(target)
        self.compare(script, WWW.replace("default_backend", """http-request deny if { path /denied }
    http-request redirect location /new if { path /redirected }
    http-request return status 200 if { path /answered }
    http-request set-var(txn.path) path
    http-response deny if { var(txn.path) -m str /answer-denied }
    default_backend"""))

    # MARK: What lines say

    def test_captures_and_levels(self):
        def script(side):
            side.start(s1=side.origin(respond=lambda request, _: answer(
                "x", fields=["Content-Type: text/plain", "Set-Cookie: SID=new{|}; path=/"])).port)
            for target, fields in (
                    ("/1", ["User-Agent: a{|}\"b", "Cookie: x=1; SID=abcdefghijkl; y=2"]),
                    ("/2", ["User-Agent: one", "User-Agent: two"]), ("/3", []),
                    ("/silent", []), ("/err", []), ("/debug", ["X: y"])):
                with side.client() as client:
                    client.request(target, fields=fields)
            with side.client() as client:
                client.send("nonsense\r\n\r\n")
                quiet(client)
        self.compare(script, WWW.replace("default_backend", """capture request header User-Agent len 7
    capture request header X len 10
    capture response header Content-Type len 20
    capture cookie SID= len 10
    declare capture request len 4
    declare capture response len 5
    http-request capture path id 2
    http-request capture req.hdr(host) len 8
    http-response capture status id 1
    http-request set-log-level silent if { path /silent }
    http-request set-log-level err if { path /err }
    http-request set-log-level debug if { path /debug }
    default_backend"""))

    def formatted(self, *lines, level="", requests=(("/a/b?c=d", ["User-Agent: x y"]),)):
        def script(side):
            side.start(s1=side.origin(respond=lambda request, _: answer(
                "x", fields=["Content-Type: text/plain"])).port)
            for target, fields in requests:
                with side.client() as client:
                    client.request(target, fields=fields)
        self.compare(
            script, WWW.replace("default_backend", "\n    ".join([*lines, "default_backend"])))

    def test_fields_of_log_format(self):
        fields = "ci f ft b s r HM HP HPO HQ HU HV ST CC CS ts tsc ac fc bc sc rc sq bq hr hs hrl hsl lc fi H"
        self.formatted(
            "capture request header User-Agent len 20", "capture request header None len 20",
            "capture response header Content-Type len 20",
            "unique-id-format %{+X}o\\ %f:%fi",
            "unique-id-header X-ID",
            "log-format \"" + " ".join(f"{name}=<%{name}> <%{{+Q}}{name}>" for name in fields.split())
            + " <%ID> %{+X}fi\"",
            requests=[("/a/b?c=d", ["User-Agent: x y"]), ("/", []), ("http://test/p?q=r", []), ("/x", ["User-Agent: \"z\""])])

    def test_expressions_in_log_format(self):
        self.formatted(
            "capture request header User-Agent len 20",
            "http-request set-var(txn.a) path,upper", "http-request set-var(sess.b) src",
            "log-format \"%[var(txn.a)] %{+Q}[var(txn.a)] %[var(txn.none)] %{+Q}[var(txn.none)] "
            "%[var(sess.b)] %[src] %[capture.req.hdr(0)] %[capture.req.method] %[capture.req.uri] "
            "%[capture.req.ver] %[method] %[status] %[fe_name] %[be_name] %[srv_name] %[int(3),add(4)] "
            "%{+E}[str(a\\]b)] %[str(x),upper]|%[unique-id]|\"")

    def test_the_formats_of_options(self):
        for option in ("httplog clf", "httplog", "httpslog"):
            with self.subTest(option):
                self.formatted(f"option {option}")

    def test_normal_lines_left_out_and_errors_raised(self):
        def script(side):
            side.start(s1=side.origin(respond=lambda request, _: answer(
                "x", f"{request.target[1:]} Text")).port)
            for status in (200, 404, 500):
                with side.client() as client:
                    client.request(f"/{status}")
            with side.client() as client:
                client.send("nonsense\r\n\r\n")
                quiet(client)
            with side.client() as client:
                client.request("/denied")
        rules = WWW.replace("default_backend", "http-request deny if { path /denied }\n    default_backend")
        self.compare(script, rules, defaults="option dontlog-normal")
        self.compare(script, rules, defaults="option log-separate-errors")

    def test_formats_of_targets(self):
        def script(side):
            side.start(s1=side.origin().port, syslog=side.log.port)
            for target in ("/short", "/" + "long" * 40):
                with side.client() as client:
                    client.request(target)
            # A line from the process itself.
            side.wait_stat("app", "s1", "scur", "0")
            side.ask("disable server app/s1")
        targets = [f"log 127.0.0.1:$syslog format {name} local3 {levels}" for name, levels in (
            ("local", ""), ("rfc3164", "info"), ("rfc5424", "info notice"), ("short", "debug err"), ("raw", ""),
            ("timed", ""), ("iso", ""), ("priority", "warning"))]
        targets += ["log 127.0.0.1:$syslog format raw sample 2:2 local2"]
        for extra in ("", "log-send-hostname", "log-send-hostname lb1"):
            with self.subTest(extra):
                self.compare(
                    script, WWW.replace("default_backend", "\n    ".join(
                        ["no log", "log-tag tool", *targets, "default_backend"])),
                    extra_global=extra, ignore=["srv_check_health"])

    def test_lines_written_early(self):
        self.formatted("option logasap")
