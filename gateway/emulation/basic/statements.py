"""Statements and the blocks they form. Part of the parser."""

from __future__ import annotations

from gateway.emulation.basic.declarations import Declarations
from gateway.emulation.basic.filestatements import FILE_VERBS, FileStatements
from gateway.emulation.basic.nodes import (
    Argument,
    Assign,
    Block,
    Call,
    Const,
    Dim,
    Do,
    Erase,
    Exit,
    Expression,
    For,
    ForEach,
    Goto,
    Grouped,
    If,
    Invoke,
    MidAssign,
    Nothing,
    OnError,
    OnNumber,
    ReDim,
    Resume,
    Select,
    Statement,
    Test,
    With,
)
from gateway.emulation.basic.tokens import Sort

Ending = tuple[str, ...]

_COMPARISONS = ("=", "<>", "<", ">", "<=", ">=")


class Statements(FileStatements, Declarations):
    """The part of the parser that reads statements."""

    owed_next = 0
    """Loops that a `Next i, j` further in has ended already."""

    def block(self, *endings: Ending) -> Block:
        """Statements up to one of the endings, which is not taken."""
        self.deeper()
        found = Block()
        while True:
            self.skip_ends()
            if any(self.is_words(*ending) for ending in endings):
                break
            if self.token.sort is Sort.END:
                raise self.error(f"'{' '.join(endings[0])}' expected")
            self._labels(found)
            if not self.at_end and not any(self.is_words(*ending) for ending in endings):
                found.statements.extend(self.statement())
            if self.owed_next and ("next",) in endings:
                break
        self.depth -= 1
        return found

    def _labels(self, block: Block) -> None:
        """Line numbers and labels before a statement; only VBA has them."""
        token, following = self.token, self.peek()
        starts_line = self.at == 0 or self.tokens[self.at - 1].sort is Sort.LINE
        if not self.vba or not starts_line:
            return
        if token.sort is Sort.LITERAL and isinstance(token.value, int):
            block.labels[str(token.value)] = len(block.statements)
            self.at += 1
            self.take_mark(":")
        elif token.sort is Sort.NAME and following.key == ":" and not following.spaced:
            block.labels[token.key] = len(block.statements)
            self.at += 2

    def statement(self) -> list[Statement]:
        """One statement; Dim and Const may make several."""
        token = self.token
        if token.sort is Sort.NAME:
            reader = _READERS.get(token.key)
            following = self.peek()
            is_member = following.sort is Sort.OPERATOR and (
                following.key == "=" or (following.key == "." and not following.spaced)
            )
            if reader is not None and not (is_member and token.key != "mid"):
                return reader(self)
            if token.key in FILE_VERBS and not is_member and (found := self.file_statement()):
                return [found]
        return [self._call_or_assignment()]

    def _call_or_assignment(self) -> Statement:
        start = self.at
        target = self.primary()
        if self.take_mark("="):
            return Assign(target, self.expression())
        if self.at_end or self.is_word("else", "end"):
            return _by_value(_invocation(target))
        if isinstance(target, Call):
            # `f (a) & b`: what looked like the whole call is the beginning of its argument
            target = self._without_last_arguments(start)
        return Invoke(target, self.arguments())

    def _without_last_arguments(self, start: int) -> Expression:
        """Read the target again, up to the parenthesis that begins its last arguments."""
        depth, last = 0, self.at
        for position in range(start, self.at):
            token = self.tokens[position]
            if token.sort is not Sort.OPERATOR:
                continue
            if token.key == "(":
                last = position if depth == 0 else last
                depth += 1
            elif token.key == ")":
                depth -= 1
        removed = self.tokens[last]
        self.at = start
        self.tokens[last] = self.tokens[-1]
        try:
            target = self.primary()
        finally:
            self.tokens[last] = removed
        return target

    def _dim(self) -> list[Statement]:
        word = self.next().key
        if self.take_word("const"):
            return list(self.constants())
        return [Dim(self.variables(), word == "static")]

    def _const(self) -> list[Statement]:
        self.at += 1
        found: list[Const] = self.constants()
        return list(found)

    def _redim(self) -> list[Statement]:
        self.at += 1
        preserve = self.take_word("preserve")
        found: list[Statement] = []
        while True:
            target = self.primary()
            if not isinstance(target, Call):
                raise self.error("bounds expected")
            _, type_name = self.as_type()
            bounds = self.bounds_of(target.arguments)
            found.append(ReDim(target.target, bounds, type_name, preserve))
            if not self.take_mark(","):
                return found

    def _erase(self) -> list[Statement]:
        self.at += 1
        targets = [self.primary()]
        while self.take_mark(","):
            targets.append(self.primary())
        return [Erase(tuple(targets))]

    def _set(self) -> list[Statement]:
        is_set = self.next().key == "set"
        target = self.primary()
        self.need_mark("=")
        return [Assign(target, self.expression(), is_set)]

    def _call(self) -> list[Statement]:
        self.at += 1
        return [_invocation(self.primary())]

    def _if(self) -> list[Statement]:
        self.at += 1
        condition = self.expression()
        self.need_word("then")
        if not self.at_line_end:
            return [self._line_if(condition)]
        branches = [(condition, self.block(("elseif",), ("else",), ("end", "if")))]
        otherwise = Block()
        while True:
            if self.take_word("elseif"):
                condition = self.expression()
                self.take_word("then")
                branches.append((condition, self.block(("elseif",), ("else",), ("end", "if"))))
            elif self.take_word("else"):
                if self.take_word("if"):  # `Else If` on one line is an ElseIf of careless writers
                    self.at -= 1
                    otherwise = Block(self.statement())
                    self.skip_ends()
                else:
                    otherwise = self.block(("end", "if"))
            else:
                self.at += 2
                return [If(tuple(branches), otherwise)]

    def _line_if(self, condition: Expression) -> Statement:
        first = self._line_block()
        otherwise = Block()
        if self.take_word("else"):
            otherwise = self._line_block()
        self.take_word("end", "if")
        return If(((condition, first),), otherwise)

    def _line_block(self) -> Block:
        """Statements on the rest of a line, up to Else."""
        found = Block()
        self.deeper()
        while not self.at_line_end and not self.is_word("else") and not self.is_words("end", "if"):
            if self.take_mark(":"):
                continue
            if self.vba and self.token.sort is Sort.LITERAL:
                found.statements.append(Goto(str(self.next().value)))
                continue
            found.statements.extend(self.statement())
        self.depth -= 1
        return found

    def _select(self) -> list[Statement]:
        self.at += 1
        self.need_word("case")
        subject = self.expression()
        self.skip_ends()
        cases: list[tuple[tuple[Test, ...], Block]] = []
        otherwise = Block()
        while not self.take_word("end", "select"):
            self.need_word("case")
            if self.take_word("else"):
                otherwise = self.block(("case",), ("end", "select"))
                continue
            tests = [self._test()]
            while self.take_mark(","):
                tests.append(self._test())
            cases.append((tuple(tests), self.block(("case",), ("end", "select"))))
        return [Select(subject, tuple(cases), otherwise)]

    def _test(self) -> Test:
        self.take_word("is")
        if self.is_mark(*_COMPARISONS):
            return Test(self.next().key, self.expression())
        value = self.expression()
        if self.take_word("to"):
            return Test("to", value, self.expression())
        return Test("=", value)

    def _for(self) -> list[Statement]:
        self.at += 1
        if self.take_word("each"):
            variable = self.primary()
            self.need_word("in")
            source = self.expression()
            return [ForEach(variable, source, self._loop_body())]
        variable = self.primary()
        self.as_type()
        self.need_mark("=")
        start = self.expression()
        self.need_word("to")
        stop = self.expression()
        step = self.expression() if self.take_word("step") else None
        return [For(variable, start, stop, step, self._loop_body())]

    def _loop_body(self) -> Block:
        body = self.block(("next",))
        if self.owed_next:
            self.owed_next -= 1
            return body
        self.need_word("next")
        if not self.at_end:
            self.primary()
            while self.take_mark(","):
                self.primary()
                self.owed_next += 1
        return body

    def _do(self) -> list[Statement]:
        self.at += 1
        condition, until = self._condition()
        body = self.block(("loop",))
        self.at += 1
        if condition is not None:
            return [Do(condition, until, True, body)]
        condition, until = self._condition()
        return [Do(condition, until, False, body)]

    def _condition(self) -> tuple[Expression | None, bool]:
        if self.take_word("while"):
            return self.expression(), False
        if self.take_word("until"):
            return self.expression(), True
        return None, False

    def _while(self) -> list[Statement]:
        self.at += 1
        condition = self.expression()
        body = self.block(("wend",))
        self.at += 1
        return [Do(condition, False, True, body)]

    def _with(self) -> list[Statement]:
        self.at += 1
        subject = self.expression()
        body = self.block(("end", "with"))
        self.at += 2
        return [With(subject, body)]

    def _on(self) -> list[Statement]:
        self.at += 1
        if not self.take_word("error"):
            return self._on_number()
        if self.take_word("resume"):
            self.need_word("next")
            return [OnError("next")]
        if not self.take_word("goto"):
            self.need_word("go")
            self.need_word("to")
        self.take_mark("-")
        label = str(self.next().value).lower()
        return [OnError("zero") if label in ("0", "1") else OnError("goto", label)]

    def _on_number(self) -> list[Statement]:
        """`On number GoTo first, second`: the label of that number (MS-VBAL section 5.4.2.13)."""
        number = self.expression()
        returns = self.take_word("gosub")
        if not returns:
            self.need_word("goto")
        labels = [str(self.next().value).lower()]
        while self.take_mark(","):
            labels.append(str(self.next().value).lower())
        return [OnNumber(number, tuple(labels), returns)]

    def _goto(self) -> list[Statement]:
        returns = self.next().key == "gosub"
        return [Goto(str(self.next().value).lower(), returns)]

    def _resume(self) -> list[Statement]:
        self.at += 1
        if self.take_word("next"):
            return [Resume("next")]
        return [Resume("retry") if self.at_end else Resume("label", str(self.next().value).lower())]

    def _exit(self) -> list[Statement]:
        self.at += 1
        what = self.name()
        return [Exit(what if what in ("do", "for") else "procedure")]

    def _end(self) -> list[Statement]:
        self.at += 1
        if not self.at_end:
            raise self.error("nothing to end here")
        return [Exit("program")]

    def _return(self) -> list[Statement]:
        self.at += 1
        return [Exit("return")]

    def _mid(self) -> list[Statement]:
        """`Mid(s, 1, 2) = x` replaces in place; otherwise Mid is a function."""
        start = self.at
        target = self.primary()
        if not isinstance(target, Call) or not self.take_mark("="):
            self.at = start
            return [self._call_or_assignment()]
        values = [argument.value for argument in target.arguments]
        if len(values) < 2 or values[0] is None or values[1] is None:
            raise self.error("a variable and a position expected")
        length = values[2] if len(values) > 2 else None
        return [MidAssign(values[0], values[1], length, self.expression())]

    def _ignored(self) -> list[Statement]:
        self.skip_line()
        return [Nothing()]


