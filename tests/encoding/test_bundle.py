"""A bundle's folder: what is written is read, and every damage is a clear error."""

import json
import pickle
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from hybrid.encoding.bundle import load_bundle, read_manifest, save_bundle, seal
from hybrid.encoding.calibration import Platt
from hybrid.encoding.manifest import AdapterSpec, HeadSpec, HeadSpecs, Manifest
from hybrid.encoding.parts import Bundle, LowRank, tensors_of
from hybrid.encoding.projection import Head
from hybrid.encoding.protocol import Dimensions
from hybrid.errors import BundleError

Make = Callable[..., Any]


@pytest.fixture
def saved(tmp_path: Path, make_manifest: Make, make_bundle: Make) -> Path:
    save_bundle(make_bundle(make_manifest()), tmp_path / "small")
    return tmp_path / "small"


def rewrite(folder: Path, change: Callable[[dict[str, Any]], object]) -> None:
    data = json.loads((folder / "bundle.json").read_text())
    change(data)
    (folder / "bundle.json").write_text(json.dumps(data))


def retensor(folder: Path, change: Callable[[dict[str, np.ndarray]], object]) -> None:
    tensors = load_file(folder / "heads.safetensors")
    change(tensors)
    save_file(tensors, folder / "heads.safetensors")


def assert_same(a: Bundle, b: Bundle) -> None:
    assert a.manifest == b.manifest
    assert a.card == b.card
    left, right = tensors_of(a), tensors_of(b)
    assert left.keys() == right.keys()
    for name, values in left.items():
        np.testing.assert_array_equal(values, right[name])
        assert values.dtype == right[name].dtype


def test_types_that_taught_it_lie_in_a_file_of_their_own(
    tmp_path: Path, make_manifest: Make, make_bundle: Make
) -> None:
    training = {"seed": 1, "types": {"places": {"ship": ["ship", "船 🚢"]}}}
    folder = tmp_path / "taught"
    save_bundle(make_bundle(make_manifest(training=training)), folder)
    assert json.loads((folder / "bundle.json").read_text())["training"] == {"seed": 1}
    assert json.loads((folder / "types.json").read_text()) == training["types"]
    assert load_bundle(folder).manifest.training == read_manifest(folder).training == training
    save_bundle(load_bundle(folder), folder)  # again, as after weights are learned
    assert load_bundle(folder).manifest.training == training


def test_types_in_the_manifest_are_read_as_well(saved: Path) -> None:
    rewrite(saved, lambda data: data.update(training={"types": {"places": {"ship": ["ship"]}}}))
    assert load_bundle(saved).manifest.training == {"types": {"places": {"ship": ["ship"]}}}


def test_a_damaged_file_of_types_is_told(saved: Path) -> None:
    (saved / "types.json").write_text("{")
    with pytest.raises(BundleError, match=r"types\.json is not JSON"):
        load_bundle(saved)


def test_what_is_saved_is_loaded(tmp_path: Path, make_manifest: Make, make_bundle: Make) -> None:
    written = save_bundle(make_bundle(make_manifest()), tmp_path / "a" / "b")
    assert_same(load_bundle(tmp_path / "a" / "b"), written)
    assert sorted(path.name for path in (tmp_path / "a" / "b").iterdir()) == [
        "README.md",
        "bundle.json",
        "heads.safetensors",
    ]
    assert [path.name for path in (tmp_path / "a").iterdir()] == ["b"]


def test_every_part_of_the_format_survives(tmp_path: Path, make_manifest: Make, make_bundle: Make) -> None:
    heads = HeadSpecs(
        mention=(HeadSpec((6, 4)), HeadSpec((6, 9, 2), "silu", True)),
        type=(HeadSpec((6, 5, 4), "gelu", True), HeadSpec((6, 2))),
        detector=None,
    )
    manifest = make_manifest(heads=heads, passage=None, planner=None, training=None, calibration=Platt(9.5, -3.25))
    backbone = replace(manifest.backbone, bos=True, adapter=AdapterSpec(2.0, ("layer.0.q", "layer.1.q")))
    bundle = make_bundle(replace(manifest, backbone=backbone))
    adapter = {
        "layer.0.q": LowRank(np.ones((2, 6), np.float16), np.ones((5, 2), np.float16)),
        "layer.1.q": LowRank(np.ones((1, 6), np.float32), np.ones((5, 1), np.float32)),
    }
    written = save_bundle(replace(bundle, adapter=adapter), tmp_path / "all")
    assert_same(load_bundle(tmp_path / "all"), written)
    assert written.manifest.dimensions == Dimensions(6, None)
    assert written.manifest.how == "typed"


