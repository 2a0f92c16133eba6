"""`make build`: what it puts into Lambda is complete, of the right architecture and small enough.

Handlers are imported by Lambda's Python from the built folders alone, with boto3 beside them as the managed runtime
has it.
"""

import importlib.metadata
import json
import struct
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.template.commands import SAM, UV, passed
from tests.template.stack import Json, of_type, source

LARGEST = 254_000_000
"""Bytes of a function with its layers, unzipped: 8 MB under Lambda's limit, for the next release of a package."""
SMALLER = {"FitFunction": 120_000_000, "FitWithStatsmodelsFunction": 240_000_000}
"""What these have to fit into on x86_64: cold starts read it."""
EITHER = ("ForecastingLayer", "StatsmodelsLayer")
"""Both bring NumPy; a function has one of them."""
FIT_EVERY_MODEL = """
import sys
sys.path[:0] = sys.argv[1:]
from fanfold.forecasting import Series, request, stream
values = [100 + month + 10 * (month % 12) + (month * 7 % 5) for month in range(60)]
series = [Series(name, [shift + value for value in values], None, "g") for shift, name in enumerate("abc")]
asked = request(3, season=12, settings={"models": ("sarimax", "var", "mstl", "theta")})
assert [result.status for _, result in stream(series, asked)] == ["ok"] * 3
assert "statsmodels" in sys.modules
assert "openpyxl" not in sys.modules
"""
ELF_MACHINE = {"x86_64": 62, "arm64": 183}
IMPORT_HANDLERS = """
import importlib, json, os, sys
handlers, path = json.loads(sys.argv[1]), sys.argv[2:]
sys.path[:0] = path
import boto3, fanfold.wiring.accounts  # which nearly every one needs, from where it finds them
for folder, handler in handlers:
    if pid := os.fork():
        if os.waitpid(pid, 0)[1]:
            sys.exit(f"{handler} can't be imported")
        continue
    sys.path.insert(0, folder)
    module, name = handler.rsplit(".", 1)
    assert callable(getattr(importlib.import_module(module), name))
    sys.stderr.flush()
    os._exit(0)
"""
IMPORT_ALL = """
import importlib, pkgutil, sys
layers, sys.path[:0] = sys.argv[1].split(":"), sys.argv[2:]
for package in pkgutil.iter_modules(layers):
    importlib.import_module(package.name)
import fanfold
for module in pkgutil.walk_packages(fanfold.__path__, "fanfold."):
    importlib.import_module(module.name)
"""


@pytest.fixture(scope="session")
def runtime_python() -> Path:
    found = passed("make", "--silent", "runtime-python").strip()
    if not found:
        pytest.skip("Lambda's python3.13 is neither on PATH nor in ~/.pyenv")
    if not SAM.exists():
        pytest.skip("the SAM CLI is not installed: make tools")
    return Path(found)


