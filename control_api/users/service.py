"""Rules of user accounts."""

import asyncpg

from control_api.db.pool import Connection, Database
from control_api.errors import ApiError, ErrorKind, FieldError
from control_api.identity import UserId
from control_api.users import queries
from control_api.users.models import Credentials, NewUser, User


class EmailTaken(FieldError):
    field = "email"
    code = "EMAIL_TAKEN"
    kind = ErrorKind.CONFLICT
    message = "There is already an account with this email address."


class UsernameTaken(FieldError):
    field = "username"
    code = "USERNAME_TAKEN"
    kind = ErrorKind.CONFLICT
    message = "This username is taken."


class UserNotFound(ApiError):
    code = "USER_NOT_FOUND"
    kind = ErrorKind.NOT_FOUND
    message = "There is no such user."


class UserService:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def create(self, user: NewUser) -> User:
        """Raises EmailTaken, UsernameTaken."""
        try:
            async with self._database.transaction() as transaction:
                return await queries.insert_user(transaction, user)
        except asyncpg.UniqueViolationError as error:
            raise (UsernameTaken if error.constraint_name == queries.USERNAME_KEY else EmailTaken) from None

    async def get(self, user_id: UserId) -> User:
        """Raises UserNotFound."""
        async with self._database.connection() as connection:
            user = await queries.find_user(connection, user_id)
        if user is None:
            raise UserNotFound
        return user

    async def find_credentials(self, email: str) -> Credentials | None:
        async with self._database.connection() as connection:
            return await queries.find_credentials(connection, email)

    async def record_login(self, transaction: Connection, user_id: UserId) -> None:
        await queries.record_login(transaction, user_id)
