"""Is anything that a release is made of known to be vulnerable? cve_gate.py BOM.cdx.json...

Asks pip-audit (PyPI's advisories) for each package of these bills of materials. Exit code 0: all were answered for and
none is; 1: some are; 2: somebody was not answered for, and nothing is let through unasked.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

OURS = "backstride"
ASK_S = 900.0


def packages(bills: list[Path]) -> list[str]:
    """name==version of each package, ours left out."""
    parts = [part for bill in bills for part in json.loads(bill.read_text(encoding="utf-8"))["components"]]
    return sorted({f"{part['name']}=={part['version']}" for part in parts if part["name"] != OURS})


def judged(asked: list[str], answer: dict[str, Any]) -> tuple[int, list[str]]:
    """Exit code and what to say, of pip-audit's answer as JSON."""
    told = {
        f"{one['name']}=={one['version']}": one for one in answer.get("dependencies", []) if "version" in one
    }
    unanswered = [each for each in asked if each not in told]
    known = [
        f"{name}: {fault['id']}, mended in {', '.join(fault['fix_versions']) or 'no version yet'}"
        for name, one in told.items()
        for fault in one.get("vulns", [])
    ]
    if known:
        return 1, [
            *known,
            "Raise their pins in constraints.txt, or say in SECURITY.md why they do not matter here.",
        ]
    if unanswered or not asked:
        few = ", ".join(unanswered[:5]) + (", ..." if len(unanswered) > 5 else "")
        told_why = [one["skip_reason"] for one in answer.get("dependencies", []) if "skip_reason" in one]
        return 2, [
            f"No answer for {len(unanswered)} of {len(asked)} packages ({few}).",
            f"pip-audit says: {told_why[0] if told_why else 'nothing at all'}",
            "Advisories come by https://pypi.org/pypi/NAME/VERSION/json: a mirror that has only the index of packages "
            "answers 404 there. Make the release where PyPI itself is reached.",
        ]
    return 0, [f"{len(asked)} packages, none known to be vulnerable"]


def asked_of_pypi(asked: list[str], work: Path) -> dict[str, Any]:
    """What pip-audit says; nothing at all where it cannot ask."""
    wanted = work / "audited.txt"
    wanted.write_text("\n".join(asked) + "\n", encoding="utf-8")
    words = [sys.executable, "-m", "pip_audit", "--no-deps", "--disable-pip", "-f", "json", "-r", str(wanted)]
    try:
        done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=ASK_S)  # noqa: S603
        answer: dict[str, Any] = json.loads(done.stdout)
    except (subprocess.TimeoutExpired, ValueError):
        return {}
    return answer


def main(bills: list[Path]) -> int:
    """Ask, and say it."""
    if not bills:
        sys.stderr.write("give the bills of materials: cve_gate.py BOM.cdx.json...\n")
        return 2
    asked = packages(bills)
    code, said = judged(asked, asked_of_pypi(asked, bills[0].parent))
    (sys.stderr if code else sys.stdout).write("".join(f"{line}\n" for line in said))
    return code


if __name__ == "__main__":
    raise SystemExit(main([Path(word) for word in sys.argv[1:]]))
