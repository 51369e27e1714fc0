# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Imports what modules do, and Ansible's part of them, of other libraries. In the syntax of Python 3.9."""

from __future__ import annotations

import contextlib
import importlib

ALWAYS = """
    argparse ast atexit base64 bisect codecs collections concurrent.futures configparser contextlib copy csv ctypes
    dataclasses datetime decimal difflib email.message email.mime.application email.mime.multipart email.policy
    email.utils encodings.cp437 encodings.idna enum errno fcntl fnmatch functools getpass glob grp gzip hashlib
    heapq hmac html http.client http.cookiejar http.cookies importlib.util inspect io ipaddress itertools json
    locale logging.handlers math mimetypes multiprocessing.queues netrc numbers operator pathlib pickle pkgutil
    platform pwd pyotp queue random re requests requests.adapters requests.auth requests.packages runpy secrets
    select selectors shlex shutil signal socket ssl stat string struct subprocess syslog tempfile textwrap threading
    time traceback typing unicodedata urllib.error urllib.parse urllib.request uuid zipfile zipimport zlib
"""
# What modules of other collections import where it is there.
AT_HAND = "cryptography.hazmat.backends cryptography.x509 distro yaml typing_extensions"

for name in ALWAYS.split():
    importlib.import_module(name)
for name in AT_HAND.split():
    with contextlib.suppress(ImportError):
        importlib.import_module(name)
