"""Tokens for XOAUTH2: by client credentials (RFC 6749 4.4) or a refresh token (6)."""

import time

import httpx2

from channels.email.imap_settings import ImapMailbox
from contactcenter.errors import Misconfigured, Unavailable

MARGIN = 120.0
"""Seconds before its end from which on a token is fetched anew."""
ANSWER_SECONDS = 20.0
LONGEST_ANSWER = 1 << 16


class Token:
    """One mailbox's token."""

    def __init__(self, settings: ImapMailbox) -> None:
        self._settings = settings
        self._token, self._until = "", 0.0

    async def fresh(self) -> str:
        """A token that is good for some minutes. Raises Unavailable, Misconfigured when it is refused."""
        if time.monotonic() > self._until - MARGIN:
            await self._fetch()
        return self._token

    async def _fetch(self) -> None:
        try:
            async with httpx2.AsyncClient(timeout=ANSWER_SECONDS, follow_redirects=False) as client:
                answer = await client.post(self._settings.token_url, data=self._asked())
        except httpx2.HTTPError as error:
            raise Unavailable("imap_token", f"no token for the mailbox ({type(error).__name__})") from error
        if answer.status_code in (400, 401, 403):
            raise Misconfigured("imap_token", "a token for the mailbox is refused: look at client_id and its rights")
        try:
            told = answer.json() if answer.is_success and len(answer.content) < LONGEST_ANSWER else {}
            self._token = str(told["access_token"])
            self._until = time.monotonic() + float(told.get("expires_in", 0))
        except (ValueError, KeyError, TypeError) as error:
            raise Unavailable("imap_token", "the token's answer is not understood") from error

    def _asked(self) -> dict[str, str]:
        settings = self._settings
        asked = {"client_id": settings.client_id, "client_secret": settings.client_secret.get_secret_value()}
        if settings.scope:
            asked["scope"] = settings.scope
        if refresh := settings.refresh_token.get_secret_value():
            return asked | {"grant_type": "refresh_token", "refresh_token": refresh}
        return asked | {"grant_type": "client_credentials"}
