"""CPU against viewers as a drawing, from what `make bench` has written: `python -m tests.benchmarks.plot`."""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from xml.sax.saxutils import escape

FIGURE: Final = Path(__file__).parent / "figures" / "cpu_by_viewers.svg"
_WIDTH, _HEIGHT = 720, 400
_LEFT, _RIGHT, _TOP, _BOTTOM = 56, 150, 44, 46
_COLOURS: Final = ("#2563eb", "#d97706", "#059669", "#7c3aed")
_STEPS: Final = (1, 2, 2.5, 5, 10)
_FEW: Final = 6


@dataclass(frozen=True, slots=True)
class Line:
    """One server: (viewers, share of a core) in ascending order."""

    name: str
    points: Sequence[tuple[int, float]]


def lines_of(document: dict[str, Any]) -> list[Line]:
    """Those of a document that `make bench` has written. Windows that lost packets are left out."""
    lines = []
    for result in document["forwarding"]:
        windows = [window for window in result["windows"] if window["loss"] <= document["loss_limit"]]
        points = sorted((window["viewers"], window["core"]) for window in windows)
        if points:
            lines.append(Line(result["name"], points))
    return lines


def drawing(lines: Sequence[Line], *, title: str) -> str:
    """An SVG that can be read on a light and a dark ground."""
    most = max(viewers for line in lines for viewers, _ in line.points)
    step = _round_step(most / _FEW)
    end = step * math.ceil(most / step)

    def x(viewers: float) -> float:
        return _LEFT + (_WIDTH - _LEFT - _RIGHT) * viewers / end

    def y(share: float) -> float:
        return _HEIGHT - _BOTTOM - (_HEIGHT - _TOP - _BOTTOM) * share

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" '
        'font-family="system-ui, sans-serif" font-size="12">',
        f"<title>{escape(title)}</title>",
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" rx="8" fill="#ffffff"/>',
        f'<text x="{_LEFT}" y="26" font-size="14" fill="#111827">{escape(title)}</text>',
    ]
    for share in (0, 0.25, 0.5, 0.75, 1):
        parts += [
            f'<path d="M{x(0):.0f} {y(share):.0f}H{x(end):.0f}" stroke="#e5e7eb"/>',
            _text(f"{share:.0%}", x(0) - 8, y(share) + 4, "end"),
        ]
    for n in range(round(end / step) + 1):
        parts.append(_text(f"{step * n:.0f}", x(step * n), y(0) + 18, "middle"))
    parts.append(_text("viewers", (x(0) + x(end)) / 2, _HEIGHT - 10, "middle"))
    for line, colour in zip(lines, _COLOURS, strict=False):
        at = [(x(viewers), y(min(share, 1.0))) for viewers, share in line.points]
        path = "L".join(f"{px:.1f} {py:.1f}" for px, py in at)
        parts.append(f'<path d="M{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts += [f'<circle cx="{px:.1f}" cy="{py:.1f}" r="3" fill="{colour}"/>' for px, py in at]
        parts.append(_text(line.name, at[-1][0] + 9, at[-1][1] + 4, "start", colour))
    return "\n".join([*parts, "</svg>"]) + "\n"


def _round_step(least: float) -> float:
    """The next of 1, 2, 2.5, 5 and 10 times a power of ten."""
    power = 10.0 ** math.floor(math.log10(max(least, 1)))
    return next(factor * power for factor in _STEPS if factor * power >= least)


def _text(text: str, x: float, y: float, anchor: str, colour: str = "#6b7280") -> str:
    return f'<text x="{x:.0f}" y="{y:.0f}" text-anchor="{anchor}" fill="{colour}">{escape(text)}</text>'


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.plot", description=__doc__)
    parser.add_argument("--json", type=Path, default=Path("build/bench.json"), help="what make bench wrote")
    parser.add_argument("--svg", type=Path, default=FIGURE, help="where to draw")
    options = parser.parse_args()
    document = json.loads(options.json.read_text())
    title = f"Share of a core by viewers at 2.5 Mbps ({document['machine']['cpu']})"
    options.svg.parent.mkdir(parents=True, exist_ok=True)
    options.svg.write_text(drawing(lines_of(document), title=title))
    print(f"Drawn in {options.svg}.")


if __name__ == "__main__":
    main()