def _by_value(call: Invoke) -> Invoke:
    """`f(x)` without Call: the parentheses are x's, so it is passed by value."""
    if len(call.arguments) != 1 or call.arguments[0].value is None or call.arguments[0].name:
        return call
    return Invoke(call.target, (Argument(Grouped(call.arguments[0].value)),))


def _invocation(target: Expression) -> Invoke:
    if isinstance(target, Call):
        return Invoke(target.target, target.arguments)
    return Invoke(target, ())


_READERS = {
    **dict.fromkeys(("dim", "static", "private", "public"), Statements._dim),
    **dict.fromkeys(("set", "let", "lset", "rset"), Statements._set),
    **dict.fromkeys(("goto", "gosub"), Statements._goto),
    **dict.fromkeys(("option", "attribute", "raiseevent", "stop"), Statements._ignored),
    "const": Statements._const,
    "redim": Statements._redim,
    "erase": Statements._erase,
    "call": Statements._call,
    "if": Statements._if,
    "select": Statements._select,
    "for": Statements._for,
    "do": Statements._do,
    "while": Statements._while,
    "with": Statements._with,
    "on": Statements._on,
    "resume": Statements._resume,
    "exit": Statements._exit,
    "end": Statements._end,
    "return": Statements._return,
    "mid": Statements._mid,
}
"""Statements by their first word."""
