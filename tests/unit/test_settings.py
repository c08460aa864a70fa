"""Settings files: where they are found, how they are read, and that all faults are told at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from bbbd.daemon.endpoints import open_to_others
from bbbd.settings.endpoints import url_of
from bbbd.settings.overrides import FILE_VARIABLE, names_of_settings, variable_of
from bbbd.settings.properties import BadSettings, check_assignments, files_of, read_settings
from bbbd.settings.settings import FAMILIES, Settings
from bbbd.values.enums import GuestPolicy, LogFormat
from bbbd.values.fields import Declared, declarations


@pytest.fixture(autouse=True)
def no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("BBBD_SETTINGS", "STATE_DIRECTORY"):
        monkeypatch.delenv(name, raising=False)


def write(path: Path, text: str) -> str:
    path.write_text(text, "utf-8")
    return str(path)


def test_a_real_servers_file_is_read(tmp_path: Path) -> None:
    file = write(
        tmp_path / "bbb-web.properties",
        "# A comment\nbigbluebutton.web.serverURL=https://bbb.example.org\nsecuritySalt=one, two\n"
        "defaultGuestPolicy=ASK_MODERATOR\nlockSettingsDisableNote=true\nredisHost=127.0.0.1\n"
        "defaultWelcomeMessage=Hello\\\n   \\u00e9 %%CONFNAME%%\nkeepEvents = true\nbbbd.maxBody: 3 MiB\n"
        "bigbluebutton.web.logoutURL=${bigbluebutton.web.serverURL}/out\nbbbd.logFormat=text\n"
        "defaultHTML5ClientUrl=${bigbluebutton.web.serverURL}/html5client/join\n",
    )
    settings, warnings = read_settings([file])
    assert warnings == ()
    assert settings.server_url == "https://bbb.example.org"
    assert settings.secrets == ("one", "two")
    assert settings.guest_policy is GuestPolicy.ASK_MODERATOR
    assert (settings.lock_notes, settings.keep_events, settings.max_body) == (True, True, 3 << 20)
    assert settings.welcome == "Helloé %%CONFNAME%%"
    assert settings.way_out == "https://bbb.example.org/out"
    assert settings.join_page == "https://bbb.example.org/html5client/join"
    assert settings.guest_page == "https://bbb.example.org/html5client/guestWait"
    assert settings.log_format is LogFormat.TEXT


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [
        ("bbbd.stunServers", "stun:a.example.org,  stuns:192.0.2.1:5349 stun:[2001:db8::1]", "turn:a.example.org"),
        ("bbbd.stunServers", "", "stun://a.example.org"),
        ("bbbd.turnServers", "turn:a.example.org turns:a.example.org:443?transport=tcp", "turn:a?transport=sctp"),
        ("bbbd.turnServers", "turn:a", "turn:me@a.example.org"),
        ("bbbd.turnLifetimeSeconds", "60", "59"),
    ],
)
def test_servers_that_help_browsers_are_urls_of_their_own(name: str, good: str, bad: str) -> None:
    read_settings(["/dev/null"], {name: good})
    with pytest.raises(BadSettings) as fault:
        read_settings(["/dev/null"], {name: f"{good} {bad}".strip()})
    assert name in str(fault.value.faults[0])


def test_every_fault_is_told_with_its_place(tmp_path: Path) -> None:
    file = write(
        tmp_path / "bbbd.properties",
        "\n# x\nusersTimeout=1m\n\nbbbd.maxMeetingz=3\nsecuritySalt=\\\n  hidden\nmuteOnStart=perhaps\nmuteOnStart=2\n"
        "supportedChecksumAlgorithms=md5\ndefaultMaxUsers=${a}\na=${b}\nb=${a}\n"
        "bigbluebutton.web.serverURL=https://bbb.example.org/?x\nsecuritySalt=topsecret\nusersTimeout2=1\n"
        "defaultMeetingDuration=${securitySalt}\n",
    )
    with pytest.raises(BadSettings) as fault:
        read_settings([file])
    told = [str(one) for one in fault.value.faults]
    expected = [
        f'{file}:3: usersTimeout: "1m" is not a number of milliseconds (1000 to 240000000000000)',
        f"{file}:5: bbbd.maxMeetingz is not a setting; did you mean bbbd.maxMeetings?"
        "   [warning: the setting is ignored]",
        f'{file}:9: muteOnStart: "2" is not true or false',
        f"{file}:11: defaultMaxUsers refers to itself: defaultMaxUsers -> a -> b -> a",
    ]
    for line in expected:
        assert line in told
    assert any("is set twice, also at" in line for line in told)
    assert any("supportedChecksumAlgorithms" in line for line in told)
    assert any("query or fragment" in line for line in told)
    assert any("defaultMeetingDuration: its value is not" in line for line in told)
    assert "topsecret" not in "\n".join(told)


@pytest.mark.parametrize(
    ("content", "says"),
    [(b"a=\xff\n", "is not UTF-8"), (b"a=\\uzzzz\n", "is not a .properties file"), (None, "cannot be read")],
)
def test_a_file_that_cannot_be_read_is_told(tmp_path: Path, content: bytes | None, says: str) -> None:
    file = tmp_path / "x.properties"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(BadSettings, match=says):
        read_settings([str(file)])


def test_the_families_are_all_settings_in_order() -> None:
    by_family = [one for family in FAMILIES.values() for one in declarations(family)]
    assert list(declarations(Settings)) == by_family


def test_an_empty_text_or_list_is_an_empty_one(tmp_path: Path) -> None:
    file = write(tmp_path / "e", "defaultWelcomeMessageFooter=\nbbbd.trustedProxies=\nsecuritySalt=\nbbbd.maxBody=\n")
    settings, _ = read_settings([file])
    assert (settings.welcome_footer, settings.trusted_proxies, settings.secrets) == ("", (), ())
    assert settings.max_body == 40 << 20


def test_later_files_win_and_the_command_line_over_all(tmp_path: Path) -> None:
    first = write(tmp_path / "1", "defaultMaxUsers=1\nmuteOnStart=true\nbbbd.dataDir=/a\n")
    second = write(tmp_path / "2", "defaultMaxUsers=2\n")
    settings, _ = read_settings([first, second], {"bbbd.dataDir": "/b"})
    assert (settings.max_users, settings.mute_on_start, str(settings.directory)) == (2, True, "/b")
    with pytest.raises(BadSettings, match=r"^command line: bbbd.logFormat"):
        read_settings([first], {"bbbd.logFormat": "loud"})


def test_an_environment_variable_wins_over_files_and_the_command_line_over_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The file uses the other name of the setting.
    file = write(
        tmp_path / "1", "defaultMaxUsers=1\nmuteOnStart=true\ndefaultGuestPolicy=ALWAYS_DENY\nkeepEvents=true\n"
    )
    monkeypatch.setenv("BBBD_DEFAULT_MAX_USERS", "2")
    monkeypatch.setenv("BBBD_DATA_DIR", "/from/environment")
    monkeypatch.setenv("BBBD_DEFAULT_KEEP_EVENTS", "false")
    settings, warnings = read_settings([file], {"defaultMaxUsers": "3"})
    assert (settings.max_users, settings.mute_on_start, str(settings.directory)) == (3, True, "/from/environment")
    assert not settings.keep_events
    assert warnings == ()
    monkeypatch.setenv("BBBD_DEFAULT_WELCOME_MESSAGE_FOOTER", "")
    assert read_settings([file])[0].welcome_footer == ""
    monkeypatch.setenv("BBBD_MUTE_ON_START", "perhaps")
    with pytest.raises(BadSettings, match=r'^environment BBBD_MUTE_ON_START: muteOnStart: "perhaps" is not true'):
        read_settings([file])


def test_a_variable_of_no_setting_is_a_warning_unless_kubernetes_sets_it(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("BBBD_PORT", "BBBD_PORT_8090_TCP_ADDR", "BBBD_SERVICE_HOST", "BBBD_SERVICE_PORT_HTTP", "BBBDATA"):
        monkeypatch.setenv(name, "tcp://10.0.0.1:8090")
    assert read_settings(["/dev/null"])[1] == ()
    monkeypatch.setenv("BBBD_MAX_MEETINGZ", "3")
    (warning,) = read_settings(["/dev/null"])[1]
    assert str(warning) == (
        "environment BBBD_MAX_MEETINGZ: is no variable of a setting; did you mean BBBD_MAX_MEETINGS?"
        "   [warning: the variable is ignored]"
    )


def test_every_setting_has_a_variable_of_its_own() -> None:
    names = names_of_settings()
    variables = {variable_of(name) for name in names}
    assert len(variables) == len(names)
    assert FILE_VARIABLE not in variables
    assert variable_of("bigbluebutton.web.serverURL") == "BBBD_BIGBLUEBUTTON_WEB_SERVER_URL"
    assert variable_of("defaultHTML5ClientUrl") == "BBBD_DEFAULT_HTML5_CLIENT_URL"
    assert variable_of("bbbd.callbackCA") == "BBBD_CALLBACK_CA"


@pytest.mark.parametrize("declared", [one for one in declarations(Settings) if one.more.get("secret")])
def test_a_secret_is_taken_neither_from_the_environment_nor_from_the_command_line(
    declared: Declared, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in declared.names:
        with pytest.raises(BadSettings, match=f"^command line: {name} is a secret, and the process list shows it"):
            check_assignments({name: "hidden"})
        monkeypatch.setenv(variable_of(name), "hidden")
        with pytest.raises(BadSettings, match=f"{name} is a secret, and the environment shows it; put it") as fault:
            read_settings(["/dev/null"])
        assert "settings file" in str(fault.value)
        assert "hidden" not in str(fault.value)


def test_what_is_no_setting_cannot_be_set() -> None:
    with pytest.raises(BadSettings) as fault:
        check_assignments({"bbbd.maxMeetingz": "1", "bbbd.maxMeetings": "1", "defaultMaxUser": "1"})
    assert [str(one) for one in fault.value.faults] == [
        "command line: bbbd.maxMeetingz is not a setting; did you mean bbbd.maxMeetings?",
        "command line: defaultMaxUser is not a setting; did you mean defaultMaxUsers?",
    ]


def test_files_are_found_where_they_are_said_to_be(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert files_of(["a", "b"]) == (Path("a"), Path("b"))
    monkeypatch.setenv("BBBD_SETTINGS", str(tmp_path / "x"))
    assert files_of([]) == (tmp_path / "x",)


def test_a_relative_directory_is_below_the_working_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    settings, _ = read_settings([], {"bbbd.dataDir": "data", "publishedDir": "kept/published"})
    assert settings.directory == tmp_path / "data"
    assert settings.published == tmp_path / "kept/published"


def test_the_data_directory_is_systemds_or_the_usual_one(monkeypatch: pytest.MonkeyPatch) -> None:
    settings, _ = read_settings(["/dev/null"])
    assert str(settings.directory).endswith("/bbbd")
    monkeypatch.setenv("STATE_DIRECTORY", "/var/lib/private/x:/y")
    assert str(settings.directory) == "/var/lib/private/x"
    monkeypatch.delenv("STATE_DIRECTORY")
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    monkeypatch.setenv("HOME", "/home/ada")
    assert str(settings.directory) == "/home/ada/.local/state/bbbd"


@pytest.mark.parametrize(
    ("endpoint", "url"),
    [
        ("tcp:8090:interface=127.0.0.1", "http://127.0.0.1:8090"),
        ("tcp:80", "http://localhost"),
        ("tcp:port=8091:interface=0.0.0.0", "http://localhost:8091"),
        (r"tcp6:8092:interface=\:\:1", "http://[::1]:8092"),
        ("ssl:443:privateKey=k.pem", "https://localhost"),
        ("tls:tcp:443", "https://localhost"),
        ("tls:tcp:8443:interface=192.0.2.1", "https://192.0.2.1:8443"),
        (r"tls:tcp6:port=8443:interface=\:\:1", "https://[::1]:8443"),
        ("tls:systemd:name=https", "https://localhost"),
        ("tls:tcp:80", "https://localhost:80"),
        ("unix:/run/bbbd.sock", "http://localhost:8090"),
        ("systemd:domain=INET:index=0", "http://localhost:8090"),
    ],
)
def test_the_url_is_where_bbbd_listens(endpoint: str, url: str) -> None:
    assert url_of(endpoint) == url
    settings, _ = read_settings(["/dev/null"], {"bbbd.listen": endpoint})
    assert settings.server_url == url


def test_a_relative_file_is_absolute_from_its_reading_on() -> None:
    settings, _ = read_settings(["/dev/null"], {"bbbd.certificate": "tls.crt", "bbbd.privateKey": "/etc/tls.key"})
    assert (settings.certificate, settings.private_key) == (str(Path.cwd() / "tls.crt"), "/etc/tls.key")


@pytest.mark.parametrize(
    ("listen", "others"),
    [
        ("tls:tcp:443", "tls:tcp:443"),
        ("tls:tcp:443:interface=127.0.0.1", ""),
        (r"tls:tcp6:443:interface=\:\:1", ""),
        ("tls:unix:/run/bbbd.sock", ""),
        ("tcp:80:interface=127.0.0.1 tls:systemd:domain=INET:name=https", "tls:systemd:domain=INET:name=https"),
    ],
)
def test_an_endpoint_that_others_reach_is_known_under_tls_too(listen: str, others: str) -> None:
    assert open_to_others(read_settings(["/dev/null"], {"bbbd.listen": listen})[0]) == others


def test_the_example_file_is_a_good_one() -> None:
    example = Path(__file__).parent.parent.parent / "etc" / "bbbd.properties"
    settings, warnings = read_settings([str(example)])
    assert warnings == ()
    assert settings == read_settings(["/dev/null"])[0]
    opened = "".join(
        line.removeprefix("#") if "=" in line and " " not in line.split("=")[0] else line
        for line in example.read_text().splitlines(keepends=True)
    )
    names = {name for one in Settings.__dataclass_fields__.values() for name in one.metadata["names"]}
    keys = {line.split("=")[0] for line in opened.splitlines() if "=" in line and not line.startswith("#")}
    assert keys
    assert keys <= names
