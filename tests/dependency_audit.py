"""``python -m tests.dependency_audit``: are there advisories against the locked packages?

Exit status 0: all were looked up and none has one. 1: a vulnerability, or an error of the tool. 3: not audited. A
mirror that carries no advisories makes pip-audit skip every package and still report "No known vulnerabilities
found", so what was skipped is counted here.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
CLEAN, FOUND, NOT_AUDITED = 0, 1, 3
UNREACHABLE = ("connection", "timed out", "timeout", "max retries", "resolve", "proxy", "service")


def main() -> int:
    command = [sys.executable, "-m", "pip_audit", "-r", "requirements.lock", "--require-hashes", "--disable-pip"]
    done = subprocess.run(
        [*command, "--progress-spinner", "off", "-f", "json"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    try:
        packages = json.loads(done.stdout)["dependencies"]
    except (ValueError, KeyError):
        print(done.stderr[-2000:], file=sys.stderr)
        return NOT_AUDITED if any(word in done.stderr.lower() for word in UNREACHABLE) else FOUND
    return report(packages)


def report(packages: list[dict[str, Any]]) -> int:
    """Say what was found, and what was not looked at."""
    vulnerable = [package for package in packages if package.get("vulns")]
    skipped = [package for package in packages if "skip_reason" in package]
    for package in vulnerable:
        for advisory in package["vulns"]:
            fixed = ", ".join(advisory.get("fix_versions", [])) or "no version yet"
            print(f"{package['name']} {package['version']}: {advisory['id']}, fixed in {fixed}")
    if skipped:
        print(f"{len(skipped)} of {len(packages)} packages were NOT audited: the advisory service does not know them.")
    if vulnerable:
        return FOUND
    return NOT_AUDITED if skipped else CLEAN


if __name__ == "__main__":
    sys.exit(main())
