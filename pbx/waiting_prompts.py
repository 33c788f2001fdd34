"""What callers hear while they wait: whole sentences, made when first needed. Swedish and English."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Said:
    """The sentences of one language. `{…}` are numbers."""

    place: str
    first: str
    minute: str
    minutes: str
    range: str
    offer: str
    number: str
    right: str
    enter: str
    unfit: str
    promised: str
    stays: str
    texted: str
    not_mobile: str
    text: str
    called: str
    connect: str


LANGUAGES = {
    "sv": Said(
        place="Du har plats {place} i kön.",
        first="Du är först i kön.",
        minute="Väntetiden är ungefär en minut.",
        minutes="Väntetiden är ungefär {high} minuter.",
        range="Väntetiden är mellan {low} och {high} minuter.",
        offer="Tryck ett så behåller du din plats och vi ringer upp dig. Tryck två för ett sms.",
        number="Vi ringer upp dig på",
        right="Tryck ett om det stämmer. Tryck två för ett annat nummer. Tryck noll för att vänta kvar.",
        enter="Slå telefonnumret med riktnummer och avsluta med fyrkant.",
        unfit="Det numret kan vi inte ringa.",
        promised="Tack. Du behåller din plats i kön och vi ringer upp dig när det är din tur. Hej då.",
        stays="Du står kvar i kön.",
        texted="Vi skickar ett sms. Du står kvar i kön.",
        not_mobile="Till det numret kan vi inte skicka sms.",
        text="Hej! Du står i kö till {name}. Ditt ärende har nummer {case}. Skriver du i stället, ange det.",
        called="Hej, det här är {name}. Du bad oss ringa upp dig.",
        connect="Tryck ett så kopplas du fram.",
    ),
    "en": Said(
        place="You are number {place} in the queue.",
        first="You are first in the queue.",
        minute="The wait is about one minute.",
        minutes="The wait is about {high} minutes.",
        range="The wait is between {low} and {high} minutes.",
        offer="Press one to keep your place and be called back. Press two for a text message.",
        number="We will call you at",
        right="Press one if that is right. Press two for another number. Press zero to go on waiting.",
        enter="Enter the telephone number with area code and end with hash.",
        unfit="We cannot call that number.",
        promised="Thank you. You keep your place in the queue and we will call you when it is your turn. Goodbye.",
        stays="You are still in the queue.",
        texted="We are sending a text message. You are still in the queue.",
        not_mobile="We cannot send text messages to that number.",
        text="Hello! You are in the queue to {name}. Your case is {case}. Quote it if you write to us instead.",
        called="Hello, this is {name}. You asked us to call.",
        connect="Press one to be connected.",
    ),
}
"""Callers who chose another language hear Swedish, as everywhere a prompt is missing."""


def said(language: str) -> tuple[Said, str]:
    """The sentences, and the language that they are in."""
    spoken_in = language if language in LANGUAGES else "sv"
    return LANGUAGES[spoken_in], spoken_in


def wait(words: Said, place: int | None, low: int | None, high: int | None) -> list[str]:
    """Place and expected wait (whole minutes); what is None is not said.

    >>> wait(LANGUAGES["en"], 3, 2, 4)
    ['You are number 3 in the queue.', 'The wait is between 2 and 4 minutes.']
    >>> wait(LANGUAGES["en"], 1, None, None)
    ['You are first in the queue.']
    """
    sentences = []
    if place is not None:
        sentences.append(words.first if place == 1 else words.place.format(place=place))
    if low is not None and high is not None:
        form = words.range if low < high else words.minute if high == 1 else words.minutes
        sentences.append(form.format(low=low, high=high))
    return sentences


def digits(number: str, country_code: str) -> list[str]:
    """A number (E.164) as people read it, digit by digit: without the country where it is our own.

    >>> digits("+46701740605", "46")
    ['0', '7', '0', '1', '7', '4', '0', '6', '0', '5']
    >>> digits("+358401", "46")
    ['0', '0', '3', '5', '8', '4', '0', '1']
    """
    home = f"+{country_code}"
    return list("0" + number[len(home) :] if number.startswith(home) else "00" + number[1:])
