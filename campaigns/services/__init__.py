"""All the rules of the product, as plain functions named by noun; no Celery, no HTTP, no templates.

Writes take ``by=``. A service that needs follow-up work returns what to do; whoever called it (a view
or a task) enqueues it.
"""
