"""VBScript and VBA: one lexer, one parser, one interpreter; what differs is the dialect."""

from gateway.emulation.basic.machine import Limits, Machine
from gateway.emulation.basic.parser import parse
from gateway.emulation.basic.tokens import Dialect

__all__ = ["Dialect", "Limits", "Machine", "parse"]
