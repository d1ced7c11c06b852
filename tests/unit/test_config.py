"""Configuration is checked once, into one value."""

from pathlib import Path

import pytest

from sundog.config import Config, ConfigError


def test_options_win_over_variables_which_win_over_the_file(tmp_path):
    file = tmp_path / "sundog.toml"
    file.write_text('port = 1\nregion = "eu-west-1"\nlimits = "classic"\n')
    config = Config.load({"SUNDOG_PORT": "2", "SUNDOG_LIMITS": "relaxed", "HOME": "/"}, file, port=3)
    assert (config.port, config.limits, config.region) == (3, "relaxed", "eu-west-1")


def test_values_are_converted_to_the_type_of_their_default():
    config = Config.load({"SUNDOG_EPHEMERAL": "true", "SUNDOG_DATA": "/tmp/x", "SUNDOG_PORT": "80"})
    assert (config.ephemeral, config.data, config.port) == (True, Path("/tmp/x"), 80)


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ({"port": 70_000}, "port must be between 0 and 65535, not 70000"),
        ({"port": "many"}, "port: invalid literal"),
        ({"account": "12"}, "account must be 12 digits, not '12'"),
        ({"limits": "none"}, "limits must be one of aws, classic, relaxed, not 'none'"),
        ({"store": "mysql://x"}, "store must be a postgresql:// URL, not 'mysql://x'"),
        ({"ephemeral": "perhaps"}, "ephemeral must be true or false, not 'perhaps'"),
        ({"tls_cert": "a.pem"}, "tls_cert and tls_key must be given together"),
        ({"smtp": "localhost:25"}, "smtp must be smtp://"),
        ({"smtp": "smtp://localhost:many"}, "smtp must be smtp://"),
        ({"kafka": "localhost"}, "kafka must be host:port[,host:port], not 'localhost'"),
        ({"kafka": "localhost:9092,"}, "kafka must be host:port"),
        ({"colour": "red"}, "unknown setting colour; known: "),
    ],
)
def test_a_wrong_setting_is_refused_with_what_is_wrong(values, text):
    with pytest.raises(ConfigError) as refusal:
        Config.load({}, **values)
    assert str(refusal.value).startswith(text)


def test_only_loopback_may_be_listened_on_without_enforced_iam():
    with pytest.raises(ConfigError, match="closed by default"):
        Config(host="0.0.0.0")
    assert Config(host="0.0.0.0", iam="enforce").host == "0.0.0.0"


def test_brokers_are_listed_with_commas():
    assert Config(kafka="a:1, b:2").kafka_servers == ("a:1", "b:2")
