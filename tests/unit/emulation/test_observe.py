"""From a log to behaviours: who acted, from where, how often; and what is left out."""

from __future__ import annotations

from gateway.emulation import Kind
from gateway.emulation.observe import BEHAVIOURS_MAX, Tracker
from tests.unit.emulation.test_strace import record

SAMPLE = "/home/user/Downloads/s.sh"
START = f'[   2:   2] perl X execve(0x1 /bin/sh, 0x2 ["sh", "{SAMPLE}"], 0x3 []) = 0 (0x0) (1ms)'


def tracker(*messages: str, limit: int = 10) -> Tracker:
    tracked = Tracker(limit, SAMPLE)
    for number, message in enumerate((START, *messages)):
        tracked.line(record(message, f"2026-01-01T00:00:{number % 60:02}.000000000Z"))
    return tracked


def opened(pid: int, path: str, flags: str = "O_WRONLY|O_CREAT") -> str:
    return (
        f"[{pid:4}:{pid:4}] sh X openat(AT_FDCWD /tmp, 0x7f {path}, {flags}, 0o666) = 3 (0x3) (1µs)"
    )


def test_the_start_itself_and_process_one_are_left_out() -> None:
    assert tracker(opened(1, "/tmp/x")).behaviours == []


def test_children_inherit_program_and_directory() -> None:
    tracked = tracker(
        "[   2:   2] sh X chdir(0x1 /srv) = 0 (0x0) (1µs)",
        "[   2:   2] sh X vfork() = 3 (0x3) (1µs)",
        "[   3:   3] sh X unlink(0x1 gone) = 0 (0x0) (1µs)",
    )
    (behaviour,) = tracked.behaviours
    assert behaviour.target == "/srv/gone"
    assert (behaviour.actor.pid, behaviour.actor.parent, behaviour.actor.program) == (
        3,
        2,
        "/bin/sh",
    )


def test_threads_count_as_their_process() -> None:
    tracked = tracker(
        "[   2:   2] sh X clone(CLONE_VM|CLONE_THREAD|CLONE_SIGHAND, 0x0, 0x0, 0x0, 0x0)"
        " = 9 (0x9) (1µs)",
        opened(9, "/tmp/x"),
        limit=1,
    )
    assert tracked.behaviours[0].actor.pid == 2
    assert not tracked.too_many_processes


def test_equal_behaviours_are_counted() -> None:
    (behaviour,) = tracker(*[opened(2, "/tmp/x")] * 5).behaviours
    assert (behaviour.count, behaviour.time) == (5, 1.0)


def test_script_of_an_interpreter_is_told() -> None:
    tracked = tracker(
        '[   2:   2] sh X execve(0x1 /usr/bin/python3, 0x2 ["python3", "-u", "x.py"], 0x3 [])'
        " = 0 (0x0) (1ms)"
    )
    assert [(b.kind, b.target) for b in tracked.behaviours] == [
        (Kind.PROCESS, "/usr/bin/python3"),
        (Kind.SCRIPT, "/home/user/Downloads/x.py"),
    ]


def test_sleep_counts_at_its_beginning() -> None:
    (behaviour,) = tracker(
        "[   2:   2] sleep E clock_nanosleep(0x0, 0x0, 0x7f {sec=90 nsec=0}, 0x7f)"
    ).behaviours
    assert behaviour.target == "90 s"


def test_too_many_at_once_but_not_one_after_another() -> None:
    one = (
        "[   2:   2] sh X vfork() = {0} ({0:#x}) (1µs)",
        "[   2:   2] sh X wait4(0x0, 0x0, 0x0, null) = {0} ({0:#x}) (1µs)",
    )
    in_turn = [line.format(pid) for pid in range(3, 60) for line in one]
    assert not tracker(*in_turn).too_many_processes
    at_once = [one[0].format(pid) for pid in range(3, 60)]
    assert tracker(*at_once).too_many_processes


def test_refused_fork_is_too_many() -> None:
    assert tracker(
        "[   2:   2] sh X vfork() = 0 (0x0) errno=11 (resource temporarily unavailable) (1µs)"
    ).too_many_processes


def test_looking_for_what_is_missing_is_nothing() -> None:
    missing = " = 0 (0x0) errno=2 (no such file or directory) (1µs)"
    look = opened(2, "/home/user/.vimrc", "O_RDONLY").removesuffix(" = 3 (0x3) (1µs)") + missing
    assert tracker(look).behaviours == []


def test_deleting_itself_is_marked() -> None:
    (behaviour,) = tracker(f"[   2:   2] rm X unlink(0x1 {SAMPLE}) = 0 (0x0) (1µs)").behaviours
    assert behaviour.arguments == ("the sample itself",)


def test_names_stand_for_their_addresses() -> None:
    tracked = tracker(
        "[   2:   2] sh X connect(0x3 socket:[1], 0x7f {Family: AF_INET, Addr: 198.51.100.1,"
        " Port: 80}, 0x10) = 0 (0x0) errno=113 (no route to host) (1µs)"
    )
    tracked.names = {"198.51.100.1": "files.example"}
    (behaviour,) = tracked.named()
    assert (behaviour.target, behaviour.failed) == ("files.example:80", "no route to host")


def test_behaviours_are_bounded() -> None:
    tracked = tracker(*[opened(2, f"/tmp/{number}") for number in range(BEHAVIOURS_MAX + 7)])
    assert (len(tracked.behaviours), tracked.overflow) == (BEHAVIOURS_MAX, 7)


def test_refused_call_is_named() -> None:
    tracked = Tracker(5, SAMPLE)
    tracked.line(
        record('FATAL ERROR: creating loader: enabling strace: syscall "clone9" not found')
    )
    assert tracked.unknown_call == "clone9"
