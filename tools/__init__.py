"""The workshop: what ``make`` calls. Nothing here is part of the product.

``bootstrap`` and ``lock`` use the standard library only: they run before anything is installed.
"""
