"""Builds the container image without a Docker engine and runs it as a careful operator would.

Needs Debian and root; what it lacks, it installs by apt-get. With ``--if-changed`` it does nothing where the very same
inputs have passed on this machine before.
"""

import argparse
import configparser
import hashlib
import http.client
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks import duties
from benchmarks.duties import QUESTION

ROOT = Path(__file__).resolve().parent.parent
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "footnote"
TOOLS = ("buildah", "podman", "runc", "debootstrap")
IMAGE = "localhost/footnote:test"
# Whatever is built upon the base inherits it, so that what an old build left can be told from others' images.
LABEL = "footnote.image-test=true"
NOT_IN_SLIM = (
    *("var/lib/apt/lists/*", "var/cache/apt/archives/*.deb", "var/cache/apt/*.bin", "var/log/apt/*", "var/log/*.log"),
    *(f"usr/share/{folder}/*" for folder in ("info", "linda", "lintian", "locale", "man")),
    "usr/**/__pycache__",
)
KEY = "a-key-of-the-image-test"
ANSWERING = {"001_06972adae79928ce", "004_01b42376bab70225"}
STOPS_WITHIN = 5
READY_WITHIN = 120

# Asked from inside, where the container has no network at all.
ASK_INSIDE = """
import json, sys, time, urllib.error, urllib.request as r
url, question, deadline = "http://127.0.0.1:8000", sys.argv[1], time.monotonic() + float(sys.argv[2])
while True:
    try:
        r.urlopen(url + "/readyz", timeout=5)
        break
    except OSError:
        if time.monotonic() > deadline:
            raise
        time.sleep(0.1)
body = json.dumps({"question": question}).encode()
print(r.urlopen(r.Request(url + "/v1/ask", body, {"Content-Type": "application/json"}), timeout=30).read().decode())
"""


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--if-changed", action="store_true", help="skip inputs that have passed here before")
    arguments.add_argument("--pytorch", action="store_true", help="the image that opens models of others")
    given = arguments.parse_args()
    passed = CACHE / f"image-passed-{_inputs_digest()}{'-pytorch' if given.pytorch else ''}"
    if given.if_changed and passed.exists():
        print("image-test: what goes into the image is as it was when it last passed here")
        return
    install_tools()
    base = make_base()
    build(base, pytorch=given.pytorch)
    without_network()
    over_http(["int8", "float32", *(["torch"] if given.pytorch else [])])
    _output("podman", "image", "prune", "--force", "--filter", f"label={LABEL}", "--filter", "until=168h")
    print(f"image size: {_size(IMAGE) / 1e6:.0f} MB, {_size(base) / 1e6:.0f} MB of them the base's stand-in")
    CACHE.mkdir(parents=True, exist_ok=True)
    passed.touch()


def install_tools() -> None:
    if all(shutil.which(tool) for tool in TOOLS):
        return
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        sys.exit(f"image-test: needs {', '.join(TOOLS)}, or root and apt-get to install them")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    _run("apt-get", "update", "-qq", env=environment)
    _run("apt-get", "install", "-y", "-qq", "--no-install-recommends", *TOOLS, env=environment)


def make_base() -> str:
    """A stand-in for the official Python image, made of this machine's own Debian; its name."""
    codename = _os_release()["VERSION_CODENAME"]
    base = f"localhost/footnote-base:{codename}-slim"
    if _succeeds("podman", "image", "exists", base):
        return base
    with tempfile.TemporaryDirectory() as folder:
        packages = "python3,python3-pip,python3-venv,ca-certificates"
        _run("debootstrap", "--variant=minbase", f"--include={packages}", codename, folder, _debian_mirror(codename))
        for marker in Path(folder).glob("usr/lib/python3*/EXTERNALLY-MANAGED"):
            marker.unlink()
        Path(folder, "usr/local/bin/python").symlink_to("/usr/bin/python3")
        _slim(Path(folder))
        container = _output("buildah", "from", "scratch")
        _run("buildah", "copy", "-q", container, folder, "/")
    path = "PATH=/usr/local/bin:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin"
    _run("buildah", "config", "--cmd", "python3", "--env", path, "--label", LABEL, container)
    _run("buildah", "commit", "-q", "--rm", container, base)
    return base


def _slim(root: Path) -> None:
    """Leave out what the official slim images of Debian and Python leave out, so that sizes compare with theirs."""
    left_out = [path for pattern in NOT_IN_SLIM for path in root.glob(pattern)]
    left_out += [path for path in root.glob("usr/share/doc/**/*") if path.is_file() and path.name != "copyright"]
    for path in left_out:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()


