"""A command that has commands below it."""

from __future__ import annotations

from typing import Any

from typer.core import TyperGroup


class CommandGroup(TyperGroup):
    """A command of its own; where one of the commands below it is called, what it requires itself is not asked for."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """As any group does, but no option is missed in front of a command below."""
        before = ctx.resilient_parsing
        ctx.resilient_parsing = before or (bool(args) and args[0] in self.commands)
        try:
            return list(super().parse_args(ctx, args))
        finally:
            ctx.resilient_parsing = before
