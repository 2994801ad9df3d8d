"""Is this the right product, and may it be infused: released, in date, viable, issued, and meant for this infusion."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from dosing.rules.guard_facts import GuardFacts, Product
from dosing.rules.states import LotState, UnitState
from trial.protocol.schema import ProductPlan
from trial.rules.decision import Reason

_SOURCE = "Protocol, product; Taiwan GCP Art. 93"


def product_reasons(facts: GuardFacts, *, plan: ProductPlan, at: datetime) -> Iterator[Reason]:
    product = facts.product
    if product is None:
        yield Reason("DOS-PRODUCT-MISSING", "No product unit is at the bedside for this infusion.", _SOURCE)
        return
    yield from _lot(product, at=at)
    yield from _unit(facts, product, at=at)
    if product.viability is None or product.viability < plan.post_thaw_viability_minimum:
        minimum = plan.post_thaw_viability_minimum * 100
        message = f"The post-thaw viability must be known and at least {minimum:.0f} %."
        yield Reason("DOS-PRODUCT-VIABILITY", message, _SOURCE)


def _lot(product: Product, *, at: datetime) -> Iterator[Reason]:
    released = product.lot_state is LotState.RELEASED and product.lot_released_at is not None
    if not released or (product.lot_released_at is not None and product.lot_released_at > at):
        yield Reason("DOS-PRODUCT-UNRELEASED", "The lot is not released by quality assurance.", _SOURCE)
    if product.failed_tests:
        message = f"A release test of the lot failed: {', '.join(product.failed_tests)}."
        yield Reason("DOS-PRODUCT-TEST", message, _SOURCE)
    no_lot_expiry = product.lot_expires_at is None or product.lot_expires_at <= at
    if no_lot_expiry or product.use_by_at is None or product.use_by_at <= at:
        message = "The product is past its expiry or use-by time, or was not thawed."
        yield Reason("DOS-PRODUCT-EXPIRED", message, _SOURCE)


def _unit(facts: GuardFacts, product: Product, *, at: datetime) -> Iterator[Reason]:
    if product.assigned_to != facts.subject or product.assigned_infusion != facts.infusion_number:
        message = "The unit is not assigned to this subject and this infusion. Check the label."
        yield Reason("DOS-PRODUCT-ASSIGNED", message, _SOURCE)
    if product.unit_state is UnitState.QUARANTINED or any(aside.covers(at) for aside in product.quarantines):
        message = "The unit is in quarantine: quality assurance has not decided that it may be used."
        yield Reason("DOS-PRODUCT-QUARANTINED", message, _SOURCE)
    if product.unit_state is not UnitState.ISSUED or product.issued_at is None or product.issued_at > at:
        yield Reason("DOS-PRODUCT-NOT-ISSUED", "The unit is not issued to the ward by the pharmacy.", _SOURCE)
