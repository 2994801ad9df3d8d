"""How the OpenAPI document is made of the views."""

from __future__ import annotations

from typing import Any

from drf_spectacular.openapi import AutoSchema

from trial.edge.api_parameters import declared_parameters


class DeclaredSchema(AutoSchema):
    """A view with the query parameters that it declares: the document and what a request may carry are one."""

    def get_override_parameters(self) -> list[Any]:
        return [*super().get_override_parameters(), *declared_parameters(self.view, self.method)]
