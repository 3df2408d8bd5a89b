"""Reading settings files: defaults, lines, and every error of a file at once."""

from __future__ import annotations

import pickle

import pytest

from gateway.policy import (
    BUILT_IN,
    GatewayConfig,
    Policy,
    Problem,
    ScopeAction,
    SettingsError,
    load_gateway_config,
    load_policy,
)
from gateway.policy.words import NicMode, OnFailure

BROKEN = """\
[extract]
types = [
  "pdf", # the first is right
  "pdff",
]
enabel = true
[extract.remove]
macros = "yes"
[scope]
default = "perhaps"
types = { pd = "block", pdf = "stop" }
[[recipients]]
match = ["*@example.org"]
[[recipients]]
inspect = 1
[limits]
depth = 0
[pasta]
"""


def problems(text: str) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        load_policy(text)
    return [str(problem) for problem in caught.value.problems]


def machine_problems(text: str) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        load_gateway_config(text)
    return [str(problem) for problem in caught.value.problems]


def test_every_error_of_a_file_is_reported_at_once_in_the_order_of_its_lines() -> None:
    assert problems(BROKEN) == [
        "policy.toml line 4: extract.types: 'pdff' is no file type the gateway knows; "
        "did you mean 'pdf'?",
        "policy.toml line 6: extract.enabel: there is no such setting; did you mean 'enabled'?",
        "policy.toml line 8: extract.remove.macros: must be true or false, not 'yes'",
        "policy.toml line 10: scope.default: must be 'inspect', 'bypass' or 'block', not 'perhaps'",
        "policy.toml line 11: scope.types.pd: 'pd' is no file type the gateway knows; "
        "did you mean 'pdf'?",
        "policy.toml line 11: scope.types.pdf: must be 'inspect', 'bypass' or 'block', not 'stop'",
        "policy.toml line 14: recipients.match: must be given",
        "policy.toml line 15: recipients.inspect: must be true or false, not 1",
        "policy.toml line 17: limits.depth: must be at least 1, not 0",
        "policy.toml line 18: pasta: there is no such setting",
    ]


@pytest.mark.parametrize(
    ("text", "line"),
    [("[cache]\nenabled = yes\n", 2), ("[cache\n", 1), ("a = 1\na = 2\n", 2), ("b = [\n\n", 2)],
)
def test_broken_toml_is_one_error_with_its_line(text: str, line: int) -> None:
    with pytest.raises(SettingsError) as caught:
        load_policy(text)
    (problem,) = caught.value.problems
    assert problem.line == line
    assert "is no valid TOML" in problem.message


def test_a_problem_without_a_key_names_file_and_line() -> None:
    assert str(Problem("x.toml", 3, "", "is odd")) == "x.toml line 3: is odd"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('[extract]\ntypes = "pdf"', "extract.types: must be a list in brackets, not 'pdf'"),
        ("[cache]\nmax_age_hours = 1.5", "cache.max_age_hours: must be a whole number, not 1.5"),
        ("[limits]\nratio = 1000000", "limits.ratio: must be at most 100000, not 1000000"),
        ("cache = 3", "cache: must be a table, not 3"),
        ("[mail]\nsubject_tag = ['x']", "mail.subject_tag: must be text in quotes, not a list"),
        ('[mail]\nsubject_tag = "a\\nb"', "mail.subject_tag: must be printable ASCII on one line"),
        ('[lists]\nblock_hashes = ["12"]', "lists.block_hashes: '12' is no SHA-256 digest"),
        ('[lists]\nblock_hosts = ["a b"]', "lists.block_hosts: 'a b' is no host name"),
        ('[lists]\nallow_senders = ["me"]', "lists.allow_senders: 'me' is no address pattern"),
        ('[steering]\npass_networks = ["192.0.2.1/24"]', "has host bits set"),
        ('[scope]\ntypes = { message = "block" }', "'message' is no file type"),
    ],
)
def test_what_is_wrong_is_said_in_words(text: str, message: str) -> None:
    (problem,) = problems(text)
    assert message in problem


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('[nic]\nclient = "eth0"\nserver = "eth0"', "line 3: nic.server: 'eth0' is nic.client"),
        ('[nic]\nclient = "a network card"', "is no network interface name"),
        ('[nic]\naddresses = ["192.0.2.1"]', "needs its prefix length"),
        ('[nic]\naddresses = ["192.0.2.300/24"]', "is no address such as"),
        ('[nic]\ngateways = ["192.0.2.1", "192.0.2.2"]', "at most one default router"),
        ('[nic]\ngateways = ["192.0.2.1/24"]', "is no IP address"),
        ('[nic]\nroutes = ["10.0.0.0/8 via 2001:db8::1"]', "different families"),
        ('[nic]\nroutes = ["10.0.0.0/8"]', "is no route"),
        ("[smtp]\nports = [0]", "0 is no TCP port"),
        ("[smtp]\nsubmission_ports = [25]", "port 25 is in smtp.ports already"),
        ('[tls]\ncertificate = "/etc/a.pem"\nkey = ""', "belong together"),
        ('[paths]\nstate = "var"', "must be an absolute path"),
        ('[emulator]\ncpus = "one"', "is no list of CPUs"),
    ],
)
def test_what_is_wrong_with_the_machine_is_said_in_words(text: str, message: str) -> None:
    (problem,) = machine_problems(text)
    assert message in problem


