"""What a person wants of notifications (spec 5.12), and the language of the apps (spec 13.6)."""

from dataclasses import dataclass

from services.notify.domain.errors import WrongArgument

SOUNDS = ("chime", "bell", "marimba", "pulse")
LOUDEST = 100
LANGUAGES = ("en", "de")  # those that the apps have texts in: web/languages/language.ts


@dataclass(frozen=True, slots=True)
class Preferences:
    """`push_when_away`: for an engineer Web Push while away or offline, for a customer while no page is open.

    `language`: empty if the person never chose one. `disabled`: the person may not sign in any more and gets nothing.
    """

    sound: bool = True
    volume: int = 70
    chat_sound: str = "chime"
    message_sound: str = "pulse"
    browser_notifications: bool = True
    push_when_away: bool = False
    disabled: bool = False
    language: str = ""

    def check(self) -> None:
        """Raises WrongArgument with the field as the proto names it."""
        if not 0 <= self.volume <= LOUDEST:
            raise WrongArgument(f"volume is from 0 to {LOUDEST}.", field="preferences.volume")
        for field, sound in (("chat_sound", self.chat_sound), ("message_sound", self.message_sound)):
            if sound not in SOUNDS:
                raise WrongArgument(f"{field} is one of {', '.join(SOUNDS)}.", field=f"preferences.{field}")
        if self.language and self.language not in LANGUAGES:
            raise WrongArgument(f"language is one of {', '.join(LANGUAGES)}.", field="preferences.language")


OF_ENGINEERS, OF_CUSTOMERS = Preferences(), Preferences(push_when_away=True)


def default_preferences(*, engineer: bool) -> Preferences:
    """A customer asks for Web Push by the browser's permission, an engineer by this preference."""
    return OF_ENGINEERS if engineer else OF_CUSTOMERS
