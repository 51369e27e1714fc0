# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Waits for programs to run, each in a process of its own that is forked off this one. In the syntax of Python 3.9."""

from __future__ import annotations

import array
import atexit
import gc
import marshal
import os
import runpy
import select
import signal
import socket
import sys
import threading
import traceback
import types
from collections.abc import Callable

# What comes with a connection: whose end is whose, and which process runs what it asked for.
Running = dict[int, tuple[socket.socket, int]]


def main(address: str, libraries: str) -> Callable[[], None]:
    """Serve until the standard input ends; in a process that is to run something, return what that is."""
    runpy.run_path(libraries)
    # What is not looked at is not copied.
    gc.freeze()
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind(address)
    listener.listen(64)
    os.write(1, b"\n")
    running: Running = {}
    while True:
        gone = {connection.fileno(): process for process, (connection, _pid) in running.items()}
        ready, _, _ = select.select([0, listener, *running, *gone], [], [])
        if 0 in ready:
            sys.exit()
        for descriptor in ready:
            if descriptor is listener:
                program = _begin(listener, running)
                if program:
                    return program
            elif descriptor in running:
                _end(running, descriptor)
            elif gone.get(descriptor) in running:
                # Whoever waited was killed.
                os.kill(running[gone[descriptor]][1], signal.SIGKILL)


def _begin(listener: socket.socket, running: Running) -> Callable[[], None] | None:
    connection, _peer = listener.accept()
    numbers = array.array("i")
    _byte, parts, _flags, _sender = connection.recvmsg(1, socket.CMSG_LEN(3 * numbers.itemsize))
    numbers.frombytes(parts[0][2])
    with connection.makefile("rb") as stream:
        arguments, directory, environment = marshal.loads(stream.read(int.from_bytes(stream.read(4), "big")))
    pid = os.fork()
    if pid:
        running[os.pidfd_open(pid)] = (connection, pid)
        for number in numbers:
            os.close(number)
        return None
    for kept, number in enumerate(numbers):
        os.dup2(number, kept)
        os.close(number)
    for other in (listener, connection, *(one for one, _pid in running.values())):
        other.close()
    for descriptor in running:
        os.close(descriptor)
    os.chdir(directory)
    os.environ.clear()
    os.environ.update({os.fsdecode(name): os.fsdecode(value) for name, value in environment.items()})
    return lambda: _run(arguments)


def _run(arguments: list[str]) -> None:
    """Run a program, and end as Python does, but for giving back memory, which takes as long as all else."""
    status = 1
    try:
        _execute(arguments)
        status = 0
    except SystemExit as end:
        if end.code is None or isinstance(end.code, int):
            status = end.code or 0
        else:
            print(end.code, file=sys.stderr)
    except BaseException:  # noqa: BLE001 (as Python ends with whatever it is)
        traceback.print_exc()
    for thread in threading.enumerate():
        if thread is not threading.current_thread() and not thread.daemon:
            thread.join()
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status & 0xFF)


def _execute(arguments: list[str]) -> None:
    if arguments:
        sys.argv = arguments
        sys.path[0] = os.path.dirname(arguments[0])
        runpy.run_path(arguments[0], run_name="__main__")
        return
    sys.argv = [""]
    sys.path[0] = ""
    module = sys.modules["__main__"] = types.ModuleType("__main__")
    with open(0, "rb", closefd=False) as stream:
        code = compile(stream.read(), "<stdin>", "exec", dont_inherit=True)
    exec(code, module.__dict__)


def _end(running: Running, descriptor: int) -> None:
    connection, pid = running.pop(descriptor)
    os.close(descriptor)
    _pid, status = os.waitpid(pid, 0)
    code = os.WEXITSTATUS(status) if os.WIFEXITED(status) else 128 + os.WTERMSIG(status)
    with connection:
        try:
            connection.sendall(bytes([code]))
        except OSError:
            return


if __name__ == "__main__":
    main(*sys.argv[1:])()
