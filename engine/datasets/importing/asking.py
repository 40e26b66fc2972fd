"""What a plan asks of the network, and whether it can be read at all."""

from __future__ import annotations

from dataclasses import replace

from engine.datasets.importing.columns import target_kind
from engine.datasets.importing.plan import Plan, Use, plan_issue
from engine.datasets.importing.values import Column, Preview

__all__ = ["answers_wanted", "plan_issue", "retarget"]


def targets_of(preview: Preview, plan: Plan) -> list[Column]:
    """The columns that are targets."""
    return [column for column, use in zip(preview.columns, plan.uses, strict=True) if use.role == "target"]


def answers_wanted(preview: Preview, plan: Plan) -> int:
    """Numbers that the network is to give for a row: classes, or targets. 0: not known before the file is read."""
    if plan.target == "two classes":
        return 2
    if not preview.is_table:
        return preview.classes if plan.target == "classes" else 0
    targets = targets_of(preview, plan)
    if plan.target == "classes":
        return (targets[0].distinct or 0) if len(targets) == 1 else 0
    return len(targets)


def retarget(preview: Preview, plan: Plan, uses: tuple[Use, ...]) -> Plan:
    """The plan with other uses; where other columns are targets now, what is asked for is guessed anew."""
    before = targets_of(preview, plan)
    changed = replace(plan, uses=uses)
    targets = targets_of(preview, changed)
    if targets == before or not targets:
        return changed
    if len(targets) == 1:
        return replace(changed, target=target_kind(targets[0])[0])
    bits = all(column.kind == "yes/no" or (column.low == 0 and column.high == 1 and column.whole) for column in targets)
    return replace(changed, target="multi-label" if bits else "regression")
