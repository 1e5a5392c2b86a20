"""Tables: as wide as their content in a pipe, and not wider than the terminal.

On a narrow terminal, digests lose their `sha256:` first; then cells are wrapped between the parts of names. Nothing is
cut.
"""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Iterable, Iterator, Sequence
from itertools import zip_longest
from typing import Final

import click

_GAP: Final = 3
_NARROW_GAP: Final = 2
_DIGEST: Final = re.compile(r"sha256:(?=[0-9a-f]{12}\Z)")
_PIECE: Final = re.compile(r"[^/:@, -]*[/:@, -]?")
"""A part of a cell that is not broken: up to a separator of names, versions or words."""
_WHOLE: Final = 14
"""A longer part may be broken too."""
_LEAST: Final = 4

Table = list[list[str]]


def echo_table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print a table with a bold header. The first column is wrapped last."""
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
    for index, line in enumerate(table_lines([list(header), *map(list, rows)], width)):
        click.echo(click.style(line, bold=True) if index == 0 else line)


def table_lines(table: Table, width: int | None) -> Iterator[str]:
    """The lines of a table, at most `width` characters long; None sets no limit. Cells may be styled."""
    widths, gap = _natural(table), _GAP
    if width is not None and _total(widths, gap) > width:
        table = [[_DIGEST.sub("", cell) for cell in row] for row in table]
        widths, gap = _fitting(table, width), _NARROW_GAP
    for row in table:
        broken = [_broken(cell, column) for cell, column in zip(row, widths, strict=True)]
        for cells in zip_longest(*broken, fillvalue=""):
            yield (" " * gap).join(_padded(cell, column) for cell, column in zip(cells, widths, strict=True)).rstrip()


def _natural(table: Table) -> list[int]:
    return [max(len(click.unstyle(row[column])) for row in table) for column in range(len(table[0]))]


def _total(widths: Sequence[int], gap: int) -> int:
    return sum(widths) + gap * (len(widths) - 1)


def _fitting(table: Table, width: int) -> list[int]:
    """The widths that fit: the widest columns shrink first, down to their parts, and the first column last."""
    widths = _natural(table)
    wholes = [max(_whole(row[column]) for row in table) for column in range(len(widths))]
    others = range(1, len(widths))
    for columns, least in ((others, wholes), (range(1), wholes), (range(len(widths)), [_LEAST] * len(widths))):
        while _total(widths, _NARROW_GAP) > width:
            widest = max((each for each in columns if widths[each] > least[each]), key=widths.__getitem__, default=None)
            if widest is None:
                break
            widths[widest] -= 1
    return widths


def _whole(cell: str) -> int:
    """The length of the longest part of a cell that should not be broken."""
    return min(max(len(piece.rstrip()) for piece in _PIECE.findall(click.unstyle(cell))), _WHOLE)


def _broken(cell: str, width: int) -> list[str]:
    """The lines of a cell, at most `width` characters long; a styled cell is not broken."""
    if len(click.unstyle(cell)) <= width:
        return [cell]
    lines = [""]
    for piece in _PIECE.findall(cell):
        if lines[-1] and len(lines[-1]) + len(piece.rstrip()) > width:
            lines.append("")
        lines[-1] += piece
        while len(lines[-1].rstrip()) > width:
            lines[-1:] = [lines[-1][:width], lines[-1][width:]]
    return [line.strip() for line in lines if line.strip()]


def _padded(cell: str, width: int) -> str:
    return cell + " " * (width - len(click.unstyle(cell)))
