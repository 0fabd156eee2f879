"""The kinds of action: what each one may say, one file a family. A kind is a frozen model that checks itself.

A further kind is one more class in its family's file and an entry in KINDS; the store does not change.
"""

from actions.kinds.approvals import Approve, Reject
from actions.kinds.base import MAX_REASON, MAX_WORDS, Payload, Step, shown
from actions.kinds.discussion import Comment
from actions.kinds.exchange import AnswerAction, SendAction
from actions.kinds.forecasts import OverrideForecast, forecast_subject
from actions.kinds.items import (
    AcknowledgeItem,
    AssignItem,
    ClearItem,
    CloseItem,
    DismissItem,
    EscalateItem,
    OpenItem,
    ReopenItem,
    VerifyItem,
)
from actions.kinds.milestones import (
    Predecessor,
    ReplanMilestone,
    ReportProgress,
    SetMilestone,
    SetPredecessors,
)
from actions.kinds.quarantine import CorrectRow, Fix, IgnoreRow
from actions.kinds.service import PlanCare, ScheduleVisit
from actions.kinds.supply import AcceptAlternative, ExpediteSupplier, ProposePurchase, ProposeTransfer

KINDS: dict[str, type[Payload]] = {
    kind.kind_code: kind
    for kind in (
        ReplanMilestone,
        SetMilestone,
        SetPredecessors,
        ReportProgress,
        Comment,
        OpenItem,
        AcknowledgeItem,
        AssignItem,
        EscalateItem,
        CloseItem,
        VerifyItem,
        DismissItem,
        ReopenItem,
        ClearItem,
        PlanCare,
        ScheduleVisit,
        OverrideForecast,
        Approve,
        Reject,
        ProposePurchase,
        ProposeTransfer,
        ExpediteSupplier,
        AcceptAlternative,
        CorrectRow,
        IgnoreRow,
        SendAction,
        AnswerAction,
    )
}

__all__ = [
    "KINDS",
    "MAX_REASON",
    "MAX_WORDS",
    "AcceptAlternative",
    "AcknowledgeItem",
    "AnswerAction",
    "Approve",
    "AssignItem",
    "ClearItem",
    "CloseItem",
    "Comment",
    "CorrectRow",
    "DismissItem",
    "EscalateItem",
    "ExpediteSupplier",
    "Fix",
    "IgnoreRow",
    "OpenItem",
    "OverrideForecast",
    "Payload",
    "PlanCare",
    "Predecessor",
    "ProposePurchase",
    "ProposeTransfer",
    "Reject",
    "ReopenItem",
    "ReplanMilestone",
    "ReportProgress",
    "ScheduleVisit",
    "SendAction",
    "SetMilestone",
    "SetPredecessors",
    "Step",
    "VerifyItem",
    "forecast_subject",
    "shown",
]
