# SPDX-License-Identifier: Apache-2.0
"""Number expressions over constants: `NumPorts * 4`, `common.ConnIdBits + 1`, `clog2(NumPorts)`."""

import ast
import operator

_OPS = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul,
    ast.FloorDiv: operator.floordiv, ast.Mod: operator.mod, ast.LShift: operator.lshift,
    ast.RShift: operator.rshift, ast.BitOr: operator.or_, ast.BitAnd: operator.and_,
}


class ExprError(Exception):
    """The text is no expression we know; str() says what was found."""


def clog2(value):
    """Bits that count 0..value-1 (0 for 1), as SystemVerilog's $clog2."""
    if value < 1:
        raise ExprError(f"clog2({value})")
    return (value - 1).bit_length()


def _walk(node, lookup):
    if isinstance(node, ast.Expression):
        return _walk(node.body, lookup)
    if isinstance(node, ast.Constant) and type(node.value) is int:
        return node.value
    if isinstance(node, ast.Name):
        return lookup(node.id)
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        return lookup(f"{node.value.id}.{node.attr}")
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return -_walk(node.operand, lookup)
    if isinstance(node, ast.BinOp) and type(node.op) in _OPS:
        left, right = _walk(node.left, lookup), _walk(node.right, lookup)
        if isinstance(node.op, (ast.LShift, ast.RShift)) and not 0 <= right <= 64:
            raise ExprError(f"a shift by {right}")
        if isinstance(node.op, (ast.FloorDiv, ast.Mod)) and right == 0:
            raise ExprError("a division by zero")
        return _OPS[type(node.op)](left, right)
    if (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "clog2"
            and len(node.args) == 1 and not node.keywords):
        return clog2(_walk(node.args[0], lookup))
    raise ExprError(f"`{ast.unparse(node)}`")


def evaluate(text, lookup):
    """Value of the expression; lookup(name) gives a constant or raises ExprError."""
    try:
        tree = ast.parse(text.strip(), mode="eval")
    except (SyntaxError, ValueError) as error:
        raise ExprError(f"`{text}`") from error
    return _walk(tree, lookup)
