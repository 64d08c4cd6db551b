"""Recipient files: what they are, how they are read, and which of their rows can be called.

Plain Python without Django or database: paths and values in, typed results out. Only services import it.
"""
