# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options that say how to reach the server and who calls."""

from __future__ import annotations


class ModuleDocFragment:
    """Documentation of the connection options."""

    DOCUMENTATION = r"""
options:
  api_url:
    description:
      - Address of the workspace, with its path if it has one, without C(/api).
      - If not set, the environment variable E(ROCKETCHAT_URL) is used.
    type: str
    aliases:
      - url
  api_user_id:
    description:
      - Id of the account that calls. Goes with O(api_token).
      - If not set, the environment variable E(ROCKETCHAT_USER_ID) is used.
    type: str
  api_token:
    description:
      - Personal access token of the account that calls. It is never signed out.
      - If not set, the environment variable E(ROCKETCHAT_TOKEN) is used.
    type: str
  api_username:
    description:
      - User name of the account that calls, as an alternative to a token. Goes with O(api_password).
      - The module signs in, and signs out again when it is done, also when it fails.
      - If not set, the environment variable E(ROCKETCHAT_USERNAME) is used.
    type: str
  api_password:
    description:
      - Password of O(api_username).
      - If not set, the environment variable E(ROCKETCHAT_PASSWORD) is used.
    type: str
  validate_certs:
    description:
      - Whether the server must prove with its certificate that it is the right one.
      - Switch this off only for tests. To trust a certificate authority of your own, use O(ca_path).
      - If not set, the environment variable E(ROCKETCHAT_VALIDATE_CERTS) is used.
    type: bool
    default: true
  ca_path:
    description:
      - File with the certificate authorities to trust, or a directory of them prepared by C(openssl rehash).
      - If not set, the environment variable E(ROCKETCHAT_CA_PATH) is used, then E(REQUESTS_CA_BUNDLE), then the
        authorities that come with the Python library C(requests).
    type: path
  client_cert:
    description:
      - File with a client certificate, for servers that demand one. May contain the key as well.
      - If not set, the environment variable E(ROCKETCHAT_CLIENT_CERT) is used.
    type: path
  client_key:
    description:
      - File with the key of O(client_cert).
      - If not set, the environment variable E(ROCKETCHAT_CLIENT_KEY) is used.
    type: path
  timeout:
    description:
      - Seconds to wait for a connection, and seconds to wait for an answer.
      - If not set, the environment variable E(ROCKETCHAT_TIMEOUT) is used.
    type: float
    default: 30.0
  use_proxy:
    description:
      - Whether to use the proxy that the environment names (E(HTTPS_PROXY), E(HTTP_PROXY), E(NO_PROXY)).
      - If not set, the environment variable E(ROCKETCHAT_USE_PROXY) is used.
    type: bool
    default: true
  http_agent:
    description:
      - The User-Agent header. Old servers ask for the second factor again when it changes.
      - If not set, the environment variable E(ROCKETCHAT_HTTP_AGENT) is used.
    type: str
    default: chatops.rocketchat
  http_headers:
    description:
      - Headers that a gateway in front of the workspace wants, such as C(CF-Access-Client-Id). They go with each
        request, and to no other host. The collection's own headers cannot be set.
      - A mapping from name to value, or the same as the text of a JSON object. No value is ever shown.
      - If not set, the environment variable E(ROCKETCHAT_HTTP_HEADERS) is used, a JSON object.
    type: raw
    version_added: 2.0.0
  retries:
    description:
      - How often a request is sent again when there is no connection, no answer in time, or an answer 502, 503 or
        504. Repeating is harmless. A request with a code that works only once is not sent again once it may have
        arrived.
      - If not set, the environment variable E(ROCKETCHAT_RETRIES) is used.
    type: int
    default: 3
  rate_limit_wait:
    description:
      - Seconds that the task may spend, in sum, on waiting because the server limits the rate of requests. Each wait
        is as long as the server says. Where its answers tell how many requests are left, the module waits before the
        server has to refuse one. How long it waited in all is told in a warning.
      - If not set, the environment variable E(ROCKETCHAT_RATE_LIMIT_WAIT) is used.
    type: float
    default: 300.0
requirements:
  - requests >= 2.28
  - Rocket.Chat 3.8 or later
"""
