"""An agent at the keyboard. No mouse: everything is a key, as the help sheet has it."""

from playwright.async_api import Locator, Page, expect

from tests.acceptance.installation import PASSWORD


class Desk:
    """What an agent does and sees."""

    def __init__(self, page: Page) -> None:
        self.page = page

    async def sign_in(self, url: str, login: str) -> None:
        await self.page.goto(url)
        await self.see("login").focus()
        await self.page.keyboard.type(login)
        await self.page.keyboard.press("Tab")
        await self.page.keyboard.type(PASSWORD)
        await self.page.keyboard.press("Enter")
        await expect(self.see("queue")).to_be_visible()

    def see(self, name: str) -> Locator:
        return self.page.get_by_test_id(name)

    async def press(self, *keys: str) -> None:
        for key in keys:
            await self.page.keyboard.press(key)

    async def write(self, text: str) -> None:
        await self.page.keyboard.type(text)

    async def become_available(self) -> None:
        await self.press("Alt+t")
        await expect(self.see("presence")).to_contain_text("Tillgänglig")

    async def go_away(self) -> None:
        await self.press("Alt+p")
        await expect(self.see("presence")).to_contain_text("Rast")

    async def take_offer(self, contains: str) -> None:
        """Accept what is offered; what is not ours is left to lapse on its own."""
        await expect(self.see("offer").first).to_contain_text(contains)
        await self.press("Enter")
        await expect(self.see("case")).to_be_visible()
        await expect(self.see("timeline")).to_be_visible()

    async def number(self) -> str:
        found = await self.see("case-number").locator(".number").text_content()
        assert found
        return found

    async def leave_field(self) -> None:
        await self.press("Escape")

    async def note(self, text: str) -> None:
        await self.press("a")
        await expect(self.see("note-text")).to_be_focused()
        await self.write(text)
        await self.press("Control+Enter")
        await expect(self.see("timeline")).to_contain_text(text)
        await self.leave_field()

    async def choose_topic(self, words: str) -> None:
        await self.press("t")
        await expect(self.see("topic-input")).to_be_focused()
        await self.write(words)
        await self.press("Enter")
        await expect(self.see("topic")).to_contain_text(words, ignore_case=True)

    async def hand_off(self, note: str) -> None:
        await self.press("h")
        await expect(self.see("handoff-dialog")).to_be_visible()
        await self.page.keyboard.press("Tab")
        await self.see("handoff-note").focus()
        await self.write(note)
        await self.press("Control+Enter")

    async def close(self, outcome: str) -> None:
        """Close with the outcome of this digit."""
        await self.press("c")
        await expect(self.see("close-dialog")).to_be_visible()
        await self.press(outcome)

    async def find(self, words: str) -> None:
        """Search and open the first hit."""
        await self.press("/")
        await expect(self.see("search")).to_be_focused()
        await self.press("Control+a")
        await self.write(words)
        await self.press("Enter")
        hit = self.page.locator(".hits button").first
        await expect(hit).to_contain_text(words)
        await hit.focus()
        await self.press("Enter")
        await expect(self.see("case-number")).to_contain_text(words)
