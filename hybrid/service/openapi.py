"""What the endpoints answer, for the OpenAPI description: examples of answers, and the failures that each can give."""

from __future__ import annotations

from typing import Any

_PROBLEM = {
    "type": "object",
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "code": {"type": "string"},
        "pointer": {"type": "string", "description": "Which part of the body is at fault, as a URI fragment."},
    },
    "required": ["type", "title", "status", "detail", "code"],
}
_ERROR = {
    "type": "object",
    "properties": {
        "error": {
            "type": "object",
            "properties": {
                "message": {"type": "string"},
                "type": {"type": "string"},
                "param": {"type": ["string", "null"]},
                "code": {"type": "string"},
            },
            "required": ["message", "type", "param", "code"],
        }
    },
    "required": ["error"],
}
_WHY = {
    400: "The body is none that the endpoint takes",
    401: "The key is missing or wrong",
    404: "Nothing of that name is there",
    408: "The body did not come in time",
    409: "Another writer has the index",
    413: "A limit of the service is passed",
    415: "The body is not JSON",
    421: "The service is not known by that name",
    422: "The body is none that the endpoint takes",
    429: "Too many requests wait",
    503: "Not ready, overloaded or too slow",
}


def _failures(statuses: tuple[int, ...], media_type: str, schema: dict[str, Any]) -> dict[int | str, dict[str, Any]]:
    return {status: {"description": _WHY[status], "content": {media_type: {"schema": schema}}} for status in statuses}


FAILURES = _failures((401, 404, 408, 409, 413, 415, 421, 422, 429, 503), "application/problem+json", _PROBLEM)
OPENAI_FAILURES = {
    **_failures((400, 401, 404, 408, 413, 415, 421, 429, 503), "application/json", _ERROR),
    # FastAPI documents 422 of its own accord; it is answered with 400 here.
    422: {"description": "Not given: what OpenAI answers with is 400"},
}
ENGINE_FAILURES: dict[int | str, dict[str, Any]] = {status: FAILURES[status] for status in (404, 429, 503)}
ALWAYS: dict[int | str, dict[str, Any]] = {status: FAILURES[status] for status in (401, 421)}


def _object(**properties: Any) -> dict[str, Any]:
    """An object with just these keys that must be there."""
    return {"type": "object", "properties": properties, "required": list(properties)}


def _list(of: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": of}


def _answer(description: str, schema: dict[str, Any], example: Any = None) -> dict[int | str, dict[str, Any]]:
    content = {"schema": schema} if example is None else {"schema": schema, "example": example}
    return {200: {"description": description, "content": {"application/json": content}}}


_TEXT, _NUMBER, _WHOLE, _ANY = {"type": "string"}, {"type": "number"}, {"type": "integer"}, {"type": "object"}
_PLACE = {"type": "array", "items": _WHOLE, "minItems": 2, "maxItems": 2}
_BASE64 = {"type": "string", "description": "base64 of little-endian float32, row after row"}
_ENCODING = _object(
    passages=_list(_PLACE),
    passage_vectors={"type": ["string", "null"], "description": _BASE64["description"]},
    mentions=_list(_object(start=_WHOLE, end=_WHOLE, score={"type": ["number", "null"]})),
    mention_vectors=_BASE64,
    refused=_list(_object(start=_WHOLE, end=_WHOLE, reason=_TEXT)),
)
_REFUSED = _list(_object(position=_WHOLE, id={"type": ["string", "null"]}, reason=_TEXT))

ANSWERS: dict[str, dict[int | str, dict[str, Any]]] = {
    "/v1/embeddings": _answer(
        "A vector for every text, in its order",
        _object(
            object=_TEXT,
            data=_list(_object(object=_TEXT, index=_WHOLE, embedding={"type": ["array", "string"], "items": _NUMBER})),
            model=_TEXT,
            usage=_object(prompt_tokens=_WHOLE, total_tokens=_WHOLE),
        ),
        {
            "object": "list",
            "data": [{"object": "embedding", "index": 0, "embedding": [0.021, -0.134]}],
            "model": "type",
            "usage": {"prompt_tokens": 2, "total_tokens": 2},
        },
    ),
    "/v1/encode": _answer(
        "Every text's encoding, in its order",
        _object(bundle=_TEXT, fingerprint=_TEXT, encodings=_list(_ENCODING)),
        {
            "bundle": "minilm",
            "fingerprint": "64 hexadecimal digits",
            "encodings": [
                {
                    "passages": [[0, 39]],
                    "passage_vectors": "AAAAPw==",
                    "mentions": [{"start": 0, "end": 8, "score": 0.98}],
                    "mention_vectors": "AACAPw==",
                    "refused": [],
                }
            ],
        },
    ),
    "/v1/bundle": _answer(
        "The bundle, and what a request may hold",
        _object(
            name=_TEXT,
            fingerprint=_TEXT,
            dimensions=_object(mention=_WHOLE, passage={"type": ["integer", "null"]}),
            how=_TEXT,
            calibration={"type": ["object", "null"]},
            limits=_ANY,
        ),
    ),
    "/v1/find": _answer(
        "Hits, the plan that gave them, and what to know about them",
        _object(hits=_list(_ANY), plan=_ANY, took_ms=_NUMBER, warnings=_list(_TEXT)),
    ),
    "/v1/plan": _answer("Words, legs, fusion and the reason", _ANY),
    "/v1/console": _answer(
        "Method and path on the first line, then the body",
        _object(request=_TEXT),
        {"request": 'POST /news/_search\n{"query": {}}\n'},
    ),
    "/v1/index": _answer(
        "What it holds, the types of its fields, and the legs that can be asked",
        _object(
            name=_TEXT,
            engine={"type": "string", "enum": ["embedded", "opensearch"]},
            target={"type": "string", "description": "What opens it, without user and password."},
            bundle=_TEXT,
            documents=_WHOLE,
            passages=_WHOLE,
            mentions=_WHOLE,
            pending=_WHOLE,
            fields={"type": "object", "additionalProperties": {"enum": ["str", "int", "float", "bool"]}},
            legs=_list({"enum": ["lexical", "typed", "dense"]}),
        ),
        {
            "name": "news",
            "engine": "embedded",
            "target": "/srv/news",
            "bundle": "minilm",
            "documents": 200,
            "passages": 200,
            "mentions": 1154,
            "pending": 0,
            "fields": {"country": "str", "year": "int"},
            "legs": ["lexical", "typed", "dense"],
        },
    ),
    "/v1/documents": _answer(
        "What was written, and what was not and why",
        _object(
            documents=_WHOLE, mentions=_WHOLE, passages=_WHOLE, replaced=_WHOLE, skipped=_WHOLE, refused=_REFUSED,
            dropped=_REFUSED,
        ),
    ),
    "/health": _answer("It does", _object(status=_TEXT)),
    "/ready": _answer("They are, and it does", _object(status=_TEXT)),
    "/metrics": {200: {"description": "Counters and histograms", "content": {"text/plain": {"schema": _TEXT}}}},
}  # fmt: skip
