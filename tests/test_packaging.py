"""What stands around the code: the wheel, the seeds, the pinned versions, the image's description, who imports whom."""

import ast
import hashlib
import json
import os
import re
import socket
import subprocess
import sys
import sysconfig
import time
import tomllib
import venv
from collections.abc import Collection, Iterable
from importlib import metadata
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen
from zipfile import ZipFile

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).resolve().parent.parent
SEEDS = {
    "000_9e155a4a65a32bca.txt": "aad9a4506ab375d5f650cb7ae62e936ebaf1fd605be11e7b7a4ed90777c8dc81",
    "001_06972adae79928ce.txt": "bea87ab940019cff5e43095a0e7f9623dcaf7bdf0ec903f7258611caa3a5fe62",
    "002_b8e7e39d0ca13e8a.txt": "8ad962400fdf25140484c1765cb7803798985e304f57504559df86fa562153ae",
    "003_dc6220cf6404607d.txt": "764ebc16946b31e67981cf85d3cce3d2343a32bf91ebb935f4021b7a912abd71",
    "004_01b42376bab70225.txt": "e7319c68c8e9c534a5eef10ca842c96ac231a0ae83d6d33c66f68888f30f3df3",
    "articles.csv": "2974340cd551e15f2c10c38c2b443089f96a0edce3eaa5852b755c4034c0bc70",
}
QUESTION = "why was the February trip cancelled?"
# PyTorch's build with CUDA brings and pins them itself.
PARTS_OF_CUDA = ("cuda-", "nvidia-", "triton")
# `make fuzz` alone installs what these name, which bring nothing else.
OF_ONE_TARGET = ("fuzzing",)
PACKAGE_DATA = {".html", ".css", ".js", ".svg", ".sql", ".onnx", ".json", ".md"}


def project() -> dict[str, Any]:
    table: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    return table


def pins() -> dict[str, Version]:
    """Every line of constraints.txt as a name and its one version."""
    lines = [line for line in (ROOT / "constraints.txt").read_text().splitlines() if not line.startswith("#")]
    found = [re.fullmatch(r"([\w.-]+)==([\w.]+)", line) for line in lines]
    assert None not in found, "a line that is no plain name==version"
    return {canonicalize_name(match[1]): Version(match[2]) for match in found if match}


def declared(but: Collection[str] = ()) -> list[Requirement]:
    table = project()
    optional = [group for name, group in table["optional-dependencies"].items() if name not in but]
    wanted = [Requirement(text) for group in [table["dependencies"], *optional] for text in group]
    # One group may bring another.
    return [requirement for requirement in wanted if requirement.name != table["name"]]


def brought_in(requirements: Iterable[Requirement]) -> set[str]:
    """The names of all that these requirements bring into this Python."""
    needed: set[tuple[str, str]] = set()
    waiting = [(requirement, "") for requirement in requirements]
    while waiting:
        requirement, extra = waiting.pop()
        name = canonicalize_name(requirement.name)
        if applies(requirement, extra):
            new = {(name, wanted) for wanted in ("", *requirement.extras)} - needed
            needed |= new
            waiting += [(Requirement(text), wanted) for _, wanted in new for text in metadata.requires(name) or []]
    return {name for name, _ in needed}


def applies(requirement: Requirement, extra: str) -> bool:
    return requirement.marker is None or requirement.marker.evaluate({"extra": extra})


def test_the_seeds_are_the_five_articles_byte_for_byte() -> None:
    assert {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in (ROOT / "seeds").iterdir()} == SEEDS


def test_every_declared_range_holds_the_pinned_version() -> None:
    pinned = pins()
    outside = [str(wanted) for wanted in declared() if pinned[canonicalize_name(wanted.name)] not in wanted.specifier]
    assert outside == []


def test_whatever_an_install_brings_is_pinned_and_installed_as_pinned() -> None:
    pinned = pins()
    needed = [name for name in brought_in(declared(but=OF_ONE_TARGET)) if not name.startswith(PARTS_OF_CUDA)]
    # A CPU-only PyTorch adds a local version, which the pin leaves open.
    installed = {name: Version(Version(metadata.version(name)).public) for name in needed}
    assert installed == {name: pinned[name] for name in installed}


