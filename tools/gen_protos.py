"""Generates the Python stubs of ``protos/`` into the SDK, or checks that they are current.

A proto's path is its Python package, so nothing is rewritten after generation::

    protos/renown/v1/common.proto  ->  client_sdk/renown/v1/common_pb2.py, .pyi
                                       (and common_pb2_grpc.py, .pyi where it has services)

Imports are found in the locked packages: well-known types in grpcio-tools, ``google/api`` and
``google/rpc`` in googleapis-common-protos. protovalidate carries ``buf/validate/validate.proto``
as a descriptor only; its stubs are generated beside ours because ours import them.
"""

import argparse
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from google.protobuf.descriptor_pb2 import FileDescriptorProto, FileDescriptorSet
from protovalidate._gen.buf.validate import validate_pb

CHECKOUT = Path(__file__).resolve().parent.parent
VALIDATE_PROTO = "buf/validate/validate.proto"
GENERATED = ("*_pb2.py", "*_pb2.pyi", "*_pb2_grpc.py", "*_pb2_grpc.pyi")


@dataclass(frozen=True, slots=True)
class Source:
    """Where the protos are and what protoc needs to find their imports."""

    protos: Path
    validate_set: Path

    @classmethod
    def prepare(cls, protos: Path, scratch: Path) -> "Source":
        """Writes protovalidate's descriptor into ``scratch`` for protoc to read."""
        validate = FileDescriptorProto.FromString(validate_pb.desc().proto.to_binary())
        validate_set = scratch / "validate.binpb"
        validate_set.write_bytes(FileDescriptorSet(file=[validate]).SerializeToString())
        return cls(protos, validate_set)

    def files(self) -> list[str]:
        """Returns the protos' paths below the proto root, sorted."""
        return sorted(
            path.relative_to(self.protos).as_posix() for path in self.protos.rglob("*.proto")
        )

    def protoc(self, *arguments: str, files: Iterable[str]) -> None:
        """Runs protoc; its messages go to the terminal.

        Raises:
            SystemExit: protoc refused the protos.
        """
        site_packages, scripts = sysconfig.get_path("purelib"), sysconfig.get_path("scripts")
        command = [sys.executable, "-m", "grpc_tools.protoc"]
        command += [f"-I{self.protos}", f"-I{site_packages}"]
        command += [f"--descriptor_set_in={self.validate_set}"]
        command += [
            f"--plugin={name}={scripts}/{name}"
            for name in ("protoc-gen-mypy", "protoc-gen-mypy_grpc")
        ]
        if subprocess.run([*command, *arguments, *files], check=False).returncode != 0:
            raise SystemExit("gen: protoc refused the protos, see above")


def write_descriptor_set(source: Source, target: Path) -> None:
    """Writes all protos with their imports and comments as one FileDescriptorSet."""
    target.parent.mkdir(parents=True, exist_ok=True)
    source.protoc(
        f"--descriptor_set_out={target}",
        "--include_imports",
        "--include_source_info",
        files=source.files(),
    )


def files_with_services(source: Source, scratch: Path) -> list[str]:
    """Returns the protos that declare a service: only these need gRPC stubs."""
    target = scratch / "all.binpb"
    write_descriptor_set(source, target)
    own = set(source.files())
    descriptors = FileDescriptorSet.FromString(target.read_bytes()).file
    return [file.name for file in descriptors if file.name in own and file.service]


def generate(source: Source, out: Path, scratch: Path) -> None:
    """Generates every stub below ``out``."""
    source.protoc(
        f"--python_out={out}", f"--mypy_out=quiet:{out}", files=[*source.files(), VALIDATE_PROTO]
    )
    if services := files_with_services(source, scratch):
        source.protoc(
            f"--grpc_python_out={out}", f"--mypy_grpc_out=quiet,only_async:{out}", files=services
        )
    for package in {Path(name).parent for name in source.files()}:
        (out / package / "__init__.py").touch()


def generated_files(root: Path) -> dict[str, bytes]:
    """Returns the content of every generated file below ``root`` by its path."""
    folders = [root / "renown", root / "buf"]
    found = {path for folder in folders for pattern in GENERATED for path in folder.rglob(pattern)}
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in found}


def stale_files(fresh: Path, committed: Path) -> list[str]:
    """Returns what is missing from ``committed``, differs there, or has no proto any more."""
    wanted, present = generated_files(fresh), generated_files(committed)
    return sorted(
        name for name in wanted.keys() | present.keys() if wanted.get(name) != present.get(name)
    )


def install(fresh: Path, committed: Path) -> list[str]:
    """Brings ``committed`` up to date and returns the files that changed."""
    changed, wanted = stale_files(fresh, committed), generated_files(fresh)
    for name in changed:
        target = committed / name
        if name not in wanted:
            target.unlink()
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(wanted[name])
    for package in fresh.rglob("__init__.py"):
        (committed / package.relative_to(fresh)).touch()
    return changed


def main() -> None:
    """Parses the command line and generates, checks, or writes the descriptor set."""
    parser = argparse.ArgumentParser(prog="gen_protos", description="Generate the protos' stubs.")
    parser.add_argument("--protos", type=Path, default=CHECKOUT / "protos")
    parser.add_argument("--out", type=Path, default=CHECKOUT / "client_sdk")
    parser.add_argument(
        "--check", action="store_true", help="change nothing; fail if stubs are stale"
    )
    parser.add_argument("--descriptor-set", type=Path, metavar="PATH", help="write only this set")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        scratch, fresh = Path(name), Path(name, "fresh")
        fresh.mkdir()
        source = Source.prepare(options.protos.resolve(), scratch)
        if not source.files():
            raise SystemExit(f"gen: no .proto file below {options.protos}")
        if options.descriptor_set:
            write_descriptor_set(source, options.descriptor_set)
            return
        generate(source, fresh, scratch)
        if not options.check:
            changed = install(fresh, options.out)
            print(f"gen: {len(changed)} files changed", *changed, sep="\n  ")
        elif stale := stale_files(fresh, options.out):
            print("gen: stale, run `make gen` and commit:", *stale, sep="\n  ", file=sys.stderr)
            raise SystemExit(1)


if __name__ == "__main__":
    main()
