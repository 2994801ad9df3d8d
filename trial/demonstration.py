"""What every demonstration has in common: its accounts and its one documented password.

A start with ``DEMO=0`` refuses these accounts: they do not exist in a real deployment.
"""

from __future__ import annotations

from dataclasses import dataclass

from trial.rules.roles import DelegatedTask, Role

PASSWORD = "stepwise-demo-2026"  # noqa: S105  (documented on purpose, for demonstrations only)


@dataclass(frozen=True, slots=True)
class Account:
    username: str
    printed_name: str
    role: Role
    tasks: tuple[DelegatedTask, ...] = ()


_T = DelegatedTask
_INVESTIGATOR = (
    _T.OBTAIN_CONSENT,
    _T.SCREEN,
    _T.CONFIRM_ELIGIBILITY,
    _T.ALLOCATE,
    _T.ENTER_VISITS,
    _T.RECORD_ADVERSE_EVENTS,
    _T.ASSESS_ADVERSE_EVENTS,
    _T.ADMINISTER_INFUSION,
    _T.VERIFY_INFUSION,
)
_NURSE = (_T.ADMINISTER_INFUSION, _T.VERIFY_INFUSION, _T.ENTER_VISITS, _T.RECORD_ADVERSE_EVENTS)
_PHARMACIST = (_T.HANDLE_PRODUCT, _T.VERIFY_INFUSION)

ACCOUNTS: tuple[Account, ...] = (
    Account(
        "coordinator",
        "Chen Yi-Ting",
        Role.COORDINATOR,
        (_T.OBTAIN_CONSENT, _T.SCREEN, _T.ALLOCATE, _T.ENTER_VISITS, _T.RECORD_ADVERSE_EVENTS),
    ),
    Account("investigator", "Dr Lin Chih-Wei", Role.PRINCIPAL_INVESTIGATOR, (*_INVESTIGATOR, _T.REVIEW_GATE)),
    Account("subinvestigator", "Dr Wang Mei-Hui", Role.SUBINVESTIGATOR, _INVESTIGATOR),
    Account("pharmacist", "Huang Po-Han", Role.PHARMACIST, _PHARMACIST),
    Account("pharmacist2", "Liao Shu-Fen", Role.PHARMACIST, _PHARMACIST),
    Account("qualityassurance", "Tsai Ming-Jui", Role.QUALITY_ASSURANCE, (_T.RELEASE_PRODUCT,)),
    Account("nurse", "Wu Hsin-Yi", Role.NURSE, _NURSE),
    Account("nurse2", "Chang Ya-Wen", Role.NURSE, _NURSE),
    Account("socialworker", "Hsu Li-Chun", Role.SOCIAL_WORKER, (_T.SCREEN,)),
    Account("monitor", "Kuo Chia-Hao", Role.MONITOR),
    Account("datamanager", "Yang Pei-Shan", Role.DATA_MANAGER),
    Account("medicalmonitor", "Dr Cheng Kuo-Liang", Role.MEDICAL_MONITOR, (_T.REVIEW_GATE,)),
    Account("dsmb", "Prof. Lu Sheng-Hsiang", Role.DSMB_MEMBER, (_T.REVIEW_GATE,)),
    Account("sponsor", "Ho Wan-Ju", Role.SPONSOR),
    Account("auditor", "Su Chun-Chieh", Role.AUDITOR),
    Account("admin", "Peng Yu-Chen", Role.ADMINISTRATOR),
)
