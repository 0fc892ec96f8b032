"""The version before reads what this one stores (docs/operate/upgrade.md): no field is gone or has another type.

`tests/cases/stored/fields.json` has the fields of the version before. Entries of the directory are messages, which `buf breaking` compares.
Enums may have new values, which upgrade.md lists.
"""

import json

from tests.contract.stored_fields import BASELINE, ROOT, STORED, changed, converter_of, stored_fields


def test_documents_have_the_fields_that_the_version_before_reads() -> None:  # spec 12.1
    assert changed(json.loads(BASELINE.read_text()), stored_fields()) == []


def test_every_converter_of_documents_is_compared() -> None:
    compared = {id(converter_of(how if isinstance(how, str) else how.__module__)) for _, how in STORED.values()}
    files = [file for file in (ROOT / "services").rglob("*.py") if "= DocumentConverter()" in file.read_text()]
    assert files
    modules = [".".join(file.relative_to(ROOT).with_suffix("").parts) for file in files]
    assert [module for module in modules if id(converter_of(module)) not in compared] == []


def test_a_field_that_is_renamed_or_has_another_type_is_found_and_a_new_one_is_not() -> None:
    before = {"chat.log": {".at": ["int"], ".by": ["dict"], ".by.name": ["str"]}}
    assert changed(before, {"chat.log": {**before["chat.log"], ".by.side": ["str"]}}) == []
    assert changed(before, {"chat.log": {".at": ["float", "int"], ".by": ["dict"], ".by.title": ["str"]}}) == [
        "chat.log.at: ['int'] -> ['float', 'int']",
        "chat.log.by.name: ['str'] -> gone",
    ]
