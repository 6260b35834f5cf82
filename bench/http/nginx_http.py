#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Becomes nginx as one process: `nginx_http.py http PAGE [FILE]` or `https PAGE CERTIFICATE KEY`.

nginx takes no port of the kernel's choice, and does not say when it listens. So one that is free is
looked for here, and a child tries until it is answered.
"""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")
NOT_APPLICABLE = 3
JSON = '{"message":"' + "x" * 1010 + '"}'

# One process, no log of requests, and connections that are never closed for their age; all else is
# as nginx has it by default or as Debian's configuration sets it.
CONFIGURATION = """
daemon off;
master_process off;
pid {place}/nginx.pid;
error_log stderr;
worker_rlimit_nofile {descriptors};
events {{ worker_connections 4096; }}
http {{
    access_log off;
    sendfile on;
    tcp_nopush on;
    keepalive_requests 1000000000;
    client_body_temp_path {place}/body;
    proxy_temp_path {place}/proxy;
    fastcgi_temp_path {place}/fastcgi;
    uwsgi_temp_path {place}/uwsgi;
    scgi_temp_path {place}/scgi;
    server {{
        listen 127.0.0.1:{port} backlog=4096{secure};
        {certificate}
        location = /plaintext {{
            default_type "text/plain; charset=utf-8";
            return 200 "Hello, World!";
        }}
        location = /json {{
            default_type application/json;
            return 200 '{json}';
        }}
        location = /file {{
            default_type application/octet-stream;
            alias {file};
        }}
        location = /status {{ stub_status; }}
        location / {{ return 404; }}
    }}
}}
"""


def configure(place, port, scheme, files):
    is_secure = scheme == "https"
    certificate = ""
    if is_secure:
        certificate = f"ssl_certificate {files[0]}; ssl_certificate_key {files[1]};"
    return CONFIGURATION.format(
        place=place, port=port, descriptors=4096 + 64, json=JSON, certificate=certificate,
        secure=" ssl" if is_secure else "", file=files[0] if files and not is_secure else "/none")


def tell_when_it_listens(port, server):
    """Returns early if the server has ended: whoever waits hears the end of the output then."""
    while os.getppid() == server:
        with socket.socket() as made:
            if made.connect_ex(("127.0.0.1", port)) == 0:
                print("listening", port, flush=True)
                return
        time.sleep(0.01)


def main():
    if sys.argv[1:] == ["--about"]:
        said = subprocess.run([NGINX, "-v"], capture_output=True, text=True, check=True).stderr
        print(said.strip().removeprefix("nginx version: "))
        return
    scheme, _, *files = sys.argv[1:]
    if scheme not in ("http", "https"):
        sys.exit(NOT_APPLICABLE)
    with socket.create_server(("127.0.0.1", 0)) as door:
        port = door.getsockname()[1]
    place = Path(tempfile.mkdtemp(prefix="bench-nginx-"))
    written = place / "nginx.conf"
    written.write_text(configure(place, port, scheme, files), encoding="utf-8")
    parent = os.getpid()
    if os.fork() == 0:
        tell_when_it_listens(port, parent)
        os._exit(0)
    os.execv(NGINX, ["nginx", "-e", "stderr", "-p", str(place), "-c", str(written)])


if __name__ == "__main__":
    main()
