# SPDX-License-Identifier: Apache-2.0
"""YAML with line marks: every mapping and list knows the line of each of its entries.

PyYAML's own constructor forgets lines and follows YAML 1.1 (`5:4` is a number in base 60, `no` is
false); register bit ranges and field names must survive, so scalars are resolved here.
"""

import re

import yaml


class ContractError(Exception):
    """One refusal; str() is the one-line message that the user sees."""

    def __init__(self, path, line, field, found, expected):
        self.path, self.line, self.field = path, line, field
        self.found, self.expected = found, expected
        super().__init__(f"generate.py: {path}:{line}: {field}: found {found}, expected {expected}")


class Map(dict):
    """A mapping with `line` (its own) and `lines[key]` (of each value)."""

    def __init__(self, line):
        super().__init__()
        self.line = line
        self.lines = {}


class Seq(list):
    """A sequence with `line` and `lines[index]`."""

    def __init__(self, line):
        super().__init__()
        self.line = line
        self.lines = []


_INT = re.compile(r"^[-+]?(0x[0-9a-fA-F_]+|0b[01_]+|[0-9][0-9_]*)$")


def parse_int(text):
    """Integer of a decimal, 0x or 0b literal, None when it is none."""
    if not _INT.match(text):
        return None
    sign = -1 if text.startswith("-") else 1
    body = text.lstrip("+-").replace("_", "")
    if body.startswith("0x"):
        return sign * int(body, 16)
    if body.startswith("0b"):
        return sign * int(body, 2)
    return sign * int(body, 10)


def _scalar(node):
    if node.style in ("'", '"', "|", ">"):
        return node.value
    if node.value in ("true", "false"):
        return node.value == "true"
    number = parse_int(node.value)
    if number is not None:
        return number
    return node.value


def _convert(node, path, where):
    line = node.start_mark.line + 1
    if isinstance(node, yaml.ScalarNode):
        return _scalar(node)
    if isinstance(node, yaml.SequenceNode):
        seq = Seq(line)
        for index, item in enumerate(node.value):
            seq.append(_convert(item, path, f"{where}[{index}]"))
            seq.lines.append(item.start_mark.line + 1)
        return seq
    mapping = Map(line)
    for key_node, value_node in node.value:
        key = key_node.value
        key_line = key_node.start_mark.line + 1
        if not isinstance(key_node, yaml.ScalarNode):
            raise ContractError(path, key_line, where or "file", "a complex key", "a plain key")
        if key in mapping:
            raise ContractError(
                path, key_line, f"{where}.{key}" if where else key, "the key twice", "each key once"
            )
        mapping[key] = _convert(value_node, path, f"{where}.{key}" if where else key)
        mapping.lines[key] = key_line
    return mapping


def load(path, shown):
    """The file as Map/Seq/int/bool/str; raises ContractError. `shown` is the path in messages."""
    try:
        with open(path, encoding="utf-8") as stream:
            node = yaml.compose(stream, Loader=yaml.SafeLoader)
    except OSError as error:
        raise ContractError(shown, 1, "file", error.strerror, "a readable YAML file") from error
    except UnicodeDecodeError as error:
        raise ContractError(shown, 1, "file", "bytes that are not UTF-8", "UTF-8") from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else 1
        problem = (getattr(error, "problem", None) or "broken YAML").replace("\n", " ")
        raise ContractError(shown, line, "yaml", problem, "well-formed YAML") from error
    if not isinstance(node, yaml.MappingNode):
        raise ContractError(shown, 1, "file", "no mapping", "a mapping with `block:`")
    return _convert(node, shown, "")
