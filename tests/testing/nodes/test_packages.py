"""Which packages the system's client would install."""

import pytest

from hybrid.testing.nodes.packages import CLIENTS, find_client, how_to_install
from hybrid.testing.nodes.versions import RELEASES

OLD, NEW = RELEASES["2.19.6"], RELEASES["3.6.0"]
BY_NAME = {client.program: client for client in CLIENTS}


@pytest.fixture
def apt(programs):
    """An apt that offers openjdk of these feature versions."""

    def offer(*versions: int) -> None:
        programs("apt-get", "exit 1")
        lines = "; ".join(f"echo 'openjdk-{version}-jre-headless - OpenJDK'" for version in versions)
        programs("apt-cache", f"{lines or ':'}; echo 'openjdk-99-jre-zero - odd'")
        how_to_install.cache_clear()

    return offer


def test_one_java_for_all_where_there_is_one(apt) -> None:
    apt(11, 17, 21, 25)
    assert BY_NAME["apt-get"].choose([OLD, NEW], maven=True) == (["openjdk-21-jre-headless", "maven"], [])
    assert BY_NAME["apt-get"].choose([NEW], maven=False) == (["openjdk-25-jre-headless"], [])
    apt(17, 25)
    chosen = ["openjdk-17-jre-headless", "openjdk-25-jre-headless"]
    assert BY_NAME["apt-get"].choose([OLD, NEW], maven=False) == (chosen, [])


def test_what_no_package_gives_is_told(apt) -> None:
    apt(17)
    assert BY_NAME["apt-get"].choose([OLD, NEW], maven=False) == (["openjdk-17-jre-headless"], ["Java 21 or newer"])
    said = how_to_install((OLD, NEW), maven=True)
    assert said.startswith(
        "install with: sudo apt-get install --yes --no-install-recommends openjdk-17-jre-headless ma"
    )
    assert said.endswith("apt-get offers no Java 21 or newer: install it from its makers, or Docker")


def test_headless_packages_and_those_of_the_system_come_first(programs) -> None:
    names = ["openjdk-21-jre", "openjdk-21-jre-headless", "temurin-21-jre"]
    programs("apt-cache", "; ".join(f"echo '{name} - Java'" for name in names))
    assert BY_NAME["apt-get"].choose([NEW], maven=False) == (["openjdk-21-jre-headless"], [])


@pytest.mark.parametrize(
    ("client", "search", "command"),
    [
        ("dnf", "java-21-openjdk-headless\njava-latest-openjdk-headless", "sudo dnf install --assumeyes java-21-"),
        ("apk", "openjdk21-jre-headless\nopenjdk17-jre-headless\nopenjdk21-doc", "sudo apk add openjdk21-jre-headless"),
        ("pacman", "jre21-openjdk-headless\njre-openjdk", "sudo pacman --sync --needed --noconfirm jre21-openjdk"),
        ("zypper", "", "sudo zypper --non-interactive install java-21-openjdk-headless maven"),
        ("brew", "", "brew install openjdk@21 maven"),
    ],
)
def test_every_client_has_its_command(programs, client, search, command) -> None:
    programs(client, "\n".join(f"echo {line}" for line in search.splitlines()))
    assert find_client() == BY_NAME[client]
    assert how_to_install((OLD, NEW), maven=True).startswith(f"install with: {command}")


def test_where_maven_is_no_package_it_is_told(programs) -> None:
    programs("winget", "")
    said = how_to_install((NEW,), maven=True)
    assert said.startswith("install with: winget install --exact ")
    assert " EclipseAdoptium.Temurin.21.JRE; winget offers no Maven: install it from its makers" in said


def test_without_a_client_the_needs_are_named(programs) -> None:
    assert find_client() is None
    assert how_to_install((OLD, NEW), maven=True) == "install Java 11 to 23 and Java 21 or newer and Maven, or Docker"
