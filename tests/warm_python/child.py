# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
# Hands what it was started with to the parent, which runs it in its place, and ends as that does. All that is imported
# here is built in and takes no time.
# ruff: noqa: F821
import _socket
import marshal
import posix
import sys

if sys.argv[1:2] and sys.argv[1].startswith("-"):
    # That is no module.
    posix.execv(ANSIBLES, [ANSIBLES, *sys.argv[1:]])
parent = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM)
parent.connect(ADDRESS)
files = b"".join(number.to_bytes(4, sys.byteorder) for number in (0, 1, 2))
parent.sendmsg([b"."], [(_socket.SOL_SOCKET, _socket.SCM_RIGHTS, files)])
started = marshal.dumps((sys.argv[1:], posix.getcwd(), posix.environ))
started = len(started).to_bytes(4, "big") + started
while started:
    started = started[parent.send(started) :]
status = parent.recv(1)
posix._exit(status[0] if status else 137)
