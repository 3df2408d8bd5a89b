"""Everything that touches the network hardware and the kernel's packet path.

    probe(sysfs)                    what the machine is                        -> Probe
    make_plan(config, probe)        pure: the ordered steps and their undo     -> Plan
    apply(plan, state_path)         carry them out                             -> Applied
        .update(workers=, on_failure=)   change the rules while they run
        .revert()                        take everything back (also: `with`)
    repair(state_path)              undo what a crashed process left
    read_counters()                 packets and bytes by counter name
    make_listeners(k, ...), make_onward_socket(family, marks)   transparent sockets of workers
    QueueSet(numbers, decide, marks)   first packets: Question -> Accept(mark) | Drop
    parse_syn(packet)               pure: the bytes of a first packet          -> Syn
    probe_cores(nics), plan_cores(probe), core_steps(plan, probe), pin(pid, cpu)   who works where

Marks(config.mark_base) names what may stand in a mark: `worker(k)`, `passed`, `socket`.
All errors are `DriverError`, with one sentence for the administrator. Nothing here imports the
gateway.
"""

from drivers.config import (
    DEFAULT_LISTENER_BASE,
    DEFAULT_MARK_BASE,
    MAX_WORKERS,
    Mode,
    OnFailure,
    PairConfig,
    Route,
    Side,
    VlanPolicy,
)
from drivers.cores import CorePlan, WorkerPlace, core_steps, plan_cores
from drivers.counters import Count, read_counters
from drivers.cpus import CoreProbe, Cpu, pin, probe_cores
from drivers.errors import DriverError
from drivers.lifecycle import Applied, apply, repair
from drivers.marks import Marks
from drivers.nfqueue import Accept, Decide, Drop, Question, Queue, QueueSet, Verdict
from drivers.offloads import Offloads, read_offloads
from drivers.plan import Plan, make_plan
from drivers.probing import Probe, probe
from drivers.rules import COUNTER_MEANING, CounterName, RuleSet, Spelling
from drivers.sockets import Listeners, make_listeners, make_onward_socket
from drivers.state import DEFAULT_STATE
from drivers.syn import NotASyn, Syn, parse_syn
from drivers.topology import Nic, read_nics

__all__ = [
    "COUNTER_MEANING",
    "DEFAULT_LISTENER_BASE",
    "DEFAULT_MARK_BASE",
    "DEFAULT_STATE",
    "MAX_WORKERS",
    "Accept",
    "Applied",
    "CorePlan",
    "CoreProbe",
    "Count",
    "CounterName",
    "Cpu",
    "Decide",
    "DriverError",
    "Drop",
    "Listeners",
    "Marks",
    "Mode",
    "Nic",
    "NotASyn",
    "Offloads",
    "OnFailure",
    "PairConfig",
    "Plan",
    "Probe",
    "Question",
    "Queue",
    "QueueSet",
    "Route",
    "RuleSet",
    "Side",
    "Spelling",
    "Syn",
    "Verdict",
    "VlanPolicy",
    "WorkerPlace",
    "apply",
    "core_steps",
    "make_listeners",
    "make_onward_socket",
    "make_plan",
    "parse_syn",
    "pin",
    "plan_cores",
    "probe",
    "probe_cores",
    "read_counters",
    "read_nics",
    "read_offloads",
    "repair",
]
