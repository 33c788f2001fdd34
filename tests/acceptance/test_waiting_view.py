"""The supervisor sees how true the announcements of the wait came."""

from datetime import timedelta

from playwright.async_api import Page, expect
from sqlmodel import Session

from contactcenter.clock import utc_now
from contactcenter.model import Case
from contactcenter.waiting.model import WaitAnnouncement
from tests.acceptance.desk import Desk
from tests.integration import consoles


def told(session: Session, case_id: int) -> None:
    """Ten ranges of 2 to 4 minutes, of which eight came true; two were only told their place."""
    queue = session.get_one(Case, case_id).queue_id
    for number in range(12):
        session.add(
            WaitAnnouncement(
                case_id=case_id, queue_id=queue, at=utc_now() - timedelta(minutes=30), place=3, agents=4, expected=180,
                said_place=3, said_low=2 if number < 10 else None, said_high=4 if number < 10 else None,
                true_seconds=400.0 if number < 2 else 190.0,
            )
        )  # fmt: skip


async def test_how_true_the_wait_was_told_is_seen(still: consoles.Site, page: Page) -> None:
    received = await still.mail(subject="Fråga")
    await still.store.run(told, received.case_id)
    await Desk(page).sign_in(still.url, "siv")
    await page.goto(f"{still.url}/#/history")
    view = page.get_by_role("region", name="Vad de som väntar får höra")
    row = view.get_by_role("row").nth(1)
    await expect(row).to_contain_text("8/10")
