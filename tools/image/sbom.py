"""The software bill of materials: SPDX 2.3 in JSON, from mkosi's manifest and the lock. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime

from tools.image.lock import Locked
from tools.image.version import Version


def spdx(manifest: str, libraries: Iterable[Locked], version: Version, profile: str) -> str:
    """The document. `manifest` is mkosi's JSON; `libraries` are the locked ones."""
    packages = [_debian(package) for package in json.loads(manifest)["packages"]]
    packages += [_python(entry) for entry in libraries]
    packages.append(_own(version))
    document = {
        "spdxVersion": "SPDX-2.3",
        "dataLicense": "CC0-1.0",
        "SPDXID": "SPDXRef-DOCUMENT",
        "name": f"sluice-{profile}-{version.number}",
        "documentNamespace": f"urn:sluice:image:{profile}:{version.number}:{version.commit}",
        "creationInfo": {
            "created": datetime.fromtimestamp(version.time, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "creators": ["Tool: sluice-image"],
        },
        "packages": packages,
        "relationships": [
            {
                "spdxElementId": "SPDXRef-DOCUMENT",
                "relationshipType": "DESCRIBES",
                "relatedSpdxElement": package["SPDXID"],
            }
            for package in packages
        ],
    }
    return json.dumps(document, indent=1) + "\n"


def _debian(package: dict[str, str]) -> dict[str, object]:
    name, version = package["name"], package["version"]
    return _package(
        f"deb-{name}",
        name,
        version,
        f"pkg:deb/debian/{name}@{version}?arch={package['architecture']}&distro=trixie",
    )


def _python(entry: Locked) -> dict[str, object]:
    address = f"pkg:pypi/{entry.name}@{entry.version}"
    return _package(f"python-{entry.name}", entry.name, entry.version, address)


def _own(version: Version) -> dict[str, object]:
    found = _package("sluice", "sluice", version.number, f"pkg:generic/sluice@{version.number}")
    return {**found, "licenseDeclared": "Apache-2.0", "sourceInfo": f"commit {version.commit}"}


def _package(identifier: str, name: str, version: str, address: str) -> dict[str, object]:
    letters = "".join(c if c.isalnum() or c in ".-" else "-" for c in identifier)
    return {
        "SPDXID": f"SPDXRef-{letters}",
        "name": name,
        "versionInfo": version,
        "downloadLocation": "NOASSERTION",
        "filesAnalyzed": False,
        "licenseConcluded": "NOASSERTION",
        "licenseDeclared": "NOASSERTION",
        "copyrightText": "NOASSERTION",
        "externalRefs": [
            {
                "referenceCategory": "PACKAGE-MANAGER",
                "referenceType": "purl",
                "referenceLocator": address,
            }
        ],
    }
