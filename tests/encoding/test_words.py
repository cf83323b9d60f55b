"""Tokens to words."""

from pieces import pieces

from hybrid.encoding.words import words_of

TEXT = "Michelin opened a plant in Nova Scotia."
TOKENS = pieces("", "Miche", "lin", "opened", "a", "plant", "in", "Nova", "Scot", "ia", ".", "", text=TEXT)


def test_a_mention_ends_with_its_last_words_last_token() -> None:
    words = words_of(*TOKENS, TEXT)
    assert [TEXT[word.start : word.end] for word in words] == [
        "Michelin", "opened", "a", "plant", "in", "Nova", "Scotia", ".",
    ]  # fmt: skip


def test_signs_and_ideographs_are_words_of_their_own() -> None:
    text = "O'Neill 東京 naïve"
    tokens = pieces("O", "'", "Neill", "東", "京", "nai", "ve", text=text.replace("ï", "i"))
    assert [text[word.start : word.end] for word in words_of(*tokens, text)] == ["O", "'", "Neill", "東", "京", "naïve"]
