"""The operator's view: what was answered, referred and abstained from, by day. No personal text."""

from __future__ import annotations

import html
from collections.abc import Sequence

from fastapi import FastAPI
from fastapi.responses import HTMLResponse

from ui.store import Count, Store


def tables(store: Store) -> list[tuple[str, tuple[str, str, str, str], Sequence[Count]]]:
    """Return the view's tables: title, column names, rows."""
    return [
        ("Turns", ("Day", "Outcome", "Reason", "Turns"), store.outcomes()),
        (
            "Contraindications",
            ("Day", "Contraindication", "Shown as", "Turns"),
            store.contraindications(),
        ),
        ("Feedback", ("Day", "Useful", "Reason", "Given"), store.opinions()),
    ]


def as_text(store: Store) -> str:
    """Return the view for a terminal."""
    blocks = []
    for title, columns, rows in tables(store):
        cells = [columns, *[(r.day, r.what, r.detail or "-", str(r.turns)) for r in rows]]
        widths = [max(len(row[place]) for row in cells) for place in range(len(columns))]
        lines = [
            "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
            for row in cells
        ]
        blocks.append("\n".join([title, *lines] if rows else [title, "nothing yet"]))
    return "\n\n".join(blocks)


def as_html(store: Store) -> str:
    """Return the view as a page."""
    body = []
    for title, columns, rows in tables(store):
        head = "".join(f'<th scope="col">{column}</th>' for column in columns)
        lines = "".join(
            "<tr>" + "".join(f"<td>{html.escape(str(cell))}</td>" for cell in row) + "</tr>"
            for row in rows
        )
        body.append(
            f"<section><h2>{title}</h2><table><thead><tr>{head}</tr></thead>"
            f"<tbody>{lines}</tbody></table></section>"
        )
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Operator\'s view</title>'
        '<meta name="viewport" content="width=device-width"><style>'
        "body{font:1rem/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}"
        "table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:.3rem .6rem;"
        "border-bottom:1px solid #ccc}:root{color-scheme:light dark}</style></head><body><main>"
        f"<h1>Operator's view</h1>{''.join(body)}</main></body></html>"
    )


def add_operator_page(app: FastAPI, store: Store) -> None:
    """Serve the view at /operator."""

    @app.get("/operator", include_in_schema=False)
    def operator() -> HTMLResponse:
        return HTMLResponse(as_html(store))
