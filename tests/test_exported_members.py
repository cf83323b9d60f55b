"""The public names: all of them, and each says where it belongs."""

import hybrid
from hybrid import errors


def test_all_names_what_is_there_in_order() -> None:
    assert hybrid.__all__ == sorted(hybrid.__all__, key=lambda name: (name.startswith("_"), name))
    assert all(hasattr(hybrid, name) for name in hybrid.__all__)


def test_every_error_is_public_and_a_hybrid_error() -> None:
    tree = [value for value in vars(errors).values() if isinstance(value, type) and issubclass(value, Exception)]
    for error in tree:
        assert issubclass(error, errors.HybridError)
        assert error.__name__ in hybrid.__all__
        assert error.__name__ in (errors.__doc__ or "")


def test_public_nouns_are_documented() -> None:
    assert [name for name in hybrid.__all__ if not (getattr(hybrid, name).__doc__ or "").strip()] == []
