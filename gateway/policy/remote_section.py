"""gateway.toml, [remote]: a sandbox elsewhere, to which samples may be sent."""

from __future__ import annotations

from pydantic import ValidationInfo, field_validator

from gateway.policy.setting import Section, setting
from gateway.policy.values import AbsolutePath, GuestName, SandboxAddress, TypeName


class RemoteSection(Section):
    """A CAPE sandbox with real Windows guests. What is sent to it leaves the machine."""

    address: SandboxAddress = setting(
        "",
        "The sandbox's web interface, without /apiv2; https, unless it is this machine.",
        reason="there is no sandbox that every site has",
        example='"https://cape.example:8443"',
    )

    enabled: bool = setting(
        False,
        "Whether samples are sent to the sandbox; whoever runs it can read them.",
        reason="nothing of a mail leaves the machine unless somebody says so",
    )

    @field_validator("enabled")
    @classmethod
    def _is_named(cls, enabled: bool, info: ValidationInfo) -> bool:
        if enabled and not info.data.get("address"):
            raise ValueError("needs an address (remote.address)")
        return enabled

    types: tuple[TypeName, ...] = setting(
        ("pe", "msi"),
        "File types that are sent, before any other environment is asked; they must also stand in "
        "emulate.types of policy.toml.",
        reason="what only a real Windows runs",
    )
    token_file: AbsolutePath = setting(
        "",
        "File with the token of the sandbox's API; empty: none is sent.",
        reason="a secret has a file of its own, which only root can read",
        example='"/etc/sluice/cape.token"',
    )
    ca_file: AbsolutePath = setting(
        "",
        "File with the certificates (PEM) that vouch for the sandbox; empty: the system's.",
        reason="sandboxes mostly have a certificate of their own house",
        example='"/etc/sluice/cape-ca.pem"',
    )
    machine: GuestName = setting(
        "",
        "The sandbox's guest that runs samples, by its label; empty: the sandbox chooses.",
        reason="the sandbox knows which of its guests is free",
        example='"win10-1"',
    )
    tags: GuestName = setting(
        "",
        "Tags that the chosen guest must have, separated by commas; empty: any.",
        reason="one guest is as good as another unless the administrator says otherwise",
        example='"win10,x64"',
    )
    seconds: int = setting(
        240,
        "Longest wait for a report; emulate.budget_seconds of policy.toml can only shorten it.",
        unit="seconds",
        reason="a run and its report take two to four minutes",
        at_least=10,
        at_most=3600,
    )
    poll_seconds: int = setting(
        15,
        "Time between two questions whether the report is there.",
        unit="seconds",
        reason="an installation of CAPE allows five questions a minute unless told otherwise",
        at_least=1,
        at_most=300,
    )
    concurrency: int = setting(
        4,
        "Samples that are at the sandbox at the same time.",
        unit="samples",
        reason="waiting costs this machine nothing; the sandbox has as many guests as it has",
        at_least=1,
        at_most=64,
    )
