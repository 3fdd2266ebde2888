"""The program under test."""
import os
import shutil
import signal
import socket
import subprocess
import tempfile

from lab import Output, children, wait_for

from .ports import free_port

# Under valgrind a start takes seconds.
PATIENCE = 20


def binary():
    return os.environ["DYAD_BINARY"]


def command(*arguments, environment=None, program=None):
    """Runs the program to its end; returns (exit status, what it printed)."""
    done = subprocess.run(
        [program or binary(), *arguments], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, timeout=PATIENCE, env={**os.environ, **(environment or {})})
    return done.returncode, done.stdout.decode("utf-8", "replace")


def answers(port, host="127.0.0.1"):
    try:
        socket.create_connection((host, port), 1).close()
        return True
    except OSError:
        return False


class Daemon:
    """A running dyad with one configuration file; `{socket}` in it is the path of a runtime socket."""

    def __init__(self, configuration, *arguments, environment=None, waits=False, program=None,
                 socket_path=None):
        # Short, because the path of a socket has at most 107 bytes; open to the users that privileges drop to.
        self.directory = tempfile.mkdtemp(prefix="dy-", dir="/tmp")
        os.chmod(self.directory, 0o755)
        self.file = os.path.join(self.directory, "dyad.cfg")
        self.socket_path = socket_path or os.path.join(self.directory, "s")
        self.write(configuration)
        self.output = Output(
            [program or binary(), *(arguments or ["-db"]), "-f", self.file],
            {**os.environ, **(environment or {})})
        self.pid = self.output.process.pid
        try:
            if waits:
                self.wait_ready()
        except BaseException:
            self.close()
            raise

    def write(self, configuration):
        """Replaces the configuration file."""
        text = configuration.replace("{socket}", self.socket_path)
        with open(self.file + ".new", "w") as file:
            file.write(text)
        os.rename(self.file + ".new", self.file)

    def wait_ready(self):
        """Until the runtime socket answers. A port that accepts says less: sockets are open before anyone serves."""
        def ready():
            if not self.is_running:
                raise AssertionError(f"it ended ({self.output.process.returncode}):\n{self.text}")
            try:
                return "Pid" in self.ask("show info")
            except OSError:
                return False
        wait_for(ready, PATIENCE, lambda: f"the runtime socket answers; it said:\n{self.text}")

    @property
    def text(self):
        return self.output.text

    @property
    def is_running(self):
        return self.output.process.poll() is None

    @property
    def process(self):
        """The process under a guard."""
        return wait_for(lambda: children(self.pid), PATIENCE, "a process under the guard")[0]

    def send_signal(self, number):
        os.kill(self.pid, number)

    def wait_line(self, part, seconds=PATIENCE):
        return self.output.wait_line(part, seconds)

    def wait_end(self, seconds=PATIENCE):
        """Its exit status; negative: the signal that killed it."""
        try:
            return self.output.wait(seconds)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"it does not end; it said:\n{self.text}") from None

    def end(self, number=signal.SIGTERM):
        self.send_signal(number)
        return self.wait_end()

    def ask(self, line):
        """One command on the runtime socket; the whole answer."""
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(PATIENCE)
            connection.connect(self.socket_path)
            connection.sendall(line.encode() + b"\n")
            answer = b""
            while piece := connection.recv(65536):
                answer += piece
        return answer.decode()

    def close(self):
        self.output.end(signal.SIGKILL)
        shutil.rmtree(self.directory, ignore_errors=True)
