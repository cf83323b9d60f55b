"""The demo: the project's own short texts, eight fixed questions, and what each way of asking finds."""

from hybrid.demo.corpus import Question, questions, texts
from hybrid.demo.runner import WAYS, Asked, ask, index_texts, open_demo

__all__ = ["WAYS", "Asked", "Question", "ask", "index_texts", "open_demo", "questions", "texts"]
