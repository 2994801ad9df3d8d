"""Roles of the study, and the tasks that the delegation log delegates.

Source: ICH E6(R3) Annex 1 (delegation), 21 CFR 11.10(g); the people of the screens page.
"""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    COORDINATOR = "coordinator"
    PRINCIPAL_INVESTIGATOR = "principal_investigator"
    SUBINVESTIGATOR = "subinvestigator"
    PHARMACIST = "pharmacist"
    QUALITY_ASSURANCE = "quality_assurance"
    NURSE = "nurse"
    SOCIAL_WORKER = "social_worker"
    MEDICAL_MONITOR = "medical_monitor"
    DSMB_MEMBER = "dsmb_member"
    MONITOR = "monitor"
    DATA_MANAGER = "data_manager"
    SPONSOR = "sponsor"
    AUDITOR = "auditor"
    ADMINISTRATOR = "administrator"


ROLE_LABELS: dict[Role, str] = {
    Role.COORDINATOR: "Study coordinator",
    Role.PRINCIPAL_INVESTIGATOR: "Principal investigator",
    Role.SUBINVESTIGATOR: "Sub-investigator",
    Role.PHARMACIST: "Cell-product pharmacist",
    Role.QUALITY_ASSURANCE: "Quality assurance",
    Role.NURSE: "Infusion nurse",
    Role.SOCIAL_WORKER: "Social worker",
    Role.MEDICAL_MONITOR: "Medical monitor",
    Role.DSMB_MEMBER: "DSMB member",
    Role.MONITOR: "Monitor (CRA)",
    Role.DATA_MANAGER: "Data manager",
    Role.SPONSOR: "Sponsor",
    Role.AUDITOR: "Auditor",
    Role.ADMINISTRATOR: "Administrator",
}


class DelegatedTask(StrEnum):
    OBTAIN_CONSENT = "obtain_consent"
    SCREEN = "screen"
    CONFIRM_ELIGIBILITY = "confirm_eligibility"
    ALLOCATE = "allocate"
    HANDLE_PRODUCT = "handle_product"
    RELEASE_PRODUCT = "release_product"
    ADMINISTER_INFUSION = "administer_infusion"
    VERIFY_INFUSION = "verify_infusion"
    ENTER_VISITS = "enter_visits"
    RECORD_ADVERSE_EVENTS = "record_adverse_events"
    ASSESS_ADVERSE_EVENTS = "assess_adverse_events"
    REVIEW_GATE = "review_gate"
    PLACE_HOLD = "place_hold"


TASK_LABELS: dict[DelegatedTask, str] = {
    DelegatedTask.OBTAIN_CONSENT: "Obtain informed consent",
    DelegatedTask.SCREEN: "Enter screening data",
    DelegatedTask.CONFIRM_ELIGIBILITY: "Confirm eligibility",
    DelegatedTask.ALLOCATE: "Allocate to a slot",
    DelegatedTask.HANDLE_PRODUCT: "Receive, assign and issue product",
    DelegatedTask.RELEASE_PRODUCT: "Release product",
    DelegatedTask.ADMINISTER_INFUSION: "Administer infusions",
    DelegatedTask.VERIFY_INFUSION: "Verify identity and product (second person)",
    DelegatedTask.ENTER_VISITS: "Enter visits",
    DelegatedTask.RECORD_ADVERSE_EVENTS: "Record adverse events",
    DelegatedTask.ASSESS_ADVERSE_EVENTS: "Assess adverse events",
    DelegatedTask.REVIEW_GATE: "Review and decide safety gates",
    DelegatedTask.PLACE_HOLD: "Place a dosing hold",
}
