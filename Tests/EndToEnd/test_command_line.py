"""Command lines, messages and exit codes; nothing runs for longer than a moment."""
import os
import pathlib
import signal
import socket
import tempfile

from lab import wait_for
from support.daemon import command
from support.ports import free_port
from support.scenario import DEFAULTS, Scenario

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
GOOD = f"""
global
    nbthread 1
{DEFAULTS}
frontend www
    bind 127.0.0.1:@PORT@
    default_backend app
backend app
    server one 127.0.0.1:1
"""


class CommandLine(Scenario):
    def file(self, text):
        handle, path = tempfile.mkstemp(prefix="dyad-", suffix=".cfg")
        self.addCleanup(os.unlink, path)
        with open(handle, "w") as file:
            file.write(text.replace("@PORT@", str(free_port())))
        return path

    def check(self, text, *arguments):
        path = self.file(text)
        status, said = command("-c", *arguments, "-f", path)
        return status, said.replace(path, "dyad.cfg")

    def test_the_page_of_keywords_is_the_tables(self):
        status, page = command("--generate-documentation")
        self.assertEqual(status, 0)
        committed = (REPOSITORY / "docs" / "configuration.md").read_text()
        self.assertEqual(page, committed, "write it anew: dyad --generate-documentation > docs/configuration.md")

    def test_good_file(self):
        status, said = self.check(GOOD, "-V")
        self.assertEqual(status, 0, said)
        self.assertIn("Configuration file is valid", said)

    def test_nothing_to_listen_on(self):
        status, said = self.check(f"global\n    nbthread 1\n{DEFAULTS}")
        self.assertEqual(status, 2, said)

    def test_unknown_keyword_has_its_place_and_a_suggestion(self):
        status, said = self.check(GOOD + "    ballance leastconn\n")
        self.assertEqual(status, 1, said)
        line = GOOD.count("\n") + 1
        self.assertIn(
            f"parsing [dyad.cfg:{line}] : unknown keyword 'ballance' in 'backend' section; "
            "did you mean 'balance' maybe ?", said)

    def test_all_errors_in_one_run(self):
        status, said = self.check(GOOD + "    ballance x\n    retries many\n    timeout server 5parsecs\n")
        self.assertEqual(status, 1, said)
        first = GOOD.count("\n") + 1
        for line in range(first, first + 3):
            self.assertIn(f"[dyad.cfg:{line}]", said)
        self.assertIn("Error(s) found in configuration file", said)

    def test_warnings_are_errors_on_request(self):
        text = GOOD.replace("timeout client 10s", "")
        status, said = self.check(text)
        self.assertEqual(status, 0, said)
        self.assertIn("[WARNING]", said)
        self.assertEqual(self.check(text, "-dW")[0], 1)

    def test_missing_file(self):
        status, said = command("-c", "-f", "/nonexistent/dyad.cfg")
        self.assertEqual(status, 1)
        self.assertIn("/nonexistent/dyad.cfg", said)

    def test_unknown_backend(self):
        status, said = self.check(GOOD.replace("default_backend app", "default_backend ap"))
        self.assertEqual(status, 1, said)
        self.assertIn("'ap'", said)

    def test_certificate_that_is_not_there(self):
        status, said = self.check(
            GOOD.replace("bind 127.0.0.1:@PORT@", "bind 127.0.0.1:@PORT@ ssl crt /nonexistent/a.pem"))
        self.assertEqual(status, 1, said)
        line = GOOD[:GOOD.index("bind")].count("\n") + 1
        self.assertIn(f"[dyad.cfg:{line}]", said)

    def test_keepalived_file(self):
        router = """
vrrp_instance VI_1 {
    state BACKUP
    interface lo
    virtual_router_id 51
    priority 100
    virtual_ipaddress {
        10.0.0.1
    }
}
"""
        self.assertEqual(self.check(router)[0], 0, self.check(router))
        other = router.replace("priority 100", "priority 90").replace("10.0.0.1", "10.0.0.2")
        with tempfile.NamedTemporaryFile("w", suffix=".conf") as peer:
            peer.write(other)
            peer.flush()
            status, said = self.check(router, "--peer", peer.name)
            self.assertIn("virtual address 10.0.0.2 is on one node only", said)
            self.assertEqual(status, 0, said)
            self.assertEqual(self.check(router, "-dW", "--peer", peer.name)[0], 1)
        self.assertEqual(self.check(router, "--peer", "/nowhere")[0], 1)
        status, said = command("--peer", "/nowhere", "-f", "/nowhere")
        self.assertEqual(status, 1, said)
        self.assertIn("it goes with '-c'", said)
        status, said = self.check(router.replace("priority", "prioritee"))
        self.assertNotEqual(status, 0, said)
        self.assertIn("prioritee", said)

    def test_conditions(self):
        for condition, expected in {
            "streq(a,a)": 0, "streq(a,b)": 1, "version_atleast(2.6)": 0, "version_before(2.0)": 1,
            "nonsense(": 2, "!defined(DYAD_NOT_SET) && streq(x,x)": 0,
        }.items():
            with self.subTest(condition):
                self.assertEqual(command("-cc", condition)[0], expected)

    def test_versions(self):
        status, said = command("-v")
        self.assertEqual(status, 0)
        self.assertIn("HAProxy version", said)
        self.assertRegex(command("-vv")[1], r"TARGET +=")

    def test_wrong_use(self):
        for arguments in (["--no-such-option"], [], ["-f"]):
            with self.subTest(arguments):
                self.assertEqual(command(*arguments)[0], 1)

    def test_debugging_flags_are_accepted(self):
        status, said = self.check(GOOD, "-dM", "-dI", "-de", "-dp", "-dr", "-dS")
        self.assertEqual(status, 0, said)

    def test_environment_in_the_file(self):
        port = str(free_port())
        path = self.file(GOOD.replace("127.0.0.1:@PORT@", '"127.0.0.1:${TEST_PORT}"'))
        self.assertEqual(command("-c", "-f", path, environment={"TEST_PORT": port})[0], 0)

    def test_several_files_and_a_directory(self):
        with tempfile.TemporaryDirectory() as directory:
            halves = GOOD.replace("@PORT@", str(free_port())).split("frontend", 1)
            for name, text in (("1.cfg", halves[0]), ("2.cfg", "frontend" + halves[1])):
                (pathlib.Path(directory) / name).write_text(text)
            self.assertEqual(command("-c", "-f", directory)[0], 0)
            self.assertEqual(command("-c", "-f", f"{directory}/1.cfg", "-f", f"{directory}/2.cfg")[0], 0)

    def test_address_that_cannot_be_bound(self):
        with socket.socket() as holder:
            holder.bind(("127.0.0.1", free_port()))
            holder.listen()
            port = holder.getsockname()[1]
            status, said = command("-db", "-f", self.file(GOOD.replace("@PORT@", str(port))))
        self.assertEqual(status, 1, said)
        self.assertIn(f"127.0.0.1:{port}", said)

    def test_name_that_does_not_resolve(self):
        status, said = self.check(GOOD.replace("127.0.0.1:1", "no-such-host.invalid:80"))
        self.assertEqual(status, 1, said)
        self.assertIn("no-such-host.invalid", said)

    def test_examples_of_the_repository(self):
        examples = list(REPOSITORY.glob("etc/**/*.cfg"))
        self.assertTrue(examples)
        for path in examples:
            with self.subTest(path.name):
                # The package makes this user; a machine that tests need not have it.
                text = path.read_text().replace("user dyad", "user nobody").replace("group dyad", "group nogroup")
                status, said = self.check(text)
                self.assertEqual(status, 0, said)

    def test_example_of_the_readme(self):
        text = (REPOSITORY / "README.md").read_text()
        status, said = self.check(text.split("```\n")[1], "-V")
        self.assertEqual(status, 0, said)
        for word in ("frontend www", "backend app", "virtual router VI_1"):
            self.assertIn(word, said)

    def test_lab_of_the_demo(self):
        # The names of its hosts resolve in the lab only.
        text = (REPOSITORY / "Tests/Lab/haproxy.cfg").read_text()
        status, said = self.check(text.replace("web1:80", "127.0.0.1:80").replace("web2:80", "127.0.0.1:80"))
        self.assertEqual(status, 0, said)

    def test_background_with_pid_file(self):
        with tempfile.TemporaryDirectory() as directory:
            pid_file = f"{directory}/pid"
            status, said = command("-D", "-p", pid_file, "-f", self.file(GOOD))
            self.assertEqual(status, 0, said)
            pid = int(pathlib.Path(pid_file).read_text())
            os.kill(pid, 0)
            os.kill(pid, signal.SIGTERM)
            wait_for(lambda: not os.path.exists(f"/proc/{pid}"), 5, "the daemon ends")
            self.assertFalse(os.path.exists(pid_file))
