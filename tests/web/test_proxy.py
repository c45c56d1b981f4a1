"""The page behind a real nginx, with the very lines that the documentation gives."""

from __future__ import annotations

import base64
import http.client
import re
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from getpass import getuser
from pathlib import Path
from shutil import which
from urllib.parse import urlencode

import pytest

from lottogrid.control.commands import Command
from lottogrid.control.latch import Latch
from lottogrid.control.record import CommandRecord
from lottogrid.errors import BadInput
from lottogrid.settings import Settings, load
from tests.control.test_page import Recorder
from tests.web import made
from web.app import create_app
from web.server import Server
from web.tokens import TokenFile

NAME = "desk.example.org"
PAGE = Path(__file__).parents[2] / "docs/proxy.md"
NGINX, OPENSSL = which("nginx", path="/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin"), which("openssl")
FRAME = """user {user}; daemon off; pid {folder}/pid; error_log {folder}/error.log;
events {{}}
http {{ access_log off; client_body_temp_path {folder}/b; proxy_temp_path {folder}/p; fastcgi_temp_path {folder}/f;
uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
{server}
}}
"""

pytestmark = [pytest.mark.sockets, pytest.mark.threads, pytest.mark.process]


@dataclass(frozen=True)
class Proxy:
    """A page behind a proxy."""

    port: int
    token: str
    commander: Recorder

    def ask(self, path: str, form: dict[str, str] | None = None, **headers: str) -> tuple[int, str, str]:
        """Send a request as a browser does that knows the proxy's log-in; return status, cookie and text."""
        trusting = ssl._create_unverified_context()
        line = http.client.HTTPSConnection("127.0.0.1", self.port, timeout=10, context=trusting)
        host = f"{NAME}:{self.port}"
        given = {"Host": host, "Authorization": f"Basic {base64.b64encode(b'ann:secret').decode()}", **headers}
        if form is not None:
            given |= {"Content-Type": "application/x-www-form-urlencoded", "Origin": f"https://{host}"} | headers
        with closing(line):
            line.request("GET" if form is None else "POST", path, urlencode(form) if form else None, given)
            answer = line.getresponse()
            return answer.status, answer.headers.get("Set-Cookie", ""), answer.read().decode()


@pytest.fixture
def proxy(tmp_path: Path) -> Iterator[Proxy]:
    """Return a page behind nginx as it is documented, but for ports and paths."""
    if NGINX is None or OPENSSL is None:
        pytest.skip("nginx or openssl is absent: apt-get install nginx-light openssl")
    tokens = TokenFile(tmp_path)
    commander = Recorder(Latch(tmp_path), CommandRecord(tmp_path))
    about = made.about(Settings(web={"public_name": NAME}))
    server = Server(create_app(made.quiet_view, about, controls=(commander, tokens)))
    server.start()
    port = _free_port()
    process = subprocess.Popen([NGINX, "-p", tmp_path, "-c", _configured(tmp_path, server.url, port)])
    try:
        _wait(port)
        yield Proxy(port, tokens.rotate(), commander)
    finally:
        process.terminate()
        process.wait(timeout=20)
        server.stop()


def test_a_command_is_given_through_a_proxy(proxy: Proxy) -> None:
    """The log-in's cookie is for TLS only, and its form is taken as the page's own."""
    status, given, _ = proxy.ask("/login", {"token": proxy.token})
    assert status == 303
    assert "Secure" in given
    cookie = given.partition(";")[0]
    _, _, controls = proxy.ask("/controls", Cookie=cookie)
    inside = re.search(r'action="/controls/pause">(.*?)</form>', controls, re.DOTALL)
    assert inside is not None
    form = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]+)"', inside[1]))

    status, _, _ = proxy.ask("/controls/pause", {**form, "by": "Ann"}, Cookie=cookie)

    assert status == 303
    assert [request.command for request in proxy.commander.given] == [Command.PAUSE]


def test_the_proxy_does_not_open_what_is_closed(proxy: Proxy) -> None:
    """Nobody without its log-in, no foreign name, no foreign form, and a forwarded name is not believed."""
    assert proxy.ask("/", Authorization="")[0] == 401
    assert proxy.ask("/", Host="evil.example")[0] == 400
    assert proxy.ask("/", Host="evil.example", **{"X-Forwarded-Host": NAME})[0] == 400
    assert proxy.ask("/login", {"token": proxy.token}, Origin="https://evil.example")[0] == 403
    assert proxy.ask("/")[0] == 200
    assert proxy.commander.given == []


@pytest.mark.parametrize("name", ["https://desk.example.org", "desk.example.org:443", "desk example", "-desk", "desk."])
def test_a_public_name_is_that_of_a_host(name: str) -> None:
    """Anything else would be compared with a Host header and never found."""
    with pytest.raises(BadInput, match=r"web\.public_name: expected the name of a host"):
        load(None, {}, [f"web.public_name={name}"])


def test_only_the_public_name_has_a_cookie_for_tls(tmp_path: Path) -> None:
    """By a tunnel, or at the machine itself, the page speaks plain HTTP, and the log-in works there, too."""
    tokens = TokenFile(tmp_path)
    token = tokens.rotate()
    about = made.about(load(None, {}, [f"web.public_name={NAME.upper()}"]))
    app = create_app(made.quiet_view, about, controls=(Recorder(Latch(tmp_path), CommandRecord(tmp_path)), tokens))
    cookies = {
        host: app.test_client().post("/login", data={"token": token}, headers={"Host": host}).headers["Set-Cookie"]
        for host in (NAME, f"{NAME}:8443", "127.0.0.1:8787")
    }

    assert ["Secure" in cookie for cookie in cookies.values()] == [True, True, False]


def _configured(folder: Path, url: str, port: int) -> Path:
    """Write the documented server, a certificate and a log-in; return the file."""
    found = re.search(r"```nginx\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert found is not None
    key, certificate, users = folder / "desk.key", folder / "desk.pem", folder / "users"
    made_of = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", f"/CN={NAME}"]
    files = ["-keyout", str(key), "-out", str(certificate)]
    subprocess.run([str(OPENSSL), "req", "-x509", *made_of, *files], check=True, capture_output=True)
    users.write_text("ann:{PLAIN}secret\n")
    server = found[1]
    for documented, ours in {
        "listen 443": f"listen 127.0.0.1:{port}",
        "/etc/ssl/desk.pem": str(certificate),
        "/etc/ssl/desk.key": str(key),
        "/etc/nginx/lottogrid.users": str(users),
        "http://127.0.0.1:8787": url.rstrip("/"),
    }.items():
        assert server.count(documented) == 1, documented
        server = server.replace(documented, ours)
    path = folder / "nginx.conf"
    path.write_text(FRAME.format(user=getuser(), folder=folder, server=server))
    return path


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        port: int = found.getsockname()[1]
        return port


def _wait(port: int) -> None:
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            threading.Event().wait(0.05)
        else:
            return
    raise AssertionError("expected nginx to listen, found that it does not")
