"""The figures of a desk's day as protos."""

from datetime import date

from parley.chat.v1 import chat_pb2 as pb
from servicekit.moments import to_proto
from servicekit.protos import fields_of
from services.chat.domain.figures import CallbackCounts, DayFigures, Figures


def figures_to_proto(day: date, zone: str, figures: DayFigures, callbacks: CallbackCounts, promise_wait: int) -> pb.GetDeskFiguresResponse:
    """`promise_wait`: seconds, 0 = none."""
    return pb.GetDeskFiguresResponse(
        date=day.isoformat(),
        zone=zone,
        total=_proto(figures.total),
        hours=[pb.HourFigures(start=to_proto(start), figures=_proto(one)) for start, one in figures.hours.items()],
        companies=[pb.CompanyFigures(company_id=id, figures=_proto(one)) for id, one in figures.companies.items()],
        boards=[pb.BoardFigures(board_id=id, figures=_proto(one)) for id, one in figures.boards.items()],
        cells=[pb.CellFigures(**fields_of(cell), figures=_proto(one)) for cell, one in figures.cells.items()],
        callbacks_open=callbacks.open,
        callbacks_due=callbacks.due,
        callbacks_late=callbacks.late,
        promise_wait=promise_wait,
    )


def _proto(figures: Figures) -> pb.Figures:
    return pb.Figures(**fields_of(figures))