def test_a_detector_that_reads_shapes_says_so(tmp_path: Path, make_manifest: Make, make_bundle: Make) -> None:
    heads = make_manifest().heads
    shaped = replace(heads, detector=replace(heads.detector, shapes=True))
    for name, own in (("plain", heads), ("shaped", shaped)):
        save_bundle(make_bundle(make_manifest(heads=own)), tmp_path / name)
        assert load_bundle(tmp_path / name).manifest.heads == own
    assert "shapes" not in (tmp_path / "plain" / "bundle.json").read_text(encoding="utf-8")


def test_a_detector_says_what_it_passes_over(tmp_path: Path, make_manifest: Make, make_bundle: Make) -> None:
    heads = make_manifest().heads
    careful = replace(heads, detector=replace(heads.detector, passes_over=("addresses", "handles")))
    for name, own in (("plain", heads), ("careful", careful)):
        save_bundle(make_bundle(make_manifest(heads=own)), tmp_path / name)
        assert load_bundle(tmp_path / name).manifest.heads == own
    plain, told = (read_manifest(tmp_path / name) for name in ("plain", "careful"))
    assert plain.fingerprint == told.fingerprint
    assert "passes_over" not in (tmp_path / "plain" / "bundle.json").read_text(encoding="utf-8")


@pytest.mark.parametrize("wrong", [["emoji"], ["handles", "handles"], "handles", [["handles"]]])
def test_what_is_passed_over_is_known(saved: Path, wrong: object) -> None:
    told = json.loads((saved / "bundle.json").read_text(encoding="utf-8"))
    told["heads"]["detector"]["passes_over"] = wrong
    (saved / "bundle.json").write_text(json.dumps(told), encoding="utf-8")
    with pytest.raises(BundleError, match=r"passes_over must be some of addresses, handles, each once"):
        read_manifest(saved)


def test_the_manifest_is_read_without_weights(saved: Path) -> None:
    (saved / "heads.safetensors").unlink()
    manifest = read_manifest(saved)
    assert manifest.name == "small"
    assert manifest.dimensions == Dimensions(4, 3)
    assert manifest.how == "min_max(typed=1, lexical=0.3)"
    assert len(manifest.fingerprint) == 64
    with pytest.raises(BundleError, match=r"heads\.safetensors cannot be read"):
        load_bundle(saved)


def test_a_bundle_is_replaced_as_a_whole(saved: Path, make_manifest: Make, make_bundle: Make) -> None:
    (saved / "left-over").write_text("x")
    written = save_bundle(make_bundle(make_manifest(name="other"), seed=2), saved)
    assert_same(load_bundle(saved), written)
    assert not (saved / "left-over").exists()
    assert [path.name for path in saved.parent.iterdir()] == ["small"]


def test_whoever_may_read_one_file_of_a_bundle_may_read_all(saved: Path) -> None:
    assert len({path.stat().st_mode for path in saved.iterdir()}) == 1


def test_a_link_to_a_bundle_stays_one(saved: Path, tmp_path: Path, make_manifest: Make, make_bundle: Make) -> None:
    (tmp_path / "link").symlink_to(saved)
    written = save_bundle(make_bundle(make_manifest(), seed=2), tmp_path / "link")
    assert (tmp_path / "link").is_symlink()
    assert_same(load_bundle(saved), written)


def test_what_is_no_bundle_is_left_alone(tmp_path: Path, make_manifest: Make, make_bundle: Make) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("ten years")
    (tmp_path / "file").write_text("x")
    for target in (tmp_path / "mine", tmp_path / "file"):
        with pytest.raises(BundleError, match="stands in the way"):
            save_bundle(make_bundle(make_manifest()), target)
    assert (tmp_path / "mine" / "thesis.txt").read_text() == "ten years"


