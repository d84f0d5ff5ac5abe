# SPDX-License-Identifier: LGPL-2.1-or-later
"""Shared by the tests written in Python; PYTHONPATH contains its parent folder."""