def test_an_empty_file_gives_the_built_in_defaults() -> None:
    policy = load_policy("")
    assert policy.version == Policy().version
    assert policy.where("extract.types") == BUILT_IN
    assert load_gateway_config("").on_failure is OnFailure.HOLD


def test_where_names_the_line_of_a_key_an_element_and_a_table_of_types() -> None:
    policy = load_policy(
        '[extract]\ntypes = ["pdf",\n  "docx"]\n[scope.types]\nmsi = "block"\n'
        '[[recipients]]\nmatch = ["*"]\nextract = false\n',
        "rules.toml",
    )
    assert policy.where("extract.types") == "rules.toml line 2"
    assert policy.where("extract.types.1") == "rules.toml line 3"
    assert policy.where("scope.types.msi") == "rules.toml line 5"
    assert policy.where("recipients.0.extract") == "rules.toml line 8"
    assert policy.where("recipients.0.inspect") == BUILT_IN


def test_value_reaches_sections_arrays_and_tables_of_types() -> None:
    policy = load_policy('[scope.types]\nmsi = "block"\n[[recipients]]\nmatch = ["*"]\n')
    assert policy.value("cache.enabled") is True
    assert policy.value("scope.types.msi") is ScopeAction.BLOCK
    assert policy.value("recipients.0.match") == ("*",)
    for key in ("cache.nothing", "recipients.1.match", "scope.types.exe", "model_fields"):
        with pytest.raises(KeyError, match=key):
            policy.value(key)


def test_the_version_changes_with_the_content_and_with_nothing_else() -> None:
    default = Policy().version
    assert (
        load_policy("# a comment\n[cache]\nenabled = true\n", "elsewhere.toml").version == default
    )
    assert load_policy("[cache]\nenabled = false\n").version != default


def test_settings_cannot_be_changed_and_survive_the_way_to_another_process() -> None:
    policy = load_policy("[cache]\nenabled = false\n")
    with pytest.raises(ValueError, match="frozen"):
        policy.cache.enabled = True
    copy = pickle.loads(pickle.dumps(policy))
    assert (copy, copy.version, copy.where("cache.enabled")) == (
        policy,
        policy.version,
        "policy.toml line 2",
    )


def test_normal_forms_are_what_the_rest_of_the_gateway_sees() -> None:
    policy = load_policy(
        '[lists]\nblock_hosts = ["Example.ORG."]\nallow_senders = ["A@Example.org"]\n'
        '[extract]\ntypes = ["PDF"]\n'
    )
    assert policy.lists.block_hosts == ("example.org",)
    assert policy.lists.allow_senders == ("a@example.org",)
    assert policy.extract.types == ("pdf",)
    machine = load_gateway_config('[nic]\nmode = "routed"\nroutes = [" 10.0.0.0/8  via 192.0.2.1"]')
    assert machine.nic.mode is NicMode.ROUTED
    assert machine.nic.routes == ("10.0.0.0/8 via 192.0.2.1",)
    assert GatewayConfig().nic.client == ""


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('[remote]\naddress = "http://cape.example"\n', "use https"),
        ('[remote]\naddress = "ftp://cape.example"\n', "no address"),
        ('[remote]\naddress = "https://user@cape.example/?x"\n', "no address"),
        ('[remote]\naddress = ""\nenabled = true\n', "needs an address"),
        ("[remote]\nenabled = true\n", "needs an address"),
        ('[remote]\nmachine = "win\\r\\n10"\n', "no name of a guest"),
    ],
)
def test_a_sandbox_elsewhere_is_named_soundly(text: str, words: str) -> None:
    with pytest.raises(SettingsError) as caught:
        load_gateway_config(text)
    assert words in str(caught.value.problems[0].message)


@pytest.mark.parametrize("address", ["http://127.0.0.1:8000", "https://[2001:db8::1]:8443/cape"])
def test_addresses_of_sandboxes_that_are_sound(address: str) -> None:
    text = f'[remote]\nenabled = true\naddress = "{address}"\n'
    assert load_gateway_config(text).remote.address == address