def build(base: str, *, pytorch: bool) -> None:
    """The image of this checkout; pip's settings of this machine are lent to the build and stay out of the image."""
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        command = [
            *("buildah", "bud", "--layers", "--pull-never", "--format", "docker", "--tag", IMAGE),
            *("--build-arg", f"PYTHON_IMAGE={base}", "--build-arg", f"TORCH_INDEX={os.environ.get('TORCH_INDEX', '')}"),
            *("--build-arg", f"PYTORCH={'yes' if pytorch else 'no'}"),
            *(f"--volume={path}:{path}:ro" for path in ["/etc/ssl/certs", *_pip_folders()]),
            f"--volume={_pip_conf(Path(folder))}:/etc/pip.conf:ro",
            str(ROOT),
        ]
        environment = {**os.environ, "BUILDAH_ISOLATION": "chroot"}
        log = Path(folder, "log")
        with log.open("w") as file:
            done = subprocess.run(command, env=environment, stdout=file, stderr=subprocess.STDOUT, check=False)
        if done.returncode != 0:
            sys.exit(f"{log.read_text()}\nimage-test: the build failed")
    print(f"built in {time.monotonic() - started:.0f} s", flush=True)


def without_network() -> None:
    with _container("--network", "none", "--env", "FOOTNOTE_DEMO=1") as name:
        reply = _output("podman", "exec", name, "python", "-c", ASK_INSIDE, QUESTION, str(READY_WITHIN))
        _expect_the_balloon(json.loads(reply))
        print("ok: answers without a network, on a read-only file system, from an empty volume")


def over_http(backends: Sequence[str]) -> None:
    service = Service(_free_port())
    settings = {"DEMO": "1", "HOST": "127.0.0.1", "PORT": str(service.port), "API_KEY": KEY}
    environment = [f"--env=FOOTNOTE_{name}={value}" for name, value in settings.items()]
    started = time.monotonic()
    with _container("--network", "host", *environment) as name:
        service.wait_until_ready()
        print(f"ready after {time.monotonic() - started:.1f} s, the seeds taken in among it")
        _expect_the_balloon(service.call("POST", "/v1/ask", {"question": QUESTION})[1])
        _expect_guarded_writes(service)
        duties.perform(f"http://127.0.0.1:{service.port}", KEY, partial(_footnote, name), _expect, backends)
        _expect(_succeeds("podman", "healthcheck", "run", name), "healthy by its own HEALTHCHECK")
        _expect_an_ordinary_user(name)
        _expect_a_prompt_stop(name)


@dataclass(frozen=True)
class Service:
    port: int

    def call(self, method: str, path: str, body: object = None, key: str | None = None) -> tuple[int, Any]:
        """Status and JSON of one reply.

        :raises OSError: nobody listens yet.
        """
        headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {key}"} if key else {})
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request(method, path, json.dumps(body) if body is not None else None, headers)
            reply = connection.getresponse()
            return reply.status, json.loads(reply.read() or "null")
        finally:
            connection.close()

    def wait_until_ready(self) -> None:
        deadline = time.monotonic() + READY_WITHIN
        while not self._ready():
            if time.monotonic() > deadline:
                raise AssertionError(f"not ready after {READY_WITHIN} s")
            time.sleep(0.05)

    def _ready(self) -> bool:
        try:
            return self.call("GET", "/readyz")[0] == 200
        except (OSError, http.client.HTTPException):
            return False


def _expect_the_balloon(reply: dict[str, Any]) -> None:
    first = reply["passages"][0]
    found = first["article"]["id"] in ANSWERING and "balloon" in first["text"]
    _expect(found, f"asked {QUESTION!r}, article {first['article']['id']} says: {first['highlights'][0]['text']!r}")


def _expect_guarded_writes(service: Service) -> None:
    path = "/v1/articles/image-test"
    article = {"title": "A write", "text": "The lighthouse keeper of Oddny counted nine seals."}
    refused, problem = service.call("PUT", path, article)
    _expect(refused in (401, 403), f"a write without the key is refused with {refused}: {problem.get('detail')}")
    _expect(service.call("GET", path)[0] == 404, "what was refused is not there")
    _expect(service.call("PUT", path, article, KEY)[0] in (200, 201), "a write with the key is taken")
    _, reply = service.call("POST", "/v1/ask", {"question": "Who counted nine seals?"})
    _expect(reply["passages"][0]["article"]["id"] == "image-test", "and found by the next question")


def _footnote(name: str, *arguments: str, **settings: str) -> str:
    """What a command in the container prints."""
    around = [f"--env=FOOTNOTE_{setting}={value}" for setting, value in settings.items()]
    return _output("podman", "exec", *around, name, "footnote", *arguments)


