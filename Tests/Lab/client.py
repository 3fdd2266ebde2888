"""Asks for one page again and again, each time over a new connection: client.py HOST PORT SECONDS_BETWEEN

One line a request, when it ended: `start end ok|reason body`. Requests start on time whatever became of earlier ones,
so that the lines show an outage as long as it was.
"""
import asyncio
import sys
import time

LIMIT = 0.5


async def ask(host, port):
    started = time.monotonic()
    result, body = "ok", ""
    writer = None
    try:
        async with asyncio.timeout(LIMIT):
            reader, writer = await asyncio.open_connection(host, port)
            writer.write(b"GET / HTTP/1.1\r\nHost: demo\r\nConnection: close\r\n\r\n")
            answer = (await reader.read()).decode("latin-1")
        head, _, body = answer.partition("\r\n\r\n")
        if not head.startswith("HTTP/1.1 200"):
            result = head.split(" ")[1] if head.startswith("HTTP/") else "empty"
    except TimeoutError:
        result = "timeout"
    except ConnectionRefusedError:
        result = "refused"
    except ConnectionResetError:
        result = "reset"
    except OSError as error:
        result = f"errno-{error.errno}"
    finally:
        if writer:
            writer.close()
    print(f"{started:.4f} {time.monotonic():.4f} {result} {body.strip()}", flush=True)


async def main():
    host, port, between = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
    begun, count, running = time.monotonic(), 0, set()
    while True:
        task = asyncio.create_task(ask(host, port))
        running.add(task)
        task.add_done_callback(running.discard)
        count += 1
        await asyncio.sleep(max(0, begun + count * between - time.monotonic()))


asyncio.run(main())
