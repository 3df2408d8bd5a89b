"""Names and tactics of the ATT&CK techniques that rules refer to.

Source: MITRE ATT&CK for Enterprise, version 15 (attack.mitre.org). A sub-technique that has no row
of its own takes its technique's tactic. Decides nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Tactic(StrEnum):
    """Why an attacker does something, in the order in which attacks proceed."""

    INITIAL_ACCESS = "initial access"
    EXECUTION = "execution"
    PERSISTENCE = "persistence"
    ESCALATION = "privilege escalation"
    EVASION = "defence evasion"
    CREDENTIALS = "credential access"
    DISCOVERY = "discovery"
    MOVEMENT = "lateral movement"
    COLLECTION = "collection"
    CONTROL = "command and control"
    EXFILTRATION = "exfiltration"
    IMPACT = "impact"


@dataclass(frozen=True, slots=True)
class Technique:
    """A technique: its number, its name, the tactic it serves most."""

    id: str
    name: str
    tactic: Tactic


_NAMES: Final[dict[Tactic, dict[str, str]]] = {
    Tactic.INITIAL_ACCESS: {"T1566": "Phishing", "T1566.001": "Spearphishing attachment"},
    Tactic.EXECUTION: {
        "T1047": "Windows Management Instrumentation",
        "T1059": "Command and scripting interpreter",
        "T1059.001": "PowerShell",
        "T1059.003": "Windows command shell",
        "T1059.004": "Unix shell",
        "T1059.005": "Visual Basic",
        "T1059.006": "Python",
        "T1059.007": "JavaScript",
        "T1106": "Native API",
        "T1129": "Shared modules",
        "T1203": "Exploitation for client execution",
        "T1204": "User execution",
        "T1204.001": "Malicious link",
        "T1204.002": "Malicious file",
        "T1559": "Inter-process communication",
        "T1559.001": "Component Object Model",
        "T1559.002": "Dynamic Data Exchange",
    },
    Tactic.PERSISTENCE: {
        "T1053": "Scheduled task or job",
        "T1053.003": "Cron",
        "T1053.005": "Scheduled task",
        "T1098.004": "SSH authorized keys",
        "T1112": "Modify registry",
        "T1136": "Create account",
        "T1136.001": "Local account",
        "T1137": "Office application startup",
        "T1137.001": "Office template macros",
        "T1543": "Create or modify system process",
        "T1543.002": "systemd service",
        "T1543.003": "Windows service",
        "T1546": "Event triggered execution",
        "T1546.003": "WMI event subscription",
        "T1546.004": "Unix shell configuration",
        "T1546.015": "Component object model hijacking",
        "T1547": "Boot or logon autostart execution",
        "T1547.001": "Registry run keys or startup folder",
        "T1547.006": "Kernel modules and extensions",
        "T1547.009": "Shortcut modification",
        "T1547.013": "XDG autostart entries",
        "T1554": "Compromise host software binary",
    },
    Tactic.ESCALATION: {
        "T1055": "Process injection",
        "T1055.001": "Dynamic-link library injection",
        "T1055.002": "Portable executable injection",
        "T1055.003": "Thread execution hijacking",
        "T1055.008": "Ptrace system calls",
        "T1055.012": "Process hollowing",
        "T1055.013": "Process doppelgänging",
        "T1134": "Access token manipulation",
        "T1548": "Abuse elevation control mechanism",
        "T1548.001": "Setuid and setgid",
        "T1548.002": "Bypass user account control",
        "T1611": "Escape to host",
    },
    Tactic.EVASION: {
        "T1027": "Obfuscated files or information",
        "T1027.004": "Compile after delivery",
        "T1027.010": "Command obfuscation",
        "T1036": "Masquerading",
        "T1036.003": "Rename system utilities",
        "T1036.005": "Match legitimate name or location",
        "T1070": "Indicator removal",
        "T1070.001": "Clear Windows event logs",
        "T1070.002": "Clear system logs",
        "T1070.003": "Clear command history",
        "T1070.004": "File deletion",
        "T1070.006": "Timestomp",
        "T1127": "Trusted developer utilities",
        "T1140": "Deobfuscate or decode files or information",
        "T1197": "BITS jobs",
        "T1202": "Indirect command execution",
        "T1127.001": "MSBuild",
        "T1218": "System binary proxy execution",
        "T1218.005": "Mshta",
        "T1218.007": "Msiexec",
        "T1218.010": "Regsvr32",
        "T1218.011": "Rundll32",
        "T1220": "XSL script processing",
        "T1221": "Template injection",
        "T1222.002": "Linux file permissions modification",
        "T1480": "Execution guardrails",
        "T1497": "Virtualization or sandbox evasion",
        "T1497.001": "System checks",
        "T1497.002": "User activity checks",
        "T1497.003": "Time based evasion",
        "T1562": "Impair defences",
        "T1562.001": "Disable or modify tools",
        "T1562.004": "Disable or modify firewall",
        "T1564": "Hide artifacts",
        "T1564.001": "Hidden files and directories",
        "T1564.003": "Hidden window",
        "T1620": "Reflective code loading",
        "T1622": "Debugger evasion",
    },
    Tactic.CREDENTIALS: {
        "T1003": "OS credential dumping",
        "T1003.001": "LSASS memory",
        "T1003.002": "Security account manager",
        "T1003.008": "/etc/passwd and /etc/shadow",
        "T1040": "Network sniffing",
        "T1056": "Input capture",
        "T1056.001": "Keylogging",
        "T1056.002": "GUI input capture",
        "T1187": "Forced authentication",
        "T1552": "Unsecured credentials",
        "T1552.001": "Credentials in files",
        "T1552.003": "Shell history",
        "T1552.004": "Private keys",
        "T1555": "Credentials from password stores",
        "T1555.003": "Credentials from web browsers",
    },
    Tactic.DISCOVERY: {
        "T1012": "Query registry",
        "T1016": "System network configuration discovery",
        "T1033": "System owner or user discovery",
        "T1046": "Network service discovery",
        "T1057": "Process discovery",
        "T1082": "System information discovery",
        "T1083": "File and directory discovery",
        "T1087": "Account discovery",
        "T1518.001": "Security software discovery",
    },
    Tactic.MOVEMENT: {
        "T1021": "Remote services",
        "T1021.004": "SSH",
        "T1091": "Removable media",
        "T1534": "Internal spearphishing",
    },
    Tactic.COLLECTION: {
        "T1113": "Screen capture",
        "T1115": "Clipboard data",
        "T1114": "Email collection",
        "T1560": "Archive collected data",
        "T1560.001": "Archive via utility",
    },
    Tactic.CONTROL: {
        "T1071": "Application layer protocol",
        "T1071.001": "Web protocols",
        "T1090": "Proxy",
        "T1095": "Non-application layer protocol",
        "T1102": "Web service",
        "T1105": "Ingress tool transfer",
        "T1132": "Data encoding",
        "T1219": "Remote access software",
        "T1568": "Dynamic resolution",
        "T1568.002": "Domain generation algorithms",
        "T1571": "Non-standard port",
    },
    Tactic.EXFILTRATION: {
        "T1041": "Exfiltration over the control channel",
        "T1048": "Exfiltration over alternative protocol",
        "T1048.003": "Exfiltration over unencrypted protocol",
        "T1567": "Exfiltration over web service",
    },
    Tactic.IMPACT: {
        "T1485": "Data destruction",
        "T1486": "Data encrypted for impact",
        "T1489": "Service stop",
        "T1490": "Inhibit system recovery",
        "T1496": "Resource hijacking",
        "T1498": "Network denial of service",
        "T1499": "Endpoint denial of service",
        "T1499.001": "OS exhaustion flood",
        "T1499.004": "Application or system exploitation",
        "T1529": "System shutdown or reboot",
        "T1531": "Account access removal",
        "T1561": "Disk wipe",
        "T1565.001": "Stored data manipulation",
    },
}

TECHNIQUES: Final[dict[str, Technique]] = {
    number: Technique(number, name, tactic)
    for tactic, names in _NAMES.items()
    for number, name in names.items()
}
"""Every technique known here, by its number."""


def technique(number: str) -> Technique:
    """The technique `number`; one that is not known here keeps its number as its name."""
    known = TECHNIQUES.get(number)
    if known is not None:
        return known
    above = TECHNIQUES.get(number.partition(".")[0])
    return Technique(number, number, above.tactic if above else Tactic.EXECUTION)
