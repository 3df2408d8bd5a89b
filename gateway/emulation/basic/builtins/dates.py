"""Dates and times, on the emulated clock."""

from __future__ import annotations

import calendar
import datetime
from collections.abc import Callable

from gateway.emulation.automation.convert import date, date_of, moment_of, number, text, whole
from gateway.emulation.automation.errors import ScriptError
from gateway.emulation.automation.values import MISSING, Date, Value
from gateway.emulation.basic.core import Core


def _moment(core: Core) -> datetime.datetime:
    start = datetime.datetime(1970, 1, 1)
    return start + datetime.timedelta(seconds=core.host.seconds())


def _now(core: Core) -> Value:
    return date_of(_moment(core).replace(microsecond=0))


def _date(core: Core) -> Value:
    return Date(float(int(date_of(_moment(core)).serial)))


def _time(core: Core) -> Value:
    serial = date_of(_moment(core).replace(microsecond=0)).serial
    return Date(serial - int(serial))


def _timer(core: Core) -> Value:
    moment = _moment(core)
    return moment.hour * 3600 + moment.minute * 60 + moment.second + moment.microsecond / 1e6


def _part(name: str) -> Callable[..., Value]:
    def function(_: Core, date_: Value) -> Value:
        found: int = getattr(moment_of(date(date_)), name)
        return found

    return function


def _weekday(_: Core, date_: Value, firstdayofweek: Value = 1) -> Value:
    first = 1 if firstdayofweek is MISSING else max(1, whole(firstdayofweek))
    sunday_based = (moment_of(date(date_)).weekday() + 1) % 7
    return (sunday_based - (first - 1)) % 7 + 1


def _weekday_name(_: Core, weekday: Value, abbreviate: Value = False, *more: Value) -> Value:
    name = calendar.day_name[(whole(weekday) + 5) % 7]
    return name[:3] if abbreviate is True else name


def _month_name(_: Core, month: Value, abbreviate: Value = False) -> Value:
    index = whole(month)
    if not 1 <= index <= 12:
        raise ScriptError(5)
    return calendar.month_abbr[index] if abbreviate is True else calendar.month_name[index]


_DAYS = {"d": 1.0, "y": 1.0, "w": 1.0, "ww": 7.0, "h": 1 / 24, "n": 1 / 1440, "s": 1 / 86400}
_MONTHS = {"m": 1, "q": 3, "yyyy": 12}


def _date_add(_: Core, interval: Value, number_: Value, date_: Value) -> Value:
    unit, start = text(interval).lower(), date(date_)
    if unit in _DAYS:
        return Date(start.serial + _DAYS[unit] * number(number_))
    if unit not in _MONTHS:
        raise ScriptError(5)
    moment = moment_of(start)
    months = moment.year * 12 + moment.month - 1 + whole(number_) * _MONTHS[unit]
    year, month = divmod(months, 12)
    if not 1 <= year <= 9999:
        raise ScriptError(5)
    day = min(moment.day, calendar.monthrange(year, month + 1)[1])
    return date_of(moment.replace(year=year, month=month + 1, day=day))


def _date_diff(_: Core, interval: Value, date1: Value, date2: Value, *more: Value) -> Value:
    unit = text(interval).lower()
    first, second = date(date1), date(date2)
    if unit in ("d", "y"):
        return int(second.serial) - int(first.serial)
    if unit in _DAYS:
        return round((second.serial - first.serial) / _DAYS[unit], 6).__trunc__()
    early, late = moment_of(first), moment_of(second)
    months = (late.year - early.year) * 12 + late.month - early.month
    if unit == "yyyy":
        return late.year - early.year
    return months // _MONTHS.get(unit, 1)


def _date_part(core: Core, interval: Value, date_: Value, *more: Value) -> Value:
    unit, moment = text(interval).lower(), moment_of(date(date_))
    found = {
        "yyyy": moment.year,
        "q": (moment.month + 2) // 3,
        "m": moment.month,
        "y": moment.timetuple().tm_yday,
        "d": moment.day,
        "w": (moment.weekday() + 1) % 7 + 1,
        "ww": moment.isocalendar()[1],
        "h": moment.hour,
        "n": moment.minute,
        "s": moment.second,
    }
    if unit not in found:
        raise ScriptError(5)
    return found[unit]


def _date_serial(_: Core, year: Value, month: Value, day: Value) -> Value:
    months = whole(year) * 12 + whole(month) - 1
    if not 12 <= months < 120000:
        raise ScriptError(5)
    first = datetime.datetime(months // 12, months % 12 + 1, 1)
    return Date(date_of(first).serial + whole(day) - 1)


def _time_serial(_: Core, hour: Value, minute: Value, second: Value) -> Value:
    return Date((whole(hour) * 3600 + whole(minute) * 60 + whole(second)) / 86400)


def _date_value(_: Core, date_: Value) -> Value:
    return Date(float(int(date(date_).serial)))


def _time_value(_: Core, time: Value) -> Value:
    serial = date(time).serial
    return Date(serial - int(serial))


FUNCTIONS: dict[str, Callable[..., Value]] = {
    "now": _now,
    "date": _date,
    "time": _time,
    "timer": _timer,
    **{name: _part(name) for name in ("year", "month", "day", "hour", "minute", "second")},
    "weekday": _weekday,
    "weekdayname": _weekday_name,
    "monthname": _month_name,
    "dateadd": _date_add,
    "datediff": _date_diff,
    "datepart": _date_part,
    "dateserial": _date_serial,
    "timeserial": _time_serial,
    "datevalue": _date_value,
    "timevalue": _time_value,
}
