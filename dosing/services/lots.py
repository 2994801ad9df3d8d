"""Product lots: receiving, release tests, release by quality assurance, rejection."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from dosing.events import ReleaseTestFailed
from dosing.models import ProductLot, ReleaseTest
from dosing.rules.reasons_given import reason_given
from dosing.rules.release import (
    TestOutcome,
    TestResult,
    judge,
    may_accept_pending,
    may_receive,
    may_record_test,
    may_reject,
    may_release,
    pending_tests,
)
from dosing.rules.states import CustodyStep, LotState
from dosing.selectors.lots import accepted_pending, lot_results
from dosing.services import custody, follow_ups, late_results
from trial.errors import require
from trial.events import publish
from trial.models import ProtocolVersion, Study, User
from trial.permissions import Permission, access_of
from trial.permissions import require as require_permission
from trial.protocol.schema import ProtocolDefinition
from trial.rules.decision import Decision
from trial.rules.states import Meaning
from trial.services.regulated import regulated
from trial.services.signatures import Proof, content_hash, sign


def receive(*, study: Study, number: str, donor_code: str, expires_at: datetime, by: User, at: datetime) -> ProductLot:
    """Book a lot in, into quarantine. The donor appears by code only. Source: Taiwan GCP Art. 93."""
    with regulated(by=by, act="lots.receive", study=study):
        require_permission(by, Permission.PRODUCT_HANDLE, study=study, at=at)
        taken = ProductLot.objects.filter(study=study, number=number).exists()
        require(may_receive(number=number, taken=taken, expires_at=expires_at, at=at))
        lot = ProductLot.objects.create(
            study=study, number=number, donor_code=donor_code, received_at=at, received_by=by, expires_at=expires_at
        )
        custody.record_lot(lot=lot, step=CustodyStep.RECEIVED, by=by, at=at)
        return lot


def record_test(
    *, lot: ProductLot, code: str, value: Decimal | None, result: str, tested_on: date, by: User, at: datetime
) -> ReleaseTest:
    """Enter the result of a release test, once: a repeat is a new lot document, not an overwritten value.

    A late result ends the waiting for it; one that fails opens a follow-up for every recipient of the lot.
    """
    with regulated(by=by, act="lots.record_test", study=lot.study):
        require_permission(by, Permission.PRODUCT_HANDLE, study=lot.study, at=at)
        criteria = {criterion.code: criterion for criterion in _definition(lot.study).product.release_criteria}
        decision = may_record_test(
            criteria.get(code),
            TestResult(value=value, result=result),
            recorded=lot.release_tests.filter(code=code).exists(),
            tested_on=tested_on,
            today=access_of(by, lot.study).day(at),
        )
        require(decision)
        test = ReleaseTest.objects.create(
            lot=lot, code=code, value=value, result=result, tested_on=tested_on, recorded_at=at, recorded_by=by
        )
        late_results.arrived(lot, code=code, at=at)
        if judge(criteria[code], TestResult(value=value, result=result)) is TestOutcome.FAILED:
            follow_ups.open_for_lot(lot=lot, finding=follow_ups.finding_of_test(criteria[code].label), at=at)
            publish(ReleaseTestFailed(lot=lot, test=test, by=by, at=at))
        return test


def release_content(lot: ProductLot) -> dict[str, Any]:
    """What quality assurance signs: the lot and every test result with its judgement."""
    results = lot_results(lot)
    return {
        "type": "product_release",
        "lot": lot.number,
        "donor": lot.donor_code,
        "expires_at": lot.expires_at,
        "tests": [
            {
                "code": criterion.code,
                "value": results[criterion.code].value if criterion.code in results else None,
                "result": results[criterion.code].result if criterion.code in results else "",
                "outcome": judge(criterion, results.get(criterion.code)).value,
            }
            for criterion in _definition(lot.study).product.release_criteria
        ],
    }


def conditional_content(lot: ProductLot) -> dict[str, Any]:
    """What is signed before a lot is released without a late result: the lot, and which results are pending."""
    pending = pending_tests(lot_results(lot), plan=_definition(lot.study).product)
    return {
        "type": "conditional_release",
        "lot": lot.number,
        "expires_at": lot.expires_at,
        "pending": sorted(criterion.code for criterion in pending),
    }


def accept_pending(*, lot: ProductLot, proof: Proof, at: datetime) -> ProductLot:
    """Sign, apart from the release, that a lot may be released although a late result is pending.

    Source: domain rule 6.3; the release follows by a signature of its own.
    """
    with regulated(by=proof.user, act="lots.accept_pending", study=lot.study):
        role = require_permission(proof.user, Permission.PRODUCT_RELEASE, study=lot.study, at=at)
        lot = ProductLot.objects.select_related("study", "conditional_signature").get(pk=lot.pk)
        require(accept_pending_decision(lot, at=at))
        content = conditional_content(lot)
        lot.conditional_signature = sign(
            proof=proof,
            study=lot.study,
            role=role,
            meaning=Meaning.CONDITIONAL_RELEASE,
            content=content,
            seen_sha256=content_hash(content),
            at=at,
        )
        lot.save(update_fields=["conditional_signature"])
        return lot


def release(*, lot: ProductLot, proof: Proof, at: datetime) -> ProductLot:
    """Release a lot by signature. The database checks signature and test results again.

    A result that is still pending is awaited from now on. Source: Protocol, product release criteria; domain rule:
    all tests pass, and quality assurance signs.
    """
    with regulated(by=proof.user, act="lots.release", study=lot.study):
        role = require_permission(proof.user, Permission.PRODUCT_RELEASE, study=lot.study, at=at)
        lot = ProductLot.objects.select_related("study", "conditional_signature").get(pk=lot.pk)
        require(release_decision(lot, at=at))
        content = release_content(lot)
        lot.release_signature = sign(
            proof=proof,
            study=lot.study,
            role=role,
            meaning=Meaning.PRODUCT_RELEASE,
            content=content,
            seen_sha256=content_hash(content),
            at=at,
        )
        lot.state = LotState.RELEASED
        lot.released_at = at
        lot.save(update_fields=["state", "released_at", "release_signature"])
        late_results.await_results(lot, plan=_definition(lot.study).product, at=at)
        return lot


def reject(*, lot: ProductLot, reason: str, by: User, at: datetime) -> ProductLot:
    """Reject a lot, released or not: from now on none of its units may be infused. Never undone."""
    with regulated(by=by, act="lots.reject", study=lot.study, reason=reason):
        require_permission(by, Permission.PRODUCT_RELEASE, study=lot.study, at=at)
        lot = ProductLot.objects.get(pk=lot.pk)
        require(may_reject(LotState(lot.state)) + reason_given(reason))
        lot.state = LotState.REJECTED
        lot.rejected_reason = reason
        lot.save(update_fields=["state", "rejected_reason"])
        return lot


def release_decision(lot: ProductLot, *, at: datetime) -> Decision:
    return may_release(
        state=LotState(lot.state),
        expires_at=lot.expires_at,
        results=lot_results(lot),
        plan=_definition(lot.study).product,
        accepted_pending=accepted_pending(lot),
        at=at,
    )


def accept_pending_decision(lot: ProductLot, *, at: datetime) -> Decision:
    return may_accept_pending(
        state=LotState(lot.state),
        expires_at=lot.expires_at,
        results=lot_results(lot),
        plan=_definition(lot.study).product,
        accepted_pending=accepted_pending(lot),
        at=at,
    )


def _definition(study: Study) -> ProtocolDefinition:
    return ProtocolVersion.objects.get(study=study, state="ACTIVE").definition
