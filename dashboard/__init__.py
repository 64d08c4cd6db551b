"""Puts Callboard together: settings, Celery, addresses, the overview, health, and the supervisor.

The only package that knows all the others; nothing imports it. Words about CallFire belong in
``campaigns``, words of the protocol in ``callfire_api``.
"""

from dashboard.celery import app as celery_app

__all__ = ["celery_app"]