def test_a_place_that_cannot_be_written_is_a_bundle_error(
    tmp_path: Path, make_manifest: Make, make_bundle: Make
) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(BundleError, match="cannot be written"):
        save_bundle(make_bundle(make_manifest()), tmp_path / "file" / "bundle")


def test_nothing_is_left_where_writing_fails(
    saved: Path, make_manifest: Make, make_bundle: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = load_bundle(saved)

    def full(path: Path, *args: object, **options: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(BundleError, match="No space left"):
        save_bundle(make_bundle(make_manifest(), seed=2), saved)
    monkeypatch.undo()
    assert_same(load_bundle(saved), before)
    assert [path.name for path in saved.parent.iterdir()] == ["small"]


DAMAGE: dict[str, tuple[Callable[[dict[str, Any]], object], str]] = {
    "newer": (lambda d: d.update(format=2, extra=1), "format 2 is newer"),
    "no format": (lambda d: d.pop("format"), "key 'format' is missing"),
    "format as text": (lambda d: d.update(format="1"), "format must be a whole number"),
    "unknown keys": (lambda d: d.update(zeta=1, alpha=2), "unknown keys 'alpha, zeta'"),
    "unknown key inside": (lambda d: d["windows"].update(stride=1), r"windows: unknown key 'stride'"),
    "missing": (lambda d: d.pop("taps"), "key 'taps' is missing"),
    "missing inside": (lambda d: d["backbone"].pop("bos"), r"backbone: the key 'bos' is missing"),
    "name of a path": (lambda d: d.update(name="../up"), "name must be letters"),
    "number for a string": (lambda d: d.update(licence=3), "licence must be a string that is not empty, found 3"),
    "string for a list": (lambda d: d.update(carriers="{type}"), "carriers must be a list of at least one string"),
    "object for a list": (lambda d: d["heads"].update(mention={}), "mention must be a list of at least one object"),
    "list for an object": (lambda d: d.update(windows=[1]), "windows must be a JSON object, found a list"),
    "true for a number": (lambda d: d["windows"].update(tokens=True), "tokens must be a whole number of at least 8"),
    "number for a boolean": (lambda d: d["backbone"].update(bos=1), "bos must be true or false"),
    "overlap too wide": (lambda d: d["windows"].update(overlap=9), "at most half"),
    "carrier without type": (lambda d: d.update(carriers=["a thing"]), "must hold '{type}' once"),
    "bad tap": (lambda d: d.update(taps=["hidden@x:mean"]), r"tap 'hidden@x:mean'"),
    "tap twice": (lambda d: d.update(taps=["hidden@1:mean"] * 2), "stands twice"),
    "passage tap alone": (lambda d: d.update(taps=["passage"], passage=None), "passage is null"),
    "bad source": (lambda d: d["backbone"].update(sources=["ftp://x"]), "'ftp://x' does not begin with package:"),
    "bad hash": (lambda d: d["backbone"].update(sha256="abc"), "sha256 must be 64 hexadecimal digits"),
    "no hash": (lambda d: d["backbone"].update(sha256=None), "may be null only where"),
    "bad activation": (lambda d: d["heads"]["mention"][0].update(activation="swish"), "activation must be one of"),
    "threshold": (lambda d: d["heads"]["detector"].update(threshold=1.5), "threshold must be a number from 0 to 1"),
    "five tags": (lambda d: d["heads"]["detector"].update(layers=[3, 5]), "must end in 3"),
    "detector's tap": (lambda d: d["heads"]["detector"].update(tap="hidden@1:mean"), "expected KIND@BLOCK"),
    "dtype": (lambda d: d.update(dtype="int8"), "dtype must be one of float32, bfloat16"),
    "how": (lambda d: d.update(planner={"how": "min_max(typed, foo)"}), r"planner.*\.?how"),
    "training": (lambda d: d.update(training="yes"), "training must be an object or null"),
    "fingerprint": (lambda d: d.update(fingerprint="f" * 63), "fingerprint must be 64 hexadecimal digits"),
    "types of other width": (
        lambda d: d["heads"].update(type=[{"layers": [6, 3], "activation": None, "standardise": False}]),
        "the same widths",
    ),
    "heads of other input": (
        lambda d: d["heads"]["mention"].append({"layers": [7, 3], "activation": None, "standardise": False}),
        "all heads must take the same width",
    ),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_manifest_names_file_and_key(saved: Path, damage: str) -> None:
    change, message = DAMAGE[damage]
    rewrite(saved, change)
    with pytest.raises(BundleError, match=message) as caught:
        read_manifest(saved)
    assert "bundle.json" in str(caught.value)


@pytest.mark.parametrize(
    ("content", "message"), [(b"{", "is not JSON"), (b"[]", "must be a JSON object"), (b"\xff", "is not JSON")]
)
def test_a_manifest_that_is_no_json(saved: Path, content: bytes, message: str) -> None:
    (saved / "bundle.json").write_bytes(content)
    with pytest.raises(BundleError, match=message):
        read_manifest(saved)


def test_a_folder_without_a_manifest_is_no_bundle(tmp_path: Path) -> None:
    for place in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(BundleError, match=r"is no bundle: it holds no bundle\.json"):
            read_manifest(place)


TENSOR_DAMAGE: dict[str, tuple[Callable[[dict[str, np.ndarray]], object], str]] = {
    "missing": (lambda t: t.pop("type.0.mean"), r"the tensor type\.0\.mean is missing"),
    "unknown": (lambda t: t.update(spare=np.zeros(1, np.float32)), "unknown tensors 'spare'"),
    "shape": (
        lambda t: t.update({"mention.0.layers.0.weight": np.zeros((4, 5), np.float32)}),
        r"mention\.0\.layers\.0\.weight has shape \(4, 5\), expected \(4, 6\)",
    ),
    "type": (lambda t: t.update({"mention.0.mean": np.zeros(6, np.float64)}), "is float64, expected float32"),
    "not finite": (lambda t: t["mention.0.mean"].fill(np.nan), "not finite"),
    "std": (lambda t: t["type.0.std"].fill(0), r"type\.0\.std must be above 0"),
    "another value": (lambda t: t["mention.0.mean"].fill(7), "but the content has"),
}


@pytest.mark.parametrize("damage", TENSOR_DAMAGE)
def test_damaged_tensors_are_named(saved: Path, damage: str) -> None:
    change, message = TENSOR_DAMAGE[damage]
    retensor(saved, change)
    with pytest.raises(BundleError, match=message):
        load_bundle(saved)


def test_another_threshold_or_detector_is_no_damage(saved: Path) -> None:
    before = read_manifest(saved).fingerprint
    rewrite(saved, lambda d: d["heads"]["detector"].update(threshold=0.9))
    retensor(saved, lambda t: t["detector.layers.0.bias"].fill(3))
    assert load_bundle(saved).manifest.fingerprint == before


def test_a_manifest_of_other_weights_is_an_error(saved: Path) -> None:
    rewrite(saved, lambda d: d.update(carriers=["{type}"]))
    with pytest.raises(BundleError, match="states fingerprint"):
        load_bundle(saved)


@pytest.mark.parametrize("keep", [0, 7, 100, -1])
def test_safetensors_cut_short_are_damaged(saved: Path, keep: int) -> None:
    path = saved / "heads.safetensors"
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(BundleError, match=r"heads\.safetensors is damaged or no safetensors file"):
        load_bundle(saved)


class Bomb:
    def __reduce__(self) -> tuple[Any, ...]:
        return (pytest.fail, ("a pickle was executed",))


def test_a_pickle_in_place_of_the_weights_is_not_executed(saved: Path) -> None:
    (saved / "heads.safetensors").write_bytes(pickle.dumps(Bomb()))
    with pytest.raises(BundleError, match="damaged or no safetensors file"):
        load_bundle(saved)


def test_a_bundle_that_contradicts_itself_is_not_sealed(make_manifest: Make, make_bundle: Make) -> None:
    bundle: Bundle = make_bundle(make_manifest())
    other: Bundle = make_bundle(make_manifest(), seed=2)
    with pytest.raises(BundleError, match="layers of their own"):
        seal(replace(bundle, type=other.type))
    with pytest.raises(BundleError, match="tensor detector"):
        seal(replace(bundle, detector=None))
    manifest: Manifest = bundle.manifest
    with pytest.raises(BundleError, match="name must be"):
        seal(replace(bundle, manifest=replace(manifest, name="no good/name")))
    assert isinstance(seal(bundle).mention[0], Head)