def _expect_an_ordinary_user(name: str) -> None:
    status = Path("/proc", _output("podman", "inspect", "--format", "{{.State.Pid}}", name), "status").read_text()
    fields = dict(re.findall(r"^(\w+):\s+(.*)$", status, flags=re.MULTILINE))
    _expect("0" not in fields["Uid"].split(), f"runs as user {fields['Uid'].split()[0]}")
    _expect(int(fields["CapEff"], 16) == 0, "without any capability")
    memory = {field: int(fields[field].split()[0]) / 1024 for field in ("VmRSS", "VmHWM")}
    print(f"memory: {memory['VmRSS']:.0f} MiB, at most {memory['VmHWM']:.0f}")


def _expect_a_prompt_stop(name: str) -> None:
    started = time.monotonic()
    _output("podman", "stop", "--time", str(STOPS_WITHIN), name)
    status = _output("podman", "inspect", "--format", "{{.State.ExitCode}}", name)
    _expect(status == "0", f"stopped in {time.monotonic() - started:.1f} s with exit status {status}")


@contextmanager
def _container(*options: str) -> Iterator[str]:
    """A running container, removed afterwards with its volume; its log is shown when something goes wrong."""
    hardened = ["--read-only", "--read-only-tmpfs=false", "--cap-drop=all", "--security-opt=no-new-privileges"]
    # Without both limits runc asks for more than a sandboxed root may have.
    limits = ["--ulimit=nofile=1024:1024", "--ulimit=nproc=4096:4096"]
    run = [
        "podman",
        "--runtime",
        "runc",
        "run",
        "--detach",
        "--pull",
        "never",
        "--tmpfs=/tmp",
        *limits,
        *hardened,
        *options,
        IMAGE,
    ]
    name = _output(*run)
    try:
        yield name
    except BaseException:
        _run("podman", "logs", name)
        raise
    finally:
        _output("podman", "rm", "--force", "--volumes", name)


def _inputs_digest() -> str:
    digest = hashlib.sha256()
    for path in sorted(_inputs()):
        digest.update(f"{path.relative_to(ROOT)}\0{hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
    return digest.hexdigest()[:16]


def _inputs() -> Iterator[Path]:
    """What .dockerignore lets in, and what builds and judges it."""
    allowed = [line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")]
    judges = ["benchmarks/image.py", "benchmarks/duties.py"]
    for path in (ROOT / name for name in ["Dockerfile", ".dockerignore", *judges, *allowed]):
        files = path.rglob("*") if path.is_dir() else [path]
        yield from (file for file in files if file.is_file() and "__pycache__" not in file.parts)


def _pip_settings() -> dict[str, str]:
    """pip's own settings on this machine, those of the environment before those of files."""
    lines = _output(sys.executable, "-m", "pip", "config", "list").splitlines()
    found = [re.fullmatch(r"(:env:|global|install)\.([\w-]+)='(.*)'", line) for line in lines]
    ordered = sorted((match for match in found if match), key=lambda match: match[1] == ":env:")
    return {match[2]: match[3].encode().decode("unicode_escape") for match in ordered}


def _pip_conf(folder: Path) -> Path:
    settings = configparser.RawConfigParser()
    settings["global"] = {name: value.replace("\n", " ").replace(" ", "\n") for name, value in _pip_settings().items()}
    with (folder / "pip.conf").open("w") as file:
        settings.write(file)
    return folder / "pip.conf"


def _pip_folders() -> list[str]:
    """The folders on this machine that pip's settings lead to; an index's files lie beside it."""
    words = " ".join(_pip_settings().values()).split()
    plain = (Path(word) for word in words if word.startswith("/"))
    indexes = (Path(word.removeprefix("file://")).parent for word in words if word.startswith("file://"))
    return sorted({str(path) for path in [*plain, *indexes] if path.exists()})


def _os_release() -> dict[str, str]:
    return dict(re.findall(r'^(\w+)="?(.*?)"?$', Path("/etc/os-release").read_text(), flags=re.MULTILINE))


def _debian_mirror(codename: str) -> str:
    targets = ("apt-get", "indextargets", "--format", "$(REPO_URI)", "Created-By: Packages", f"Codename: {codename}")
    return _output(*targets).splitlines()[0]


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def _size(image: str) -> int:
    return int(_output("podman", "image", "inspect", "--format", "{{.Size}}", image))


def _expect(holds: bool, what: str) -> None:
    if not holds:
        raise AssertionError(f"not so: {what}")
    print(f"ok: {what}", flush=True)


def _run(*command: str, **options: Any) -> None:
    subprocess.run(command, check=True, **options)


def _output(*command: str) -> str:
    """What a command prints; what it complains about is shown only where it fails."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise AssertionError(f"{' '.join(command[:3])} … ended with {done.returncode}: {done.stderr}")
    return done.stdout.strip()


def _succeeds(*command: str) -> bool:
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


if __name__ == "__main__":
    try:
        main()
    except AssertionError as fault:
        sys.exit(f"image-test: {fault}")
