# SPDX-License-Identifier: Apache-2.0
"""The contract generator: block YAML in, SystemVerilog, C++, tables and Markdown out."""
