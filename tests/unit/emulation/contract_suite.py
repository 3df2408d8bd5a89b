"""What every environment must keep to; each environment's test class inherits this one."""

from __future__ import annotations

from gateway.emulation import Absent, Budget, Context, Detonation, Environment, Sample, StopKind
from gateway.model.filetype import FILE_TYPES

KNOWN_TYPES = frozenset(file_type.name for file_type in FILE_TYPES)


class EnvironmentContract:
    """Subclasses give the fixture `environment`."""

    def test_it_has_a_name_and_known_types(self, environment: Environment) -> None:
        assert environment.name
        assert environment.types <= KNOWN_TYPES

    def test_probe_answers_alike_each_time(self, environment: Environment) -> None:
        assert environment.probe() == environment.probe()

    def test_absence_has_a_reason(self, environment: Environment) -> None:
        state = environment.probe()
        assert (state.reason if isinstance(state, Absent) else state.version) != ""

    def test_a_type_it_cannot_run_is_refused_with_a_reason(self, environment: Environment) -> None:
        sample = Sample("picture.png", "png", b"\x89PNG")
        assert environment.unsupported(sample)
        result = environment.detonate(sample, Context(), Budget())
        assert result.behaviours == ()
        self._stopped_in_words(result)
        assert result.stopped_by is not None
        assert result.stopped_by.kind in (StopKind.UNSUPPORTED, StopKind.ABSENT)

    def test_every_result_is_complete_in_itself(self, environment: Environment) -> None:
        for type_name in sorted(environment.types) or ["sh"]:
            result = environment.detonate(Sample("s", type_name, b""), Context(), Budget())
            assert result.environment == environment.name
            times = [behaviour.time for behaviour in result.behaviours]
            assert all(moment >= 0 for moment in times)
            if result.exit_status is None:
                self._stopped_in_words(result)

    def _stopped_in_words(self, result: Detonation) -> None:
        assert result.stopped_by is not None
        assert len(result.stopped_by.detail) > 5
