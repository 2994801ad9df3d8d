"""The delegation log: the principal investigator delegates tasks to a person for a time, by signature."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from trial.models import Delegation, Site, Study, User
from trial.permissions import Permission, require
from trial.rules.roles import DelegatedTask
from trial.rules.states import Meaning
from trial.services.regulated import regulated
from trial.services.signatures import Proof, content_hash, sign


@dataclass(frozen=True, slots=True)
class DelegationTerms:
    """What is delegated. Days are site-local, bounds inclusive; ``valid_until`` None: until revoked."""

    user: User
    tasks: Sequence[DelegatedTask]
    valid_from: date
    valid_until: date | None
    training_valid_until: date
    site: Site | None = None

    def content(self) -> dict[str, Any]:
        return {
            "type": "delegation",
            "user": self.user.pk,
            "username": self.user.username,
            "site": self.site.pk if self.site else None,
            "tasks": sorted(task.value for task in self.tasks),
            "valid_from": self.valid_from,
            "valid_until": self.valid_until,
            "training_valid_until": self.training_valid_until,
        }

    def sha256(self) -> str:
        return content_hash(self.content())


def delegate(*, study: Study, terms: DelegationTerms, proof: Proof, at: datetime) -> Delegation:
    """Sign a line of the delegation log. Raises ``NotPermitted`` unless the signer is the principal investigator.

    Source: ICH E6(R3) Annex 1 2.3.3 (delegation log).
    """
    with regulated(by=proof.user, act="delegations.delegate"):
        role = require(proof.user, Permission.DELEGATION_SIGN, study=study, at=at, site=terms.site)
        signature = sign(
            proof=proof,
            study=study,
            role=role,
            meaning=Meaning.DELEGATION,
            content=terms.content(),
            seen_sha256=terms.sha256(),
            at=at,
        )
        return Delegation.objects.create(
            user=terms.user,
            study=study,
            site=terms.site,
            tasks=sorted(task.value for task in terms.tasks),
            valid_from=terms.valid_from,
            valid_until=terms.valid_until,
            training_valid_until=terms.training_valid_until,
            signature=signature,
        )


def revoke(*, delegation: Delegation, revoked_on: date, by: User, at: datetime, reason: str) -> Delegation:
    """End a delegation from a day on. It stays in the log."""
    with regulated(by=by, act="delegations.revoke", reason=reason):
        require(by, Permission.DELEGATION_SIGN, study=delegation.study, at=at, site=delegation.site)
        delegation.revoked_on = revoked_on
        delegation.save(update_fields=["revoked_on"])
        return delegation