def test_nothing_is_pinned_that_no_install_brings() -> None:
    of_one_target = {canonicalize_name(wanted.name) for wanted in declared()}
    assert sorted(pins().keys() - brought_in(declared(but=OF_ONE_TARGET)) - of_one_target) == []


def test_whatever_the_code_imports_is_declared() -> None:
    owners = metadata.packages_distributions()
    sources = [path for package in ("index", "service") for path in (ROOT / package).rglob("*.py")]
    imported = {name for path in sources for name in imports(path)}
    foreign = imported - sys.stdlib_module_names - {"index", "service"}
    wanted = {canonicalize_name(owners[name][0]) for name in foreign}
    own = {canonicalize_name(Requirement(text).name) for text in project()["dependencies"]}
    assert wanted - own == set()


def imports(path: Path) -> set[str]:
    """The top-level names that a module imports, wherever in it."""
    nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
    plain = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    names = plain | {node.module for node in nodes if isinstance(node, ast.ImportFrom) and node.module}
    return {name.split(".")[0] for name in names}


def test_imports_run_downwards_and_only_one_module_knows_each_engine() -> None:
    check = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache", "--no-logo"]
    done = subprocess.run(check, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    pip = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--no-index"]
    subprocess.run([*pip, "--wheel-dir", str(folder), str(ROOT)], check=True)
    return next(folder.glob("footnote-*.whl"))


def test_the_wheel_holds_the_two_packages_with_their_data_and_nothing_else(wheel: Path) -> None:
    packed = {name for name in ZipFile(wheel).namelist() if ".dist-info/" not in name}
    sources = [path for package in ("index", "service") for path in (ROOT / package).rglob("*") if path.is_file()]
    wanted = {str(path.relative_to(ROOT)) for path in sources if path.suffix in {".py", *PACKAGE_DATA}}
    assert packed == wanted


@pytest.mark.slow
def test_the_wheel_installed_elsewhere_serves_the_page_and_answers(wheel: Path, tmp_path: Path) -> None:
    python = installed_elsewhere(wheel, tmp_path / "env")
    port = free_port()
    settings = {"DEMO": "1", "SEEDS": str(ROOT / "seeds"), "DATA": str(tmp_path / "data"), "PORT": str(port)}
    environment = {**os.environ, **{f"FOOTNOTE_{name}": value for name, value in settings.items()}}
    with subprocess.Popen([python.with_name("footnote"), "serve"], cwd=tmp_path, env=environment) as server:
        try:
            wait_until_ready(server, port)
            assert "<html" in get(port, "/")
            reply = json.loads(get(port, "/v1/ask", {"question": QUESTION}))
        finally:
            server.terminate()
    assert "balloon" in reply["passages"][0]["text"]
    assert server.returncode == 0


def installed_elsewhere(wheel: Path, folder: Path) -> Path:
    """A Python that has this wheel, this Python's other packages, and nothing of this checkout."""
    venv.create(folder, with_pip=False, symlinks=True)
    python = folder / "bin" / "python"
    site = Path(sysconfig.get_path("purelib", vars={"base": str(folder)}))
    # A folder named in a .pth file is searched, but its own .pth files, an editable install's, are not read.
    (site / "other-packages.pth").write_text(sysconfig.get_path("purelib") + "\n")
    pip = [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet", "--no-deps", "--no-index"]
    subprocess.run([*pip, "--ignore-installed", str(wheel)], check=True)
    where = [str(python), "-c", "import index, service; print(index.__file__, service.__file__)"]
    found = subprocess.run(where, cwd=folder, check=True, capture_output=True, text=True).stdout.split()
    assert found == [str(site / "index/__init__.py"), str(site / "service/__init__.py")]
    return python


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def wait_until_ready(server: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        assert server.poll() is None, "the server ended"
        try:
            get(port, "/readyz")
        except OSError:
            time.sleep(0.1)
        else:
            return
    pytest.fail("not ready in two minutes")


def get(port: int, path: str, body: object = None) -> str:
    """The text of a reply; a body makes it a POST.

    :raises OSError: nobody listens, or the status is none of success.
    """
    data = None if body is None else json.dumps(body).encode()
    request = Request(f"http://127.0.0.1:{port}{path}", data, {"Content-Type": "application/json", "Accept": "*/*"})
    with urlopen(request, timeout=30) as reply:
        text: str = reply.read().decode()
        return text
