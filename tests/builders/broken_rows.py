"""One thing wrong in the rows, for every reason of the guard: what an attacker, or a mistake, could bring about by SQL.

Statements run as the application role. Parameters: ``infusion`` (its id), ``at`` (the instant of the start), ``unit``
``subject`` and ``study`` of the infusion, ``site_day`` of the instant, and the values of the scene.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Break:
    """``infusion`` names one of the scene; ``row`` are values that the starting row brings itself."""

    code: str
    statements: tuple[str, ...] = ()
    infusion: str = "first"
    row: dict[str, object] = field(default_factory=dict)
    name: str = ""

    @property
    def id(self) -> str:
        return f"{self.code}-{self.name}" if self.name else self.code


@dataclass(frozen=True, slots=True)
class Bound:
    """A break with a value: with ``on`` the reason does not stand, with ``past`` it does."""

    broken: Break
    on: str
    past: str


def check(assignment: str) -> str:
    return f"UPDATE dosing_predosecheck SET {assignment} WHERE infusion_id = %(infusion)s"


def unit(assignment: str) -> str:
    return f"UPDATE dosing_productunit SET {assignment} WHERE id = %(unit)s"


def lot(assignment: str) -> str:
    mine = "(SELECT lot_id FROM dosing_productunit WHERE id = %(unit)s)"
    return f"UPDATE dosing_productlot SET {assignment} WHERE id = {mine}"


def subject(assignment: str) -> str:
    return f"UPDATE enrollment_subject SET {assignment} WHERE id = %(subject)s"


def consent(assignment: str) -> str:
    return f"UPDATE enrollment_informedconsent SET {assignment} WHERE subject_id = %(subject)s"


def screening(assignment: str) -> str:
    return f"UPDATE enrollment_screening SET {assignment} WHERE subject_id = %(subject)s"


def delegation(person: str, assignment: str) -> str:
    return f"UPDATE trial_delegation SET {assignment} WHERE user_id = %({person})s"


COHORT = (
    "(SELECT s.cohort_id FROM trial_slot s JOIN enrollment_allocation a ON a.slot_id = s.id"
    " WHERE a.subject_id = %(subject)s)"
)


def hold(scope: str, placed_at: str = "%(at)s") -> str:
    cohort = COHORT if scope == "cohort" else "NULL"
    code = "(SELECT code FROM enrollment_subject WHERE id = %(subject)s)" if scope == "subject" else "''"
    return (
        "INSERT INTO trial_dosinghold (study_id, cohort_id, subject_code, kind, reason, cause, placed_at, placed_by_id,"
        f" lift_signatures) VALUES (%(study)s, {cohort}, {code}, 'MANUAL', 'A test', '', {placed_at}, %(investigator)s,"
        " '{}')"
    )


def clearance(assignment: str) -> str:
    return f"UPDATE trial_cohortclearance SET {assignment} WHERE cohort_id = {COHORT}"


def consent_version(approved_on: str) -> str:
    return (
        "INSERT INTO enrollment_consentversion"
        " (site_id, label, language, approved_on, reconsent_required, approval_reference)"
        f" SELECT site_id, '2.0', 'en', {approved_on}, true, 'REC-2' FROM enrollment_subject WHERE id = %(subject)s"
    )


def failed_test() -> str:
    return (
        "INSERT INTO dosing_releasetest (lot_id, code, result, tested_on, recorded_at, recorded_by_id)"
        " SELECT lot_id, 'STERILITY', 'positive', %(site_day)s, %(at)s, %(pharmacist)s"
        " FROM dosing_productunit WHERE id = %(unit)s"
    )


def quarantine() -> str:
    """Undecided; what became of the unit itself is another row."""
    return (
        "INSERT INTO dosing_quarantine (unit_id, reason, state_before, began_at, began_by_id, decision, rationale)"
        " VALUES (%(unit)s, 'A warm box', 'ISSUED', %(at)s, %(pharmacist)s, '', '')"
    )


def pending_snapshot() -> str:
    return (
        "INSERT INTO enrollment_eligibilitysnapshot (screening_id, protocol_version_id, facts_sha256, overall, content,"
        " content_sha256, evaluated_at, signature_id) SELECT c.id, u.protocol_version_id, c.facts_sha256, 'pending',"
        " s.content, s.content_sha256, %(at)s, s.id FROM enrollment_screening c"
        " JOIN enrollment_subject u ON u.id = c.subject_id, trial_electronicsignature s"
        " WHERE c.subject_id = %(subject)s AND s.id = %(pending_snapshot)s"
        " AND c.attempt = (SELECT max(attempt) FROM enrollment_screening WHERE subject_id = %(subject)s)"
    )


NEW_SCREENING = (
    "INSERT INTO enrollment_screening"
    " (study_id, number, subject_id, attempt, rescreened_because, facts, facts_sha256, started_at, failure_codes)"
    " SELECT study_id, 9000, subject_id, 2, 'Again', facts, '', %(at)s, '[]'"
    " FROM enrollment_screening WHERE subject_id = %(subject)s"
)
LOSS = (
    "INSERT INTO followup_losstofollowup (subject_id, lost_on, attempts, recorded_at, recorded_by_id, found_reason)"
    " VALUES (%(subject)s, %(site_day)s, 'Called three times', %(at)s, %(nurse)s, '')"
)
VACATED = "UPDATE enrollment_allocation SET vacated_at = {}, vacated_reason = 'Left' WHERE subject_id = %(subject)s"
NO_IDENTITY = "UPDATE dosing_infusion SET identity_signature_id = NULL WHERE id = %(infusion)s"
INACTIVE = "UPDATE trial_user SET is_active = false WHERE id = %({})s"

BREAKS = (
    Break("DOS-STUDY-HOLD", (hold("study"),)),
    Break("DOS-COHORT-HOLD", (hold("cohort"),)),
    Break("DOS-SUBJECT-HOLD", (hold("subject"),)),
    Break("DOS-SLOT", (VACATED.format("%(at)s"),)),
    Break("DOS-COHORT-REVOKED", (clearance("revoked_at = %(at)s, revoked_reason = 'An event'"),)),
    Break("DOS-DIED", (subject("died_at = %(at)s"),)),
    Break("DOS-WITHDRAWN", (subject("withdrawn_on = %(site_day)s"),)),
    Break("DOS-LOST", (LOSS, subject("lost_on = %(site_day)s"))),
    Break("DOS-CONSENT", (consent("withdrawn_at = %(at)s, withdrawal_scope = 'TREATMENT'"),), name="withdrawn"),
    Break("DOS-CONSENT", (consent("status = 'REFUSED'"),), name="refused"),
    Break("DOS-RECONSENT", (consent_version("%(site_day)s"),)),
    Break("DOS-ELIGIBILITY-UNSIGNED", (NEW_SCREENING,)),
    Break("DOS-ELIGIBILITY-BROKEN", (screening("""facts = facts || '{"weight_kg": "70"}'"""),)),
    Break("DOS-ELIGIBILITY-VERDICT", (pending_snapshot(),)),
    Break("DOS-NUMBER", row={"number": 2}),
    Break("DOS-SEQUENCE", infusion="sequel", name="running"),
    Break("DOS-SEQUENCE", row={"number": 3}, infusion="second", name="skipped"),
    Break("DOS-SENTINEL", infusion="close"),
    Break("DOS-STAGGER", infusion="close"),
    Break("DOS-INTERVAL", infusion="early"),
    Break("DOS-INTERVAL-REASON", row={"interval_reason": ""}, infusion="second", name="none"),
    Break("DOS-INTERVAL-REASON", row={"interval_reason": "  "}, infusion="second", name="blank"),
    Break("DOS-WEIGHT", (check("weight_kg = NULL, weight_measured_at = NULL"),)),
    Break("DOS-PREGNANCY", (check("pregnancy_result = ''"),), name="none"),
    Break("DOS-PREGNANCY", (check("pregnancy_result = 'positive', pregnancy_collected_at = %(at)s"),), name="positive"),
    Break("DOS-PREGNANCY", (check("pregnancy_result = 'invalid', pregnancy_collected_at = %(at)s"),), name="invalid"),
    Break(
        "DOS-PREGNANCY",
        (screening("""facts = facts || '{"sex": "F", "childbearing_potential": true}'"""),),
        name="possible",
    ),
    Break("DOS-PREGNANCY", (screening("""facts = facts || '{"sex": "F"}'"""),), name="unknown"),
    Break(
        "DOS-PREGNANCY",
        (screening("""facts = facts || '{"sex": "F", "childbearing_potential": "false"}'"""),),
        name="a word is no answer",
    ),
    Break("DOS-LABORATORY", (check("laboratory_acceptable = NULL"),), name="not judged"),
    Break("DOS-LABORATORY", (check("laboratory_acceptable = false"),), name="not acceptable"),
    Break("DOS-LABORATORY", (check("laboratory_collected_at = NULL"),), name="none"),
    Break("DOS-SIGNOFF", (check("signoff_signature_id = NULL"),), infusion="second", name="none"),
    Break(
        "DOS-SIGNOFF", (check("signoff_signature_id = %(signed_off_elsewhere)s"),), infusion="second", name="another's"
    ),
    Break(
        "DOS-SIGNOFF", (check("signoff_signature_id = %(signed_off_too_soon)s"),), infusion="second", name="too soon"
    ),
    Break("DOS-PRODUCT-MISSING", row={"unit_id": None}),
    Break("DOS-PRODUCT-UNRELEASED", (lot("state = 'QUARANTINED'"),), name="withdrawn"),
    Break("DOS-PRODUCT-UNRELEASED", (lot("state = 'REJECTED', rejected_reason = 'Leaking'"),), name="rejected"),
    Break("DOS-PRODUCT-TEST", (failed_test(),)),
    Break("DOS-PRODUCT-EXPIRED", (unit("thawed_at = NULL, use_by_at = NULL"),), name="not thawed"),
    Break("DOS-PRODUCT-ASSIGNED", (unit("assigned_infusion_number = 2"),), name="infusion"),
    Break(
        "DOS-PRODUCT-ASSIGNED",
        (unit("assigned_subject_id = (SELECT min(id) FROM enrollment_subject)"),),
        name="subject",
    ),
    Break(
        "DOS-PRODUCT-ASSIGNED", (unit("assigned_subject_id = NULL, assigned_infusion_number = NULL"),), name="nobody"
    ),
    Break("DOS-PRODUCT-ASSIGNED", row={"unit_id": "spare_unit"}, name="another unit"),
    Break("DOS-PRODUCT-QUARANTINED", (quarantine(),), name="undecided"),
    Break("DOS-PRODUCT-QUARANTINED", (quarantine(), unit("state = 'QUARANTINED'")), name="set aside"),
    Break("DOS-PRODUCT-NOT-ISSUED", (unit("state = 'ASSIGNED'"),), name="assigned"),
    Break("DOS-PRODUCT-NOT-ISSUED", (unit("state = 'DESTROYED'"),), name="destroyed"),
    Break("DOS-PRODUCT-NOT-ISSUED", (unit("issued_at = NULL"),), name="no time"),
    Break("DOS-PRODUCT-VIABILITY", (unit("viability = NULL"),)),
    Break("DOS-DOSE-TOLERANCE", (check("weight_kg = 50.0"),), row={"dose_model": "BAG"}, name="too much"),
    Break("DOS-DOSE-TOLERANCE", (check("weight_kg = 90.0"),), row={"dose_model": "BAG"}, name="too little"),
    Break("DOS-VOLUME", (check("weight_kg = 90.0"),)),
    Break("DOS-DECISION-UNREAD", row={"performed_by_id": "investigator"}, infusion="second"),
    Break("DOS-IDENTITY-FIRST", row={"first_identity_signature_id": None}, name="nobody"),
    Break("DOS-IDENTITY-FIRST", row={"first_identity_signature_id": "signed_off_elsewhere"}, name="another meaning"),
    Break("DOS-IDENTITY-FIRST", row={"unit_id": "spare_unit"}, name="another unit"),
    Break("DOS-IDENTITY-FIRST", row={"performed_by_id": "investigator"}, name="another person"),
    Break("DOS-PERFORMER", row={"performed_by_id": None}, name="nobody"),
    Break("DOS-PERFORMER", row={"performed_by_id": "coordinator"}, name="not delegated"),
    Break("DOS-PERFORMER", (delegation("nurse", "revoked_on = %(site_day)s"),), name="revoked"),
    Break("DOS-PERFORMER", (INACTIVE.format("nurse"),), name="inactive"),
    Break("DOS-VERIFIER", row={"identity_signature_id": None}, name="nobody"),
    Break("DOS-VERIFIER", row={"identity_signature_id": "signed_off_elsewhere"}, name="another meaning"),
    Break("DOS-VERIFIER", row={"unit_id": "spare_unit"}, name="another unit"),
    Break("DOS-PEOPLE-SAME", row={"performed_by_id": "nurse2"}),
    Break("DOS-VERIFIER-DELEGATION", (delegation("nurse2", "revoked_on = %(site_day)s"),), name="revoked"),
    Break("DOS-VERIFIER-DELEGATION", (INACTIVE.format("nurse2"),), name="inactive"),
)

_SECOND = "interval '1 second'"
_VALUE = "{value}"


_BAG: dict[str, object] = {"dose_model": "BAG"}


def bound(
    code: str,
    statement: str,
    *,
    on: str,
    past: str,
    infusion: str = "first",
    name: str = "",
    row: dict[str, object] | None = None,
    weight_kg: str | None = None,
) -> Bound:
    statements = (statement,) if weight_kg is None else (statement, check(f"weight_kg = {weight_kg}"))
    return Bound(Break(code, statements, infusion=infusion, name=name, row=row or {}), on=on, past=past)


def fresh(code: str, assignment: str, hours: int, *, infusion: str = "first") -> tuple[Bound, Bound]:
    """A fact of the day: at most so many hours old, the last instant included, and not in the future."""
    oldest = f"%(at)s - interval '{hours} hours'"
    return (
        bound(code, check(assignment), on=oldest, past=f"{oldest} - {_SECOND}", infusion=infusion, name=f"{hours} h"),
        bound(code, check(assignment), on="%(at)s", past=f"%(at)s + {_SECOND}", infusion=infusion, name="future"),
    )


def until(code: str, statement: str, *, name: str = "") -> Bound:
    """In force until an instant: at that instant no longer."""
    return bound(code, statement, on=f"%(at)s + {_SECOND}", past="%(at)s", name=name)


def since(code: str, statement: str, *, name: str = "") -> Bound:
    """In force from an instant on: at that instant already."""
    return bound(code, statement, on="%(at)s", past=f"%(at)s + {_SECOND}", name=name)


BOUNDS = (
    until("DOS-STUDY-HOLD", hold("study", _VALUE)),
    until("DOS-COHORT-HOLD", hold("cohort", _VALUE)),
    until("DOS-SUBJECT-HOLD", hold("subject", _VALUE)),
    until("DOS-SLOT", VACATED.format(_VALUE)),
    until("DOS-COHORT-REVOKED", clearance("revoked_at = {value}, revoked_reason = 'An event'")),
    until("DOS-DIED", subject("died_at = {value}")),
    bound("DOS-WITHDRAWN", subject("withdrawn_on = {value}"), on="%(site_day)s::date + 1", past="%(site_day)s::date"),
    until("DOS-CONSENT", consent("withdrawn_at = {value}, withdrawal_scope = 'ALL'"), name="withdrawn"),
    since("DOS-CONSENT", consent("given_at = {value}"), name="given"),
    bound("DOS-RECONSENT", consent_version("{value}"), on="%(site_day)s::date + 1", past="%(site_day)s::date"),
    *fresh("DOS-WEIGHT", "weight_measured_at = {value}", 24),
    *fresh("DOS-PREGNANCY", "pregnancy_result = 'negative', pregnancy_collected_at = {value}", 72),
    *fresh("DOS-LABORATORY", "laboratory_collected_at = {value}", 168),
    *fresh("DOS-LABORATORY", "laboratory_collected_at = {value}", 72, infusion="second"),
    until("DOS-PRODUCT-EXPIRED", unit("use_by_at = {value}")),
    since("DOS-PRODUCT-NOT-ISSUED", unit("issued_at = {value}")),
    # Viability as low as that needs a light person, or the unit would hold too little.
    bound("DOS-PRODUCT-VIABILITY", unit("viability = {value}"), on="0.7000", past="0.6999", weight_kg="50.0"),
    bound("DOS-DOSE-TOLERANCE", check("weight_kg = {value}"), on="60.0", past="59.9", row=_BAG, name="110 percent"),
    bound("DOS-DOSE-TOLERANCE", check("weight_kg = {value}"), on="73.3", past="73.4", row=_BAG, name="90 percent"),
    bound("DOS-VOLUME", check("weight_kg = {value}"), on="66.4", past="66.5"),
    bound(
        "DOS-PERFORMER",
        delegation("nurse", "revoked_on = {value}"),
        on="%(site_day)s::date + 1",
        past="%(site_day)s::date",
    ),
    bound(
        "DOS-VERIFIER-DELEGATION",
        delegation("nurse2", "revoked_on = {value}"),
        on="%(site_day)s::date + 1",
        past="%(site_day)s::date",
    ),
)
