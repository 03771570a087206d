"""Who may call a route."""

from dataclasses import dataclass, field
from typing import ClassVar

from control_api.errors import Forbidden, Unauthenticated
from control_api.identity import Actor, Role


@dataclass(frozen=True, slots=True)
class Access:
    """`reads_token` says whether the Authorization header is looked at; when it is, it must be valid.

    `required` demands a signed-in user; `roles`, when not empty, demands one of them.
    """

    reads_token: bool
    required: bool
    roles: frozenset[Role] = field(default=frozenset())

    OPEN: ClassVar["Access"]
    OPTIONAL: ClassVar["Access"]
    SIGNED_IN: ClassVar["Access"]

    @classmethod
    def of(cls, *roles: Role) -> "Access":
        return cls(reads_token=True, required=True, roles=frozenset(roles))

    def check(self, actor: Actor | None) -> None:
        """Raises Unauthenticated or Forbidden."""
        if self.required and actor is None:
            raise Unauthenticated
        if self.roles and actor is not None and actor.role not in self.roles:
            raise Forbidden


Access.OPEN = Access(reads_token=False, required=False)
Access.OPTIONAL = Access(reads_token=True, required=False)
Access.SIGNED_IN = Access(reads_token=True, required=True)
