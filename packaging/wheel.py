"""Makes a Python wheel of a comfycheck binary: packaging/wheel.py BINARY FOLDER [TARGET]

TARGET is the binary's Rust target. By default it is this machine's. The same binary gives the same bytes. Needs Python only.
"""

import base64
import hashlib
import platform
import re
import stat
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).parent.parent

# The platform tags of each target of a release. A static binary runs on any Linux.
TAGS = {
    "x86_64-unknown-linux-musl": "manylinux_2_17_x86_64.manylinux2014_x86_64.musllinux_1_1_x86_64",
    "aarch64-unknown-linux-musl": "manylinux_2_17_aarch64.manylinux2014_aarch64.musllinux_1_1_aarch64",
    "aarch64-apple-darwin": "macosx_11_0_arm64",
    "x86_64-apple-darwin": "macosx_10_12_x86_64",
    "x86_64-pc-windows-msvc": "win_amd64",
}


def of_this_machine() -> str:
    """The platform tag of a binary that was built here. It needs this machine's C library, or a newer one."""
    system, machine = platform.system(), platform.machine()
    if system == "Linux":
        name, version = platform.libc_ver()
        major, minor = version.split(".")[:2]
        return f"manylinux_{major}_{minor}_{machine}" if name == "glibc" else f"musllinux_1_2_{machine}"
    return {
        ("Darwin", "arm64"): TAGS["aarch64-apple-darwin"],
        ("Darwin", "x86_64"): TAGS["x86_64-apple-darwin"],
        ("Windows", "AMD64"): TAGS["x86_64-pc-windows-msvc"],
    }[system, machine]


def of_manifest(key: str, manifest: str) -> str:
    """A string of a Cargo.toml."""
    return re.search(rf'^{key} = "(.*)"$', (ROOT / manifest).read_text(encoding="utf-8"), re.MULTILINE)[1]


def metadata(version: str) -> str:
    return "\n".join(
        [
            "Metadata-Version: 2.4",
            "Name: comfycheck",
            f"Version: {version}",
            f"Summary: {of_manifest('description', 'host/cli/Cargo.toml')}",
            f"License-Expression: {of_manifest('license', 'Cargo.toml')}",
            "License-File: LICENSE-APACHE",
            "License-File: LICENSE-MIT",
            f"Project-URL: Source, {of_manifest('repository', 'Cargo.toml')}",
            "Requires-Python: >=3.8",
            "Description-Content-Type: text/markdown",
            "",
            (ROOT / "README.md").read_text(encoding="utf-8"),
        ]
    )


def digest(content: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(content).digest()).decode().rstrip("=")


def main() -> None:
    binary, folder = Path(sys.argv[1]), Path(sys.argv[2])
    tag = TAGS[sys.argv[3]] if len(sys.argv) > 3 else of_this_machine()
    version = of_manifest("version", "Cargo.toml")
    # Python writes a pre-release without a hyphen: 1.2.3-rc1 is 1.2.3rc1.
    version = version.replace("-", "")
    ending = ".exe" if tag.startswith("win") else ""
    info = f"comfycheck-{version}.dist-info"
    wheel = ["Wheel-Version: 1.0", "Generator: comfycheck", "Root-Is-Purelib: false"]
    wheel += [f"Tag: py3-none-{platform_tag}" for platform_tag in tag.split(".")]
    files = {
        f"comfycheck-{version}.data/scripts/comfycheck{ending}": binary.read_bytes(),
        f"{info}/licenses/LICENSE-APACHE": (ROOT / "LICENSE-APACHE").read_bytes(),
        f"{info}/licenses/LICENSE-MIT": (ROOT / "LICENSE-MIT").read_bytes(),
        f"{info}/METADATA": metadata(version).encode(),
        f"{info}/WHEEL": ("\n".join(wheel) + "\n").encode(),
    }
    record = [f"{name},sha256={digest(content)},{len(content)}" for name, content in files.items()]
    files[f"{info}/RECORD"] = ("\n".join([*record, f"{info}/RECORD,,"]) + "\n").encode()
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"comfycheck-{version}-py3-none-{tag}.whl"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, content in files.items():
            # The date is the format's first, so equal files give equal wheels.
            entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            mode = 0o755 if "/scripts/" in name else 0o644
            entry.external_attr = (stat.S_IFREG | mode) << 16
            archive.writestr(entry, content)
    print(path)


if __name__ == "__main__":
    main()
