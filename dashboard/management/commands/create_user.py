"""``manage.py create_user NAME --role ROLE``: makes a person."""

from __future__ import annotations

import sys
from getpass import getpass
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError

from campaigns.models import User
from campaigns.permissions import Role
from campaigns.services import audit


class Command(BaseCommand):
    help = "Makes a person who may sign in. The password is asked for, or read from standard input."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="what the person types to sign in")
        parser.add_argument("--role", required=True, choices=Role.values, help="what the person may do")
        parser.add_argument(
            "--password-stdin",
            action="store_true",
            help="take the password from the first line of standard input",
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        person = User(username=options["name"], role=options["role"])
        try:
            person.full_clean(exclude=["password"])
            password = _first_line() if options["password_stdin"] else _asked_twice()
            validate_password(password, person)
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        except DatabaseError as error:
            raise CommandError(
                "The database does not answer or has no tables yet. Run: python manage.py migrate"
            ) from error
        person.set_password(password)
        person.save()
        sentence = f"role: {person.role}, on the command line"
        audit.note(action="add person", by=None, sentence=sentence, **audit.about(person))
        self.stdout.write(f"{person.username} may sign in now, as {Role(person.role).label.lower()}.")


def _first_line() -> str:
    password = sys.stdin.readline().rstrip("\r\n")
    if not password:
        raise CommandError("Standard input is empty. Send the password there, as its first line.")
    return password


def _asked_twice() -> str:
    if not sys.stdin.isatty():
        raise CommandError("There is no terminal to ask for the password. Send it with --password-stdin.")
    password = getpass("Password: ")
    if getpass("Once more: ") != password:
        raise CommandError("The two passwords differ. Nothing was made.")
    return password
