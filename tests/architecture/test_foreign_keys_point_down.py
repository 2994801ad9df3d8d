"""A table refers to tables of its own app or of an app below it, never upwards: apps form one line."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.db import models

LINE = ("trial", "enrollment", "dosing", "followup", "safety", "reports", "config")
MODELS = [model for label in LINE for model in apps.get_app_config(label).get_models()]


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_foreign_keys_point_down(model: type[models.Model]) -> None:
    for field in model._meta.local_fields:
        if isinstance(field, models.ForeignKey):
            target = field.related_model._meta.app_label
            assert LINE.index(target) <= LINE.index(model._meta.app_label), f"{field} points up to {target}"


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_nothing_is_deleted_along_with_something_else(model: type[models.Model]) -> None:
    for field in model._meta.local_fields:
        if isinstance(field, models.ForeignKey):
            assert field.remote_field.on_delete is models.PROTECT, field