@pytest.fixture(scope="session")
def x86_64(runtime_python: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build("x86_64", tmp_path_factory)


@pytest.fixture(scope="session")
def arm64(runtime_python: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build("arm64", tmp_path_factory)


def build(arch: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp(arch) / "build"
    passed("make", "--silent", "build", f"ARCH={arch}", f"BUILD_DIR={folder}")
    return folder


@pytest.fixture(scope="session")
def managed_runtime(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """boto3, as Lambda's own folder has it."""
    folder = tmp_path_factory.mktemp("runtime")
    boto3 = f"boto3=={importlib.metadata.version('boto3')}"
    passed(UV, "pip", "install", "--quiet", "--target", folder, "--python-version", "3.13", boto3)
    return folder


def functions() -> dict[str, Json]:
    """The functions as written, each with the layers of Globals before its own."""
    shared: Json = source().get("Globals", {}).get("Function", {})
    return {
        name: {**shared, **function, "Layers": shared.get("Layers", []) + function.get("Layers", [])}
        for name, function in of_type("AWS::Serverless::Function", source()).items()
    }


def layers() -> list[str]:
    return list(of_type("AWS::Serverless::LayerVersion", source()))


def search_path(build_folder: Path, name: str) -> list[Path]:
    """What Lambda puts before its own folder: the function, then /opt/python, where later layers cover earlier ones."""
    opt = [build_folder / layer["Ref"] / "python" for layer in functions()[name]["Layers"]]
    return [build_folder / name, *reversed(opt)]


def compiled_libraries(folder: Path) -> Iterator[tuple[str, int]]:
    """The name and ELF machine number of each shared library."""
    for path in folder.rglob("*.so*"):
        with path.open("rb") as library:
            yield path.name, struct.unpack_from("<H", library.read(20), 18)[0]


def alike() -> dict[str, list[str]]:
    """The functions by the layers that they have, in order."""
    found: dict[str, list[str]] = {}
    for name, function in functions().items():
        found.setdefault(" ".join(layer["Ref"] for layer in function["Layers"]), []).append(name)
    return found


@pytest.mark.parametrize("found_in", alike())
def test_handlers_import_from_what_was_built(
    found_in: str, runtime_python: Path, x86_64: Path, managed_runtime: Path
) -> None:
    names = alike()[found_in]
    handlers = [[str(x86_64 / name), functions()[name]["Handler"]] for name in names]
    path = [*search_path(x86_64, names[0])[1:], managed_runtime]
    passed(runtime_python, "-I", "-S", "-c", IMPORT_HANDLERS, json.dumps(handlers), *path)


@pytest.mark.parametrize("left_out", EITHER)
def test_layers_lack_nothing(left_out: str, runtime_python: Path, x86_64: Path, managed_runtime: Path) -> None:
    """Plug-ins and SDKs are imported on first use, so a handler's import does not show what they miss."""
    folders = [x86_64 / layer / "python" for layer in layers() if layer != left_out]
    passed(runtime_python, "-I", "-S", "-c", IMPORT_ALL, ":".join(map(str, folders)), *folders, managed_runtime)


@pytest.mark.parametrize("name", functions())
def test_function_and_layers_fit_into_lambda(name: str, x86_64: Path) -> None:
    assert unzipped(x86_64, name) <= SMALLER.get(name, LARGEST)


@pytest.mark.wide
@pytest.mark.parametrize("name", functions())
def test_function_and_layers_fit_on_graviton_too(name: str, arm64: Path) -> None:
    assert unzipped(arm64, name) <= LARGEST


def test_every_model_fits_from_what_was_built(runtime_python: Path, x86_64: Path, managed_runtime: Path) -> None:
    path = [*search_path(x86_64, "FitWithStatsmodelsFunction"), managed_runtime]
    passed(runtime_python, "-I", "-S", "-c", FIT_EVERY_MODEL, *path)


def unzipped(build_folder: Path, name: str) -> int:
    """Bytes of a function with its layers."""
    files = [path for folder in search_path(build_folder, name) for path in folder.rglob("*") if path.is_file()]
    return sum(path.stat().st_size for path in files)


@pytest.mark.parametrize("arch", ["x86_64", pytest.param("arm64", marks=pytest.mark.wide)])
def test_libraries_are_for_the_architecture(arch: str, request: pytest.FixtureRequest) -> None:
    libraries = dict(compiled_libraries(request.getfixturevalue(arch)))
    assert libraries
    assert set(libraries.values()) == {ELF_MACHINE[arch]}


def test_layers_are_compiled_and_leave_boto3_to_the_runtime(x86_64: Path) -> None:
    for layer in layers():
        python = x86_64 / layer / "python"
        assert not uncompiled(python)
        assert next(python.rglob("*.pyc"), None)
        assert not {"boto3", "botocore", "s3transfer"} & {path.name for path in python.iterdir()}


def uncompiled(python: Path) -> list[Path]:
    """The sources that each cold start would compile anew."""
    return [
        source
        for source in python.rglob("*.py")
        if not (source.parent / "__pycache__" / f"{source.stem}.cpython-313.pyc").exists()
    ]
