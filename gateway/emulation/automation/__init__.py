"""Automation (COM) as scripts see it: values, their conversions, errors, objects. No I/O."""
