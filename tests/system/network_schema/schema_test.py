#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""docs/network.schema.json and the simulator agree: both take the examples, both refuse each of them
with one thing wrong. schema_test.py SIM SCHEMA CAPTURE CONFIG... 77 without jsonschema or PyYAML."""
import copy
import json
import os
import subprocess
import sys
import tempfile

try:
    import jsonschema
    import yaml
except ImportError as e:
    print(f"{e.name} is not installed: skipped")
    sys.exit(77)

sim, schema, capture, *configs = sys.argv[1:]
with open(schema, encoding="utf-8") as f:
    schema = json.load(f)
jsonschema.Draft202012Validator.check_schema(schema)
validator = jsonschema.Draft202012Validator(
    schema, format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER)


def taken(config):
    with tempfile.TemporaryDirectory() as top:
        path = os.path.join(top, "network.yaml")
        with open(path, "w", encoding="utf-8") as out:
            yaml.safe_dump(config, out)
        run = subprocess.run([sim, "run", "--config", path, "--in", "p0=" + capture, "--out-dir", top,
                              "--max-cycles", "0"], capture_output=True, text=True, check=False)
        if run.returncode not in (0, 2, 3):
            sys.exit(f"FAIL: status {run.returncode}: {run.stderr}")
        return run.returncode != 2, run.stderr


def broken(node, path=()):
    """(what, copy of the whole with one thing wrong) for every place of a document."""
    if isinstance(node, dict):
        yield path, lambda n: n.update({"unknown_field": 1})
        for key, value in node.items():
            yield from broken(value, path + (key,))
    elif isinstance(node, list):
        for i, value in enumerate(node):
            yield from broken(value, path + (i,))
    else:
        yield path[:-1], lambda n, k=path[-1]: n.__setitem__(k, {"a": "map"})
        yield path[:-1], lambda n, k=path[-1]: n.__setitem__(k, "no such thing")


def at(node, path):
    for key in path:
        node = node[key]
    return node


# Names may be anything as far as a schema can tell.
FREE = ("name", "tunnels", "tunnel", "meter")
count = 0
for file in configs:
    with open(file, encoding="utf-8") as f:
        config = yaml.safe_load(f)
    errors = list(validator.iter_errors(config))
    if errors:
        sys.exit(f"FAIL: the schema refuses {file}: {errors[0].message}")
    ok, text = taken(config)
    if not ok:
        sys.exit(f"FAIL: the simulator refuses {file}: {text}")
    seen = set()
    for path, spoil in broken(config):
        # One of each kind of place is enough.
        kind = tuple("[]" if isinstance(k, int) else k for k in path), spoil.__code__.co_code, \
            spoil.__defaults__
        if kind in seen:
            continue
        seen.add(kind)
        wrong = copy.deepcopy(config)
        spoil(at(wrong, path))
        if "no such thing" in json.dumps(wrong) and any(
                k in FREE for k in path + (spoil.__defaults__ or ())):
            continue
        if not list(validator.iter_errors(wrong)):
            sys.exit(f"FAIL: the schema takes {file} with a fault at {path}: {at(wrong, path)}")
        ok, _ = taken(wrong)
        if ok:
            sys.exit(f"FAIL: the simulator takes {file} with a fault at {path}: {at(wrong, path)}")
        count += 1
print(count, "faults refused by both")
