"""Money: budgets by month, acceptances, invoices, payments that come as slowly as the customer is."""

from __future__ import annotations

from datetime import date, timedelta

from sandbox.customers import Customer
from sandbox.projects import Project
from sandbox.reference import Staff
from sandbox.sales import Order
from sandbox.world import World, days

_COSTS = {"material": 0.52, "labour": 0.20, "subcontract": 0.12, "freight": 0.05, "overhead": 0.11}
#: Invoiced at which milestone, with which share of the contract.
_INSTALMENTS = (
    ("CONTRACT", "prepayment", 0.30),
    ("DELIVERY", "invoice", 0.40),
    ("ACCEPTANCE", "invoice", 0.25),
)


def write_finance(world: World, projects: list[Project], orders: list[Order], staff: Staff) -> None:
    """Write budgets, acceptances, invoices and payments."""
    for project in projects:
        _budget(world, project, staff)
        if not project.is_cancelled:
            _project_invoices(world, project)
    for order in orders:
        if order.project is None and world.has_come(order.delivered_on):
            invoice_id = f"INV-{order.order_id}"
            _invoice(
                world, invoice_id, order.customer, order.delivered_on, order.amount, order_id=order.order_id
            )


def _budget(world: World, project: Project, staff: Staff) -> None:
    """Spread the frozen budget over the months of the plan."""
    if not world.has_come(project.signed_on):
        return
    last = project.last("ACCEPTANCE").planned_finish
    months = []
    day = project.initiated_on.replace(day=1)
    while day <= last:
        months.append(day)
        day = (day + timedelta(days=32)).replace(day=1)
    months = months[1:-1] or months
    for cost, share in _COSTS.items():
        for month in months:
            world.add(
                "erp__budgets",
                project_id=project.project_id,
                cost_code=cost,
                period_on=month,
                version_no=0,
                budget_amount=round(project.budget * share / len(months), 2),
                currency_code="CNY",
                approved_on=project.signed_on,
                approved_by=staff.by_role["finance"][0],
            )


def _project_invoices(world: World, project: Project) -> None:
    for phase, kind, share in _INSTALMENTS:
        day = project.finish_of(phase)
        if not world.has_come(day):
            continue
        amount = round(project.amount * share, 2)
        acceptance = None
        if kind == "invoice":
            acceptance = f"AC-{project.code}-{phase[:3]}"
            _acceptance(world, project, acceptance, phase, amount, day)
        _invoice(
            world,
            f"INV-{project.project_id}-{phase[:3]}",
            project.customer,
            day,
            amount,
            project_id=project.project_id,
            contract_id=project.contract_id,
            acceptance_id=acceptance,
            kind_code=kind,
        )


def _acceptance(
    world: World, project: Project, acceptance_id: str, phase: str, amount: float, day: date
) -> None:
    dice = world.dice("acceptance", acceptance_id)
    world.add(
        "erp__acceptances",
        acceptance_id=acceptance_id,
        project_id=project.project_id,
        milestone_id=project.last(phase).milestone_id,
        contract_id=project.contract_id,
        kind_code="final" if phase == "ACCEPTANCE" else "delivery",
        accepted_on=day,
        accepted_amount=amount,
        currency_code="CNY",
        is_conditional=bool(dice.random() < 0.15),
    )


def _invoice(
    world: World, invoice_id: str, customer: Customer, day: date, amount: float, **more: str | None
) -> None:
    dice = world.dice("invoice", invoice_id)
    due = day + days(customer.credit_days)
    paid = due + days(customer.pay_delay_days * float(dice.uniform(0.5, 1.6)) - 5)
    parts = [(paid, amount)]
    if amount > 500_000 and dice.random() < 0.4:
        first = round(amount * 0.6, 2)
        parts = [(paid, first), (paid + days(20), round(amount - first, 2))]
    seen = [(when, part) for when, part in parts if world.has_come(when)]
    world.add(
        "erp__invoices",
        **({"kind_code": "invoice"} | more),
        invoice_id=invoice_id,
        customer_id=customer.customer_id,
        issued_on=day,
        due_on=due,
        invoice_amount=amount,
        tax_amount=round(amount / 1.13 * 0.13, 2),
        currency_code="CNY",
        status_code="paid" if len(seen) == len(parts) else "part_paid" if seen else "open",
    )
    for number, (when, part) in enumerate(seen, start=1):
        world.add(
            "erp__payments",
            payment_id=f"{invoice_id}-P{number}",
            invoice_id=invoice_id,
            customer_id=customer.customer_id,
            project_id=more.get("project_id"),
            paid_on=when,
            paid_amount=part,
            currency_code="CNY",
            method_code="acceptance_draft" if amount > 1_000_000 and dice.random() < 0.3 else "transfer",
            reference_text=invoice_id,
        )
