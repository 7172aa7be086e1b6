"""Makes the npm packages of comfycheck: packaging/npm.py FOLDER TARGET=BINARY...

FOLDER gets `comfycheck`, which holds a launcher, and one package for each target. npm installs the one that fits the machine.
"""

import json
import re
import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent

# The names that Node.js has for the targets of a release.
PLATFORMS = {
    "x86_64-unknown-linux-musl": ("linux", "x64"),
    "aarch64-unknown-linux-musl": ("linux", "arm64"),
    "aarch64-apple-darwin": ("darwin", "arm64"),
    "x86_64-apple-darwin": ("darwin", "x64"),
    "x86_64-pc-windows-msvc": ("win32", "x64"),
}


def of_manifest(key: str, manifest: str) -> str:
    """A string of a Cargo.toml."""
    return re.search(rf'^{key} = "(.*)"$', (ROOT / manifest).read_text(encoding="utf-8"), re.MULTILINE)[1]


def write(folder: Path, package: dict) -> None:
    common = {
        "version": of_manifest("version", "Cargo.toml"),
        "description": of_manifest("description", "host/cli/Cargo.toml"),
        "license": "(MIT OR Apache-2.0)",
        "repository": f"{of_manifest('repository', 'Cargo.toml')}.git",
    }
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "package.json").write_text(json.dumps({**package, **common}, indent=2) + "\n", encoding="utf-8")
    for name in ("LICENSE-APACHE", "LICENSE-MIT", "README.md"):
        shutil.copy(ROOT / name, folder / name)


def main() -> None:
    folder = Path(sys.argv[1])
    version = of_manifest("version", "Cargo.toml")
    optional = {f"@comfycheck/{system}-{cpu}": version for system, cpu in PLATFORMS.values()}
    launcher = folder / "comfycheck"
    write(launcher, {"name": "comfycheck", "bin": {"comfycheck": "launcher.js"}, "optionalDependencies": optional})
    shutil.copy(ROOT / "packaging/launcher.js", launcher / "launcher.js")
    for argument in sys.argv[2:]:
        target, binary = argument.split("=", 1)
        system, cpu = PLATFORMS[target]
        package = folder / f"{system}-{cpu}"
        write(package, {"name": f"@comfycheck/{system}-{cpu}", "os": [system], "cpu": [cpu]})
        name = "comfycheck.exe" if system == "win32" else "comfycheck"
        shutil.copy(binary, package / name)
        (package / name).chmod(0o755)


if __name__ == "__main__":
    main()
