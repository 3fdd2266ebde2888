"""A request that takes as long as one likes: upload.py HOST PORT FILE sends a body's second half when FILE is there.

Says `begun`, and at the end the status and what the answer says of the connection: `200 close`.
"""
import os
import socket
import sys
import time

HALF = b"x" * 1000

host, port, go = sys.argv[1:]
with socket.create_connection((host, int(port)), timeout=60) as stream:
    stream.sendall(
        b"POST / HTTP/1.1\r\nHost: lab\r\nContent-Length: %d\r\n\r\n" % (2 * len(HALF)) + HALF)
    print("begun", flush=True)
    for _ in range(6000):
        if os.path.exists(go):
            break
        time.sleep(0.01)
    stream.sendall(HALF)
    answer = b""
    while b"\r\n\r\n" not in answer:
        part = stream.recv(65536)
        if not part:
            break
        answer += part
head = answer.decode("latin-1").split("\r\n\r\n")[0].split("\r\n")
connection = next((line.split(":")[1].strip() for line in head if line.lower().startswith("connection:")), "open")
print(head[0].split()[1] if head[0] else "cut", connection, flush=True)
