#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Proves the merged waits-for graph (waits_for.json) acyclic; names a cycle otherwise.

A cycle of "progress here waits for progress there" edges is a possible deadlock.
Exit status: 0 acyclic, 1 a cycle, printed with the YAML lines of its edges.
"""

import json
import sys


def find_cycle(edges):
    """The edges of one cycle in order, [] when there is none. Iterative depth-first search."""
    after = {}
    for edge in edges:
        after.setdefault(edge["from"], []).append(edge)
    done = set()
    for start in sorted(after):
        if start in done:
            continue
        path, on_path = [], {start: 0}
        stack = [(start, iter(after[start]))]
        while stack:
            node, rest = stack[-1]
            edge = next(rest, None)
            if edge is None:
                stack.pop()
                done.add(node)
                del on_path[node]
                if path:
                    path.pop()
                continue
            target = edge["to"]
            if target in on_path:
                return path[on_path[target]:] + [edge]
            if target in done:
                continue
            path.append(edge)
            on_path[target] = len(path)
            stack.append((target, iter(after.get(target, []))))
    return []


def main():
    with open(sys.argv[1], encoding="utf-8") as stream:
        edges = json.load(stream)
    cycle = find_cycle(edges)
    for edge in cycle:
        print(f"{edge['where']}: {edge['from']} waits for {edge['to']}: {edge['doc']}")
    print(f"{len(edges)} edges: " + ("a cycle" if cycle else "acyclic"))
    return 1 if cycle else 0


if __name__ == "__main__":
    sys.exit(main())
