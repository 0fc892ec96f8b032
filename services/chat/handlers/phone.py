"""Phone numbers, read by Google's own rules (spec 4.10)."""

import phonenumbers


def e164(typed: str) -> str | None:
    """The number as E.164; None when it is no phone number that exists. It must name its country."""
    try:
        number = phonenumbers.parse(typed[:64], None)
    except phonenumbers.NumberParseException:
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164) if phonenumbers.is_valid_number(number) else None
