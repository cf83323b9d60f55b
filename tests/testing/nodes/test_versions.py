"""What releases are made of."""

from hybrid.testing.nodes.versions import RELEASES


def test_each_release_knows_its_java() -> None:
    fitting = {name: [java for java in range(8, 31) if release.fits(java)] for name, release in RELEASES.items()}
    assert fitting == {"2.19.6": list(range(11, 24)), "3.6.0": list(range(21, 31))}
    assert [release.java for release in RELEASES.values()] == ["Java 11 to 23", "Java 21 or newer"]


def test_plugins_follow_what_is_asked_for() -> None:
    release = RELEASES["3.6.0"]
    assert set(release.plugins(ml=False, knn=True)) == {"opensearch-knn", "opensearch-neural-search"}
    assert set(release.plugins(ml=True, knn=False)) == {"opensearch-job-scheduler", "opensearch-ml"}
    assert release.plugins(ml=False, knn=False) == {}
    assert {plugin.version for plugin in release.plugins(ml=True, knn=True).values()} == {"3.6.0.0"}
