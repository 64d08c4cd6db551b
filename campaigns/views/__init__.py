"""Thin views: parse with a form, call one service, render. A GET changes nothing; every change is a POST.

The name of a view is the name of its URL and the stem of its template.
"""
