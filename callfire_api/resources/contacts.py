"""Contact lists and the do-not-contact list: `/contacts`. Reading only."""

from collections.abc import Sequence

from callfire_api.models import ContactList, DoNotContact, UniversalDoNotContact
from callfire_api.pagination import DEFAULT_LIMIT, Page, check_limit, read_items, read_page
from callfire_api.resources.base import Resource, path_segment
from callfire_api.wire import query, read


class ContactLists(Resource):
    """Lists of contacts kept at CallFire, which can become a batch."""

    def find(
        self,
        *,
        name: str | None = None,
        exact_match: bool | None = None,
        contact_count: int | None = None,
        order_by: str | None = None,
        fields: str | None = None,
        limit: int = DEFAULT_LIMIT,
        offset: int = 0,
    ) -> Page[ContactList]:
        """One page of contact lists.

        Args:
            name: has this in its name, or is this with `exact_match`.
            exact_match: compare the whole name.
            contact_count: by how many contacts it holds; how CallFire compares is not documented.
            order_by: the property to sort by, in CallFire's words.
            fields: which properties to send, e.g. `limit,offset,totalCount,items(id,name)`.
            limit: how many, from 1 to 1000.
            offset: how many to skip.
        """
        parameters = query(
            name=name,
            exact_match=exact_match,
            contact_count=contact_count,
            order_by=order_by,
            fields=fields,
            limit=check_limit(limit),
            offset=offset,
        )
        return read_page(ContactList, self._transport.read("/contacts/lists", parameters))

    def get(self, id: int, *, fields: str | None = None) -> ContactList:
        """One contact list."""
        return read(ContactList, self._transport.read(f"/contacts/lists/{id:d}", query(fields=fields)))


class DoNotContacts(Resource):
    """Numbers that must not be called or texted."""

    def find(
        self,
        *,
        prefix: str | None = None,
        campaign_id: int | None = None,
        source: str | None = None,
        call: bool | None = None,
        text: bool | None = None,
        inbound_call: bool | None = None,
        inbound_text: bool | None = None,
        numbers: Sequence[str] = (),
        fields: str | None = None,
        limit: int = DEFAULT_LIMIT,
        offset: int = 0,
    ) -> Page[DoNotContact]:
        """One page of the account's list.

        Args:
            prefix: the number begins with these digits.
            campaign_id: it was added by this broadcast.
            source: where it was added from.
            call: calls to it are blocked, or are not.
            text: texts to it are blocked, or are not.
            inbound_call: calls from it are blocked, or are not.
            inbound_text: texts from it are blocked, or are not.
            numbers: these numbers, 11 digits each.
            fields: which properties to send, e.g. `limit,offset,totalCount,items(number,call)`.
            limit: how many, from 1 to 1000.
            offset: how many to skip.
        """
        parameters = query(
            prefix=prefix,
            campaign_id=campaign_id,
            source=source,
            call=call,
            text=text,
            inbound_call=inbound_call,
            inbound_text=inbound_text,
            number=list(numbers),
            fields=fields,
            limit=check_limit(limit),
            offset=offset,
        )
        return read_page(DoNotContact, self._transport.read("/contacts/dncs", parameters))

    def get(self, number: str) -> DoNotContact:
        """One number. Off the list again, it answers `call` and `text` False (SDK's tests)."""
        return read(DoNotContact, self._transport.read(f"/contacts/dncs/{path_segment(number)}"))

    def universals(
        self, to_number: str, *, from_number: str | None = None, fields: str | None = None
    ) -> list[UniversalDoNotContact]:
        """What CallFire as a whole keeps from `to_number`, from one caller or from any."""
        path = f"/contacts/dncs/universals/{path_segment(to_number)}"
        answer = self._transport.read(path, query(from_number=from_number, fields=fields))
        return list(read_items(UniversalDoNotContact, answer))
