"""Hold the committed dashboards to the JSON Schema made from Grafana's own types (npm's `@grafana/schema`).

The schemas are made once, into build/grafana-schema; that needs node and npm. Prints each fault with its place; exit
code 1 if there is any, 2 if the schemas cannot be made.
"""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema_rs

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / "build" / "grafana-schema"
PACKAGES = ("@grafana/schema@13.2.3", "ts-json-schema-generator@2.4.0", "typescript@5.9.3")
TYPES = Path("node_modules/@grafana/schema/dist/types/raw")
TSCONFIG = {
    "compilerOptions": {"module": "esnext", "moduleResolution": "node", "target": "es2022", "types": []}
}
PANELS = {
    "bargauge": ("Options",), "stat": ("Options",), "state-timeline": ("Options", "FieldConfig"),
    "table": ("Options", "FieldConfig"), "timeseries": ("Options", "FieldConfig"),
}  # fmt: skip
FOLDERS = {"state-timeline": "statetimeline"}
NPM_S = 300


def make() -> None:
    """The schemas, if this version of them is not there yet."""
    made = BUILD / "made.json"
    wanted = [*PACKAGES, *PANELS]
    if made.exists() and json.loads(made.read_text()) == wanted:
        return
    if not shutil.which("npm"):
        sys.exit("npm is not here: apt install nodejs npm")
    sys.stderr.write(f"== making Grafana's schema from {PACKAGES[0]} (once; about 15 seconds)\n")
    BUILD.mkdir(parents=True, exist_ok=True)
    (BUILD / "package.json").write_text('{"private": true}')
    (BUILD / "tsconfig.json").write_text(json.dumps(TSCONFIG))
    run("npm", "install", "--no-audit", "--no-fund", "--silent", *PACKAGES)
    generate("dashboard/x", "Dashboard", "dashboard")
    for kind, types in PANELS.items():
        for type_ in types:
            generate(f"composable/{FOLDERS.get(kind, kind)}/panelcfg/x", type_, f"{kind}-{type_}")
    made.write_text(json.dumps(wanted))


def generate(where: str, type_: str, name: str) -> None:
    run(
        "npx", "ts-json-schema-generator", "--path", str(TYPES / where / "types.gen.d.ts"), "--type", type_,
        "--tsconfig", "tsconfig.json", "--no-type-check", "--out", f"{name}.json",
    )  # fmt: skip


def run(*words: str) -> None:
    done = subprocess.run(words, cwd=BUILD, timeout=NPM_S, check=False, capture_output=True, text=True)
    if done.returncode:
        sys.stderr.write(f"{' '.join(words)}:\n{done.stdout}{done.stderr}\n")
        raise SystemExit(2)


def validator(name: str) -> Any:
    return jsonschema_rs.validator_for(json.loads((BUILD / f"{name}.json").read_text()))


def faults(board: dict[str, Any]) -> Iterator[str]:
    """What the schemas find in one dashboard."""
    for note in board["annotations"].get("list", []):
        # The types know only the targets of Grafana's own annotations, and say so.
        note["target"] = {"limit": 1, "matchAny": False, "tags": [], "type": note["target"]["refId"]}
    for fault in validator("dashboard").iter_errors(board):
        yield f"{fault.instance_path}: {fault.message}"
    for panel in board["panels"]:
        parts = {
            "Options": panel["options"],
            "FieldConfig": panel["fieldConfig"]["defaults"].get("custom", {}),
        }
        for type_ in PANELS[panel["type"]]:
            for fault in validator(f"{panel['type']}-{type_}").iter_errors(parts[type_]):
                yield f"panel {panel['title']!r}, {type_}: {fault.instance_path}: {fault.message}"


def main() -> int:
    make()
    found = 0
    files = sorted((ROOT / "dashboards").glob("*.json"))
    for path in files:
        for fault in faults(json.loads(path.read_text())):
            found += 1
            sys.stdout.write(f"{path.name}: {fault}\n")
    sys.stdout.write(f"{len(files)} dashboards against {PACKAGES[0]}: {found or 'no'} faults\n")
    return 1 if found else 0


if __name__ == "__main__":
    raise SystemExit(main())
