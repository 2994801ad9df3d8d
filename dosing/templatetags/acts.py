"""What every form of an act at the bedside carries, so that it is done once."""

from __future__ import annotations

from uuid import uuid4

from django import template
from django.template import Context
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()


@register.simple_tag(takes_context=True)
def once(context: Context) -> SafeString:
    """The key of this very form, and for whom it was drawn: ``{% once %}`` inside it. See ``views/acting_once``."""
    person = context["request"].user.pk
    return format_html(
        '<input type="hidden" name="idempotency_key" value="{}" /><input type="hidden" name="person" value="{}" />',
        uuid4(),
        person,
    )
