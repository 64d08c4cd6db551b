"""The Django application of the product."""

from __future__ import annotations

from importlib import import_module

from django.apps import AppConfig


class CampaignsConfig(AppConfig):
    """Callboard's own tables, and the listeners that write down who signs in and out."""

    name = "campaigns"
    verbose_name = "Callboard"

    def ready(self) -> None:
        """Connect the listeners; they need the models, which exist only now."""
        import_module("campaigns.listeners")
