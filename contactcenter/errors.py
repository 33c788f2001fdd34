"""The three kinds of failure at a boundary. Foreign errors are wrapped at the door, cause kept."""


class ContactCenterError(Exception):
    """Base of every failure this program names itself.

    `code` is a stable snake_case word for programs; `text` is a sentence for people.
    Neither holds personal data.
    """

    def __init__(self, code: str, text: str = "") -> None:
        super().__init__(text or code)
        self.code = code
        self.text = text or code


class Refused(ContactCenterError):
    """Permanent: trying again changes nothing. Tell the person who asked."""


class Conflict(Refused):
    """Somebody else was first: the case is no longer in a state where the verb is allowed."""


class NotFound(Refused):
    """No such thing, or not one that this person may see (the answer is the same for both)."""


class Unavailable(ContactCenterError):
    """Passing: try again later. `code` `disk_full` and `database` are told apart by the mail door."""


class Misconfigured(ContactCenterError):
    """Stop: a setting is wrong. `text` names the setting and what would be right.

    With code `settings` it is one of ours, and the process ends; else it is something outside (a password in the
    exchange) that may be mended while we run.
    """
